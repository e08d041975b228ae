"""Figures of a service, as Prometheus reads them: read from the engine when somebody asks."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.serving.counts import Counts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GAUGES = (
    ("waiting", "Jobs that wait for their first step."),
    ("running", "Jobs that have begun and are not done."),
)
COUNTERS = (
    ("ticks", "Steps that were taken, each for all who sit in it."),
    ("tick_seconds", "Seconds that they took, without compiling."),
    ("images", "Pictures that were made."),
    ("failures", "Jobs that failed."),
    ("compilations", "Programs that were compiled; after the warm-up, none should be."),
)


class _Figures(Collector):
    def __init__(self, counts: Callable[[], Counts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        counts = self._counts()
        for name, text in GAUGES:
            yield GaugeMetricFamily(f"engine_jobs_{name}", text, value=getattr(counts, name))
        for name, text in COUNTERS:
            yield CounterMetricFamily(f"engine_{name}", text, value=getattr(counts, name))


def figures(counts: Callable[[], Counts]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(counts))
    return generate_latest(registry)
