"""What a submission says: the form's fields, one revision's JSON, and the API's, all one type."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from gallery.errors import Invalid
from gallery.names import is_visible
from gallery.refusals import (
    ADDRESS,
    DIGEST,
    NO_ADDRESS,
    REPO_ID,
    SPACE_ID,
    came,
    expected,
    short,
)


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
RepoId = Annotated[Line, Field(pattern=REPO_ID)]
"""`owner/name` on the Hub; its oldest models have a name alone."""
Digest = Annotated[str, Field(pattern=DIGEST)]
"""Of a stored picture."""
Address = Annotated[Line, Field(max_length=2000, pattern=ADDRESS)]


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

    space_id: Line = Field(pattern=SPACE_ID)
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
    video: Line = Field("", max_length=2000, pattern=NO_ADDRESS)

    @property
    def first_picture(self) -> str | None:
        """The digest of the one that stands for it."""
        return self.thumbnail or next((picture.digest for picture in self.pictures), None)

    def digests(self) -> frozenset[str]:
        """Of all pictures that it shows."""
        thumbnail = () if self.thumbnail is None else (self.thumbnail,)
        return frozenset([*thumbnail, *(picture.digest for picture in self.pictures)])


LABELS = {
    "space_id": "the address of the Space",
    "title": "the title",
    "emoji": "the emoji",
    "summary": "the sentence for the card",
    "description": "the story",
    "task": "what it does",
    "controls": "the kinds of control",
    "base_model": "the base model",
    "models": "the models",
    "datasets": "the datasets",
    "tags": "the tags",
    "license": "the licence",
    "thumbnail": "the picture for the card",
    "pictures": "the pictures",
    "links": "the links",
    "video": "the video",
}
"""What the form calls its fields."""
_PARTS = {"label": "the label", "url": "the address", "caption": "the caption"}
"""Of one link or picture."""


def content_from(values: Mapping[str, object]) -> SubmissionContent:
    """What a form or a program sent, checked; raises `Invalid` naming the first wrong field."""
    try:
        content = SubmissionContent.model_validate(values)
    except ValidationError as error:
        raise _refusal(error.errors()[0]) from None
    require_readable(content)
    return content


def require_readable(content: SubmissionContent) -> None:
    """Raises `Invalid` for a text that must say something and shows nothing.

    Apart from the type, which reads old revisions as well.
    """
    needed = {
        "title": (content.title,),
        "controls": content.controls,
        "tags": content.tags,
        "links": tuple(link.label for link in content.links),
    }
    for name, texts in needed.items():
        if not all(map(is_visible, texts)):
            raise Invalid(
                f"{LABELS[name]} must be something to read, got characters that nobody sees; "
                "write it again",
                field=name,
            )


def _refusal(error: ErrorDetails) -> Invalid:
    """In the form's words; entries are counted as people count them."""
    name, *path = map(str, error["loc"] or ("content",))
    if error["type"] == "extra_forbidden" and not path:
        return Invalid(f"there is no field “{short(name)}”; leave it out", field=short(name))
    label = LABELS.get(name, "the submission")
    if path and path[0].isdecimal():
        part = _PARTS.get(path[-1])
        label = f"number {int(path[0]) + 1} of {label}"
        label = f"{part} of {label}" if part else label
    match error["type"]:
        case "missing" | "string_too_short":
            return Invalid(f"{label} is empty; fill it in", field=name)
        case "string_too_long":
            remedy = "shorten it"
        case "too_long":
            remedy = "leave some out"
        case _:
            remedy = "correct it"
    return Invalid(f"{label} {expected(error)}, got {came(error)}; {remedy}", field=name)
