"""Further controls beside the one that leads: how many, what each is read as, what it becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

from inference.controls.annotators import ANNOTATORS
from inference.errors import InvalidRequest, shown
from inference.request import EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.option import AUTOMATIC, Scale
from spaces.demo.options import OF_MAPS, OPTIONS, changing
from spaces.demo.readings import chosen, leading, readings
from spaces.demo.values import Beside

FIELD = "further control"
PARTS = {
    one.of_control: one
    for one in OPTIONS.values()
    if one.of_control is not None and isinstance(one, Scale)
}
"""The options of a control's strength and of where it acts, as the core calls them."""
MAX_KEPT = 40
"""Characters of a name that is remembered."""


def most_beside(config: DemoConfig, info: EngineInfo) -> int:
    """How many further controls can be added on a page."""
    if config.control is None:
        return 0
    return max(0, min(config.most_controls, len(info.controls)) - 1)


def require_few(beside: Sequence[Beside], config: DemoConfig) -> None:
    """Before any picture is looked at. Raises InvalidRequest."""
    if len(beside) >= config.most_controls:
        raise InvalidRequest(
            f"at most {config.most_controls} controls act on one picture here, got "
            f"{len(beside) + 1}; leave some out",
            field=FIELD,
        )


def require_once(names: Sequence[str | None]) -> None:
    """Raises InvalidRequest where a ControlNet is to act twice."""
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise InvalidRequest(
            f"each ControlNet may act once on a picture, got {shown(twice)} twice; read one of the "
            "pictures otherwise, or leave one out",
            field=FIELD,
        )


def read_as(config: DemoConfig, info: EngineInfo, one: Beside) -> tuple[str, str | None]:
    """The annotator and the ControlNet of a further control. Raises InvalidRequest."""
    if one.annotator == AUTOMATIC and one.control == AUTOMATIC:
        raise InvalidRequest(
            "a further control must say what its picture is read as, or which ControlNet reads it, "
            "got neither; name one",
            field=FIELD,
        )
    annotator = one.annotator
    if annotator == AUTOMATIC:
        own = info.annotators.get(one.control, one.control)
        annotator = own if own in ANNOTATORS else "none"
    return annotator, leading(config, info, annotator, one.control)


def schema(config: DemoConfig) -> dict[str, Any]:
    """What programs are told of a list of them; what a page notes beside is not theirs."""
    file = {"path": {"type": "string"}, "meta": {"type": "object"}}
    parts = {
        key: {"type": "number", "minimum": option.low, "maximum": option.high}
        for key, option in PARTS.items()
    }
    fields = {
        "picture": {"type": "object", "properties": file},
        "annotator": {"type": "string", "enum": [AUTOMATIC, *ANNOTATORS]},
        "control": {"type": "string"},
        **parts,
        "settings": {"type": "object", "additionalProperties": {"type": "number"}},
    }
    return {
        "type": "array",
        "maxItems": config.most_controls - 1,
        "items": {"type": "object", "properties": fields},
    }


def offered(config: DemoConfig, info: EngineInfo) -> dict[str, Any]:
    """What the page's widget is told: its choices, its numbers and those of each annotator."""
    choices = []
    for choice, label in readings(config, info).items():
        annotator, control = chosen(choice)
        if annotator == AUTOMATIC:
            continue
        leads = leading(config, info, annotator, control)
        known = [OF_MAPS[name] for name in changing(annotator)]
        numbers = [_number(one, one.of_map, info) for one in known]
        told = {"annotator": annotator, "control": leads, "label": label, "settings": numbers}
        choices.append(told)
    parts = [_number(option, key, info) for key, option in PARTS.items()]
    parts[0]["label"] = "Strength"
    return {"choices": choices, "numbers": parts, "lead": config.control}


def _number(option: Scale, key: str, info: EngineInfo) -> dict[str, Any]:
    bounds = {"low": option.low, "high": option.high, "step": option.step}
    return {"key": key, "label": option.label, "value": option.default(info), **bounds}


def remembered(values: Any, info: EngineInfo, most: int) -> list[Beside]:
    """Further controls as a page or a stranger remembers them: those that this page can have."""
    found: list[Beside] = []
    for told in values[:most] if isinstance(values, list) else ():
        if not isinstance(told, Mapping):
            continue
        names = {name: told.get(name) for name in ("annotator", "control")}
        is_read = names["annotator"] in (AUTOMATIC, *ANNOTATORS)
        if not (is_read and names["control"] in info.controls):
            continue
        numbers = {
            key: told[key]
            for key, option in PARTS.items()
            if key in told and _fits(option, told[key])
        }
        given = told.get("settings")
        known = changing(names["annotator"]) if names["annotator"] in ANNOTATORS else ()
        settings = {
            OF_MAPS[name].of_map: given[OF_MAPS[name].of_map]
            for name in known
            if isinstance(given, Mapping) and _fits(OF_MAPS[name], given.get(OF_MAPS[name].of_map))
        }
        key = told.get("input")
        kept = key if isinstance(key, str) and len(key) <= MAX_KEPT else None
        own = told.get("own") is True
        found.append(
            Beside(**names, **numbers, settings=settings, own=own, input=kept if own else None)
        )
    return found


def _fits(option: Scale, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and option.low <= value <= option.high


def of_parameters(
    controls: Sequence[Mapping[str, Any]], info: EngineInfo, most: int
) -> list[Beside]:
    """Those that a picture tells of, whose maps it carries."""
    read = {"annotator": "none", "own": True}
    told = [{**one, "control": one.get("name"), **read} for one in controls]
    return remembered(told, info, most)
