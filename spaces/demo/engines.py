"""Engine choice: in this process, or elsewhere, where `INFERENCE_URL` says so.

Elsewhere nothing is loaded here, and JAX is not imported.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inference.engine import Engine


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
        finally:
            slots.start()

    engine = WarmingEngine(slots, warm_up, pipeline.warm_up_series)
    return Chosen(engine, name, engine.start)
