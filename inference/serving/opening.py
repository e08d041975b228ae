"""From an engine's settings to an engine, and its warm-up."""

from collections.abc import Callable
from dataclasses import replace

from inference.checkpoints import sources_beside
from inference.model import Model
from inference.pipeline import Pipeline
from inference.serving.engine import SlotEngine
from inference.serving.residents import Known, Residents
from inference.serving.settings import EngineSettings
from inference.serving.work import Limits


def open_engine(settings: EngineSettings) -> tuple[SlotEngine, Callable[[], None]]:
    """An engine, and its warm-up, which starts it. Without a budget of device memory, all of its
    ControlNets are loaded here, and stay.

    Raises CheckpointError, and InvalidRequest for what cannot be.
    """
    beside = {name: Known(source) for name, source in sources_beside(settings.model).items()}
    named = {
        name: Known(one.source, one.annotator, one.pinned)
        for name, one in settings.controlnets.items()
    }
    known = {**beside, **named}
    if settings.budget.device is None:
        known = {name: replace(one, is_pinned=True) for name, one in known.items()}
    model = Model.load(
        settings.model,
        controlnets={name: one.source for name, one in known.items() if one.is_pinned},
        to_come=tuple(known),
        upscaler=settings.upscaler,
        safety_checker=settings.safety_checker,
        skip_layers=settings.clip_skip,
    )
    residents = Residents(model, known, settings.budget)
    residents.load_first()
    limits = Limits(settings.queue.waiting, settings.queue.per_client)
    engine = SlotEngine(model, residents=residents, limits=limits)

    def warm_up() -> None:
        pipeline = Pipeline(model)
        try:
            pipeline.warm_up()
        finally:
            engine.start()
        for _ in pipeline.warm_up_series():
            pass

    return engine, warm_up
