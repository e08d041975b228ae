"""Template answers: all that a team says of its Space, checked, and what a template is filled with.

They are kept beside what was made of them (`spaces.commands.project`), for `update`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from spaces.commands.ways import Way
from spaces.demo.config import COLOURS, usual_annotators
from spaces.errors import CannotDo

Task = Literal["controlnet", "several-controls", "text-to-image", "image-to-image", "inpainting"]
TASKS: dict[Task, str] = {
    "controlnet": "a picture from a drawing or a photo, by one ControlNet",
    "several-controls": "the same with two or three ControlNets at once, each with its own picture",
    "text-to-image": "a picture from words alone",
    "image-to-image": "a picture from another one, which changes as much as a slider says",
    "inpainting": "a part of a picture anew: the visitor paints over what is to change",
}
_WITHOUT_CONTROLS = dict.fromkeys(("text-to-image", "image-to-image", "inpainting"), 0)
MOST_CONTROLS = {"controlnet": 1, "several-controls": 3, **_WITHOUT_CONTROLS}
LEAST_CONTROLS = {"controlnet": 1, "several-controls": 2, **_WITHOUT_CONTROLS}
RESERVED = frozenset({"spaces", "inference", "gallery", "training", "tests"})
"""Folders of these names would hide our own packages."""
EMBEDDED = "embedded"


def _line(value: object) -> object:
    """Text on one line, without characters that nobody sees."""
    if not isinstance(value, str):
        return value
    if any(not character.isprintable() for character in value):
        raise ValueError("a line of characters that can be seen")
    return " ".join(value.split())


def _is(pattern: str, expected: str, *, or_empty: bool = False) -> BeforeValidator:
    """A text of this shape, in words for whoever gave another one."""

    def check(value: object) -> object:
        if or_empty and value == "":
            return value
        if not isinstance(value, str) or not re.fullmatch(pattern, value) or ".." in value:
            raise ValueError(expected)
        return value

    return BeforeValidator(check)


NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
REPOSITORY = rf"{NAME}/{NAME}"
ON_HUB = "a repository on the Hub, owner/name"
Line = Annotated[str, BeforeValidator(_line)]
Name = Annotated[
    str, _is(NAME, "1 to 96 letters from a to z, digits, '-', '_' or '.', and no path")
]
Repository = Annotated[str, _is(REPOSITORY, ON_HUB)]
MaybeRepository = Annotated[str, _is(REPOSITORY, ON_HUB, or_empty=True)]
Base = Annotated[str, _is(rf"{EMBEDDED}|{REPOSITORY}", f"{EMBEDDED}, or {ON_HUB}")]
MaybeAddress = Annotated[
    str,
    _is(
        r"https?://[^\s\"'<>`\\]{1,500}",
        "an address that begins with https:// or http://",
        or_empty=True,
    ),
]
Control = Annotated[
    str, _is(r"[a-z][a-z0-9_]{0,39}", "a control's name in small letters, such as canny or depth")
]
LICENCE = r"[a-z0-9][a-z0-9.+-]{0,59}"
Licence = Annotated[str, _is(LICENCE, "a licence as the Hub spells it, such as apache-2.0")]
Tag = Annotated[str, _is(r"[A-Za-z0-9_.-]{1,80}", "one word, the event's tag")]


class Answers(BaseModel):
    """`controlnets` are repositories by the control's name, the first leads.

    `base` is the base model: a repository, or `embedded`. `address` is where a static Space's demo
    answers. Without ControlNets `base` is the team's own model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: Name
    task: Task
    way: Way
    owner: Name
    title: Line = Field(min_length=1, max_length=80)
    summary: Line = Field(min_length=1, max_length=60)
    """The Hub cuts `short_description` here."""
    emoji: Line = Field("🎨", min_length=1, max_length=8)
    base: Base
    controlnets: dict[Control, Repository] = Field(default_factory=dict)
    dataset: MaybeRepository = ""
    license: Licence
    tag: Tag
    address: MaybeAddress = ""

    @model_validator(mode="after")
    def _fits(self) -> "Answers":
        if self.name.casefold() in RESERVED:
            raise ValueError(f"name: a name that is none of {', '.join(sorted(RESERVED))}")
        least, most = LEAST_CONTROLS[self.task], MOST_CONTROLS[self.task]
        if not least <= len(self.controlnets) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ValueError(f"controlnet: {wanted} of them for the task {self.task}")
        if self.way == "static" and not self.address:
            raise ValueError("address: where the shared host shows the demo, for a static Space")
        return self

    @property
    def control(self) -> str:
        """The first ControlNet's name; empty where there is none."""
        return next(iter(self.controlnets), "")

    @property
    def space_id(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def path(self) -> str:
        """Of its demo on a host, which takes small letters, digits and hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())[:40].strip("-")

    @property
    def models(self) -> tuple[str, ...]:
        """Repositories that the front matter names: the team's own first."""
        base = () if self.base == EMBEDDED else (self.base,)
        return (*self.controlnets.values(), *base)

    @property
    def annotators(self) -> tuple[str, str]:
        """What makes the first ControlNet's map: of photos, and of drawings."""
        return usual_annotators(self.control or None)

    @property
    def colours(self) -> str:
        """The ControlNet of coarse colours that acts beside the first; empty for none."""
        beside = COLOURS in self.controlnets and self.control != COLOURS
        return COLOURS if beside else ""

    @property
    def own_model(self) -> str:
        """The repository that the model card is for; empty where the model is the embedded one."""
        return next(iter(self.models), "")

    @classmethod
    def require_name(cls, name: str) -> None:
        """Before anything else is asked. Raises CannotDo."""
        if not re.fullmatch(NAME, name) or ".." in name or name.casefold() in RESERVED:
            raise CannotDo(
                "the name must be 1 to 96 letters from a to z, digits, '-', '_' or '.', no path, "
                f"and none of our own packages, got {_shown(name)}; choose another"
            )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Answers":
        """Checked. Raises CannotDo, which names the option and what it must be."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise CannotDo(_sentence(error, values)) from None


def _sentence(error: ValidationError, values: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    wanted = str(first.get("ctx", {}).get("error", first["msg"]))
    field, colon, rest = wanted.partition(": ")
    if not path and colon:
        path, wanted = [field], rest
    option = f"--{path[0]}".replace("controlnets", "controlnet") if path else "the answers"
    got = values.get(path[0]) if path else None
    match first["type"]:
        case "missing" | "string_too_short":
            return f"{option} must be said, got nothing; add it"
        case "literal_error":
            wanted = f"one of {', '.join(_choices(path[0]))}"
        case "string_too_long":
            wanted = f"at most {first.get('ctx', {})['max_length']} characters"
        case "extra_forbidden":
            return f"the answers have no {path[0]!r}; leave it out"
    came = "nothing" if got in (None, "") else _shown(got)
    return f"{option} must be {wanted}, got {came}; correct it"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _choices(field: str) -> tuple[str, ...]:
    return get_args(Task) if field == "task" else get_args(Way)
