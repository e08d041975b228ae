"""What a submission says: the form's fields, one revision's JSON, and the API's, all one type."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gallery.errors import Invalid


class Task(StrEnum):
    """What the demo does, for the filter."""

    CONTROLNET = "controlnet"
    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    INPAINTING = "inpainting"
    OTHER = "other"


def visible(text: object) -> object:
    """Text without what nobody sees: control characters, lone surrogates, turned-round writing.

    Databases refuse the first two, and the third makes a title read as what it is not. Line ends
    become `\\n`. Anything but text is passed on, for the type to refuse.
    """
    if not isinstance(text, str):
        return text
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""The Unicode categories Cc (but for line ends and tabs) and Cs, and the marks that turn."""


def _one_line(text: object) -> object:
    return " ".join(text.split()) if isinstance(text := visible(text), str) else text


Line = Annotated[str, BeforeValidator(_one_line)]
"""Text without line breaks."""
Text = Annotated[str, BeforeValidator(visible)]
Word = Annotated[Line, Field(min_length=1, max_length=80)]
RepoId = Annotated[Line, Field(pattern=r"^[\w.-]{1,96}(/[\w.-]{1,96})?$")]
"""`owner/name` on the Hub; its oldest models have a name alone."""
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""Of a stored picture."""
Address = Annotated[Line, Field(max_length=2000, pattern=r"^https?://[^\s/]\S*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Link(_Part):
    """Something to read or watch elsewhere."""

    label: Word
    url: Address


class SamplePicture(_Part):
    """A picture that the demo made; `digest` names a stored one."""

    digest: Digest
    caption: Line = Field("", max_length=200)


class SubmissionContent(_Part):
    """One revision, whole. Only `space_id` and `title` must be there; the checks ask for more."""

    space_id: Line = Field(pattern=r"^[\w.-]{1,96}/[\w.-]{1,96}$")
    title: Line = Field(min_length=1, max_length=120)
    emoji: Line = Field("", max_length=8)
    summary: Line = Field("", max_length=200)
    """One sentence, for the card and for previews elsewhere."""
    description: Text = Field("", max_length=20_000)
    """The story, in Markdown."""
    task: Task = Task.CONTROLNET
    controls: tuple[Word, ...] = Field((), max_length=12)
    """Kinds of control: canny, depth, scribble, …"""
    base_model: Line = Field("", max_length=200)
    models: tuple[RepoId, ...] = Field((), max_length=20)
    """`owner/name` on the Hub."""
    datasets: tuple[RepoId, ...] = Field((), max_length=20)
    tags: tuple[Word, ...] = Field((), max_length=40)
    license: Line = Field("", max_length=60)
    thumbnail: Digest | None = None
    """Digest of a stored picture; the first sample is shown when there is none."""
    pictures: tuple[SamplePicture, ...] = Field((), max_length=24)
    links: tuple[Link, ...] = Field((), max_length=12)
    video: Address | Annotated[Line, Field(pattern=r"^$")] = ""

    def digests(self) -> frozenset[str]:
        """Of all pictures that it shows."""
        thumbnail = () if self.thumbnail is None else (self.thumbnail,)
        return frozenset([*thumbnail, *(picture.digest for picture in self.pictures)])


LABELS = {
    "space_id": "the address of the Space",
    "base_model": "the base model",
    "models": "models",
    "datasets": "datasets",
    "video": "the video",
}
_WANTED = {
    "space_id": "owner/name, as in huggingface.co/spaces/owner/name",
    "models": "owner/name, as in huggingface.co/owner/name",
    "datasets": "owner/name, as in huggingface.co/datasets/owner/name",
    "video": "an address that begins with https://",
    "links": "a label and an address that begins with https://",
    "thumbnail": "a picture that was uploaded here",
    "pictures": "pictures that were uploaded here, each with a caption of at most 200 characters",
}


def content_from(values: Mapping[str, object]) -> SubmissionContent:
    """What a form or a program sent, checked; raises `Invalid` naming the first wrong field."""
    try:
        return SubmissionContent.model_validate(values)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Invalid:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "content"
    label = LABELS.get(field, field)
    got = first["input"]
    limits = first.get("ctx", {})
    match first["type"]:
        case "missing" | "string_too_short":
            return Invalid(f"{label} is empty; fill it in", field=field)
        case "string_too_long":
            most = limits["max_length"]
            return Invalid(
                f"{label} takes at most {most} characters, got {len(str(got))}; shorten it",
                field=field,
            )
        case "too_long":
            most = limits["max_length"]
            return Invalid(f"{label} takes at most {most} entries; leave some out", field=field)
        case "extra_forbidden":
            return Invalid(f"there is no field {field!r}; leave it out", field=field)
    wanted = _WANTED.get(field, first["msg"].lower().removeprefix("input should be "))
    return Invalid(f"{label} must be {wanted}, got {_short(got)}; correct it", field=field)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
