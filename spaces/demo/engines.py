"""Engine choice: in this process, or elsewhere, where `INFERENCE_URL` says so.

Elsewhere nothing is loaded here, and JAX is not imported.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from inference.engine import Engine
from inference.errors import CheckpointError
from spaces.demo.config import Known
from spaces.demo.known import known_by, known_in

CHECKPOINTS = "SPACE_CHECKPOINTS"
"""Environment variable with checkpoints of this machine: folders by repository, as JSON."""
READY = 2
"""Rows of a tick after the warm-up: one image, guided."""


@dataclass(frozen=True)
class Chosen:
    """An engine, the model that it serves, what is to be called once its page is there, and before
    its process ends in an orderly way; and what that model knows, where it is a small one."""

    engine: Engine
    model: str
    start: Callable[[], None]
    stop: Callable[[], None]
    known: Known | None = None


def choose_engine(
    environment: Mapping[str, str],
    *,
    model: str,
    controlnets: Mapping[str, str],
    upscaler: str | None = None,
    refused: dict[str, CheckpointError] | None = None,
) -> Chosen:
    """Raises CheckpointError here, EngineUnavailable where the service is away, and InvalidRequest
    for settings that cannot be. A ControlNet that cannot be loaded goes into `refused`, where that
    is given, and the others are served."""
    if url := environment.get("INFERENCE_URL"):
        return _elsewhere(url, environment.get("INFERENCE_KEY"))
    return _here(model, controlnets, upscaler, refused)


def _elsewhere(url: str, key: str | None) -> Chosen:
    """The model is the service's, whichever is named here."""
    from inference.serving.client import RemoteEngine

    engine = RemoteEngine(url, key or None)
    model = engine.info.model
    return Chosen(engine, model, lambda: None, engine.close, known_by(model))


def _here(
    name: str,
    controlnets: Mapping[str, str],
    upscaler: str | None,
    refused: dict[str, CheckpointError] | None,
) -> Chosen:
    from inference.batch import SIZES
    from inference.model import Model
    from inference.pipeline import Pipeline
    from inference.program_cache import remember_compilations
    from inference.serving.engine import SlotEngine
    from spaces.demo.warming import WarmingEngine

    remember_compilations()
    known = known_in(name)
    model = Model.load(name, controlnets=controlnets, upscaler=upscaler, refused=refused)
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

    def stop() -> None:
        engine.stop()
        slots.stop(patience=0)

    return Chosen(engine, name, engine.start, stop, known)
