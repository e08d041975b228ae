"""Readings: what a page offers to read a picture as, and which ControlNet such a map leads."""

from inference.controls.annotators import ANNOTATORS
from inference.controls.learned import is_installed
from inference.request import EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.option import AUTOMATIC
from spaces.demo.options import changing


def chosen(choice: str) -> tuple[str, str]:
    """The annotator and the ControlNet in one of `readings`; each may be AUTOMATIC."""
    annotator, _, control = choice.partition("/")
    return annotator, control or AUTOMATIC


def readings(config: DemoConfig, info: EngineInfo) -> dict[str, str]:
    """What a page offers to read a picture as: its words by the choice for `chosen`.

    Each ControlNet leads where the picture is read as its annotator does, or is its map already.
    """
    read = {name: ANNOTATORS[name].label.capitalize() for name in _annotators(config, info)}
    if len(info.controls) < 2:
        return {AUTOMATIC: "Automatic", **read, "none": "Already a control map"}
    maps = {
        f"none/{name}": f"Already a map: {ANNOTATORS[name].label if name in ANNOTATORS else name}"
        for name in info.controls
    }
    return {AUTOMATIC: "Automatic", **read, **maps}


def needing_weights(config: DemoConfig, info: EngineInfo) -> list[str]:
    """The words of those that are networks with weights from the Hub."""
    kinds = [ANNOTATORS[name] for name in _annotators(config, info)]
    return [kind.label for kind in kinds if kind.needs_weights]


def settings_read_with(config: DemoConfig, info: EngineInfo) -> set[str]:
    """The options that change a map of one of the readings."""
    return {name for one in _annotators(config, info) for name in changing(one)}


def leading(
    config: DemoConfig, info: EngineInfo, annotator: str, wanted: str = AUTOMATIC
) -> str | None:
    """The ControlNet that a map of that annotator leads, unless another one is wanted."""
    if wanted != AUTOMATIC:
        return wanted
    if annotator in (config.annotator, config.drawing_annotator):
        return config.control
    return next((one for one in info.controls if _reads(info, one, annotator)), config.control)


def _annotators(config: DemoConfig, info: EngineInfo) -> list[str]:
    """The Space's own, those of its ControlNets, and others that make maps for them, where they can
    be used here."""
    own = [info.annotators.get(control, control) for control in info.controls]
    names = dict.fromkeys((config.annotator, config.drawing_annotator, *own))
    if is_installed():
        others = (name for name, kind in ANNOTATORS.items() if kind.of is not None)
        can_be_read = (one for one in others if any(_reads(info, c, one) for c in info.controls))
        names.update(dict.fromkeys(can_be_read))
    return [name for name in names if name in ANNOTATORS and name != "none"]


def _reads(info: EngineInfo, control: str, annotator: str) -> bool:
    """Whether a ControlNet reads maps of an annotator."""
    own = info.annotators.get(control, control)
    kind = ANNOTATORS.get(annotator)
    return annotator == own or (kind is not None and kind.of is not None and kind.of == own)
