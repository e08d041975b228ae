"""Engine choice: in this process, or elsewhere, where `INFERENCE_URL` says so.

Elsewhere nothing is loaded here, and JAX is not imported.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from inference.engine import Engine

READY = 2
"""Rows of a tick after the warm-up: one image, guided."""


@dataclass(frozen=True)
class Chosen:
    """An engine, the model that it serves, and what is to be called once its page is there."""

    engine: Engine
    model: str
    start: Callable[[], None]


def choose_engine(
    environment: Mapping[str, str], *, model: str, controlnets: Mapping[str, str]
) -> Chosen:
    """Raises CheckpointError here, EngineUnavailable where the service is away, and InvalidRequest
    for settings that cannot be."""
    if url := environment.get("INFERENCE_URL"):
        return _elsewhere(url, environment.get("INFERENCE_KEY"))
    return _here(model, controlnets)


def _elsewhere(url: str, key: str | None) -> Chosen:
    """The model is the service's, whichever is named here."""
    from inference.serving.client import RemoteEngine

    engine = RemoteEngine(url, key or None)
    return Chosen(engine, engine.info.model, lambda: None)


def _here(name: str, controlnets: Mapping[str, str]) -> Chosen:
    from inference.batch import SIZES
    from inference.devices import remember_compilations
    from inference.model import Model
    from inference.pipeline import Pipeline
    from inference.serving.engine import SlotEngine
    from spaces.demo.warming import WarmingEngine

    remember_compilations()
    model = Model.load(name, controlnets=controlnets)
    pipeline, slots = Pipeline(model), SlotEngine(model)

    def warm_up() -> None:
        try:
            pipeline.warm_up()
            slots.allow(READY)
        finally:
            slots.start()

    def warm_up_more() -> Iterator[int]:
        """Whoever waits for others shares larger ticks, once they are compiled."""
        sizes = [size for size in SIZES if READY < size <= slots.most_rows]
        for size in sizes:
            yield from pipeline.warm_up_series([size])
            slots.allow(size)

    engine = WarmingEngine(slots, warm_up, warm_up_more)
    return Chosen(engine, name, engine.start)
