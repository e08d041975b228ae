"""Figures of a service, as Prometheus reads them: read from the engine when somebody asks."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.serving.counts import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GAUGES = (
    ("waiting", "jobs_waiting", "Jobs that wait for their first step."),
    ("running", "jobs_running", "Jobs that have begun and are not done."),
    ("slots", "slots", "Pictures of one size that may be in the making at once."),
    ("slots_taken", "slots_taken", "Pictures in the making, of all sizes."),
)
COUNTERS = (
    ("ticks", "Steps that were taken, each for all who sit in it."),
    ("tick_seconds", "Seconds that they took, without compiling."),
    ("images", "Pictures that were made."),
    ("failures", "Jobs that failed."),
    ("compilations", "Programs that were compiled; after the warm-up, none should be."),
)


RESIDENT_GAUGES = (
    ("resident", "controlnets_resident", "ControlNets in device memory."),
    ("loading", "controlnets_loading", "ControlNets that are on their way there."),
    ("device_bytes", "controlnets_device_bytes", "Memory that both have on each device."),
    ("host_bytes", "controlnets_host_bytes", "Host memory of ControlNets behind it."),
)
RESIDENT_COUNTERS = (
    ("loads", "controlnets_loads", "ControlNets that came into device memory."),
    ("drops", "controlnets_drops", "ControlNets that made room for others."),
    ("failures", "controlnets_failures", "ControlNets that could not be loaded."),
)


class _Figures(Collector):
    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        counts = self._counts()
        for field, name, text in GAUGES:
            yield GaugeMetricFamily(f"engine_{name}", text, value=getattr(counts, field))
        for name, text in COUNTERS:
            yield CounterMetricFamily(f"engine_{name}", text, value=getattr(counts, name))
        residents = counts.residents
        for field, name, text in RESIDENT_GAUGES:
            yield GaugeMetricFamily(f"engine_{name}", text, value=getattr(residents, field))
        for field, name, text in RESIDENT_COUNTERS:
            yield CounterMetricFamily(f"engine_{name}", text, value=getattr(residents, field))
        for kind, most in (("device", residents.budget.device), ("host", residents.budget.host)):
            if most is not None:
                text = f"The most that they may have of {kind} memory."
                yield GaugeMetricFamily(f"engine_controlnets_{kind}_budget_bytes", text, value=most)


def figures(counts: Callable[[], Counts]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(counts))
    return generate_latest(registry)
