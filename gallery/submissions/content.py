"""What a submission says: the form's fields, one revision's JSON, and the API's, all one type."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Task(StrEnum):
    """What the demo does, for the filter."""

    CONTROLNET = "controlnet"
    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    INPAINTING = "inpainting"
    OTHER = "other"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Link(_Part):
    """Something to read or watch elsewhere."""

    label: str = Field(min_length=1, max_length=80)
    url: str = Field(pattern=r"^https?://\S+$", max_length=2000)


class SamplePicture(_Part):
    """A picture that the demo made; `digest` names a stored one."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    caption: str = Field("", max_length=200)


class SubmissionContent(_Part):
    """One revision, whole. Only `space_id` and `title` must be there; the checks ask for more."""

    space_id: str = Field(pattern=r"^[\w.-]{1,96}/[\w.-]{1,96}$")
    title: str = Field(min_length=1, max_length=120)
    emoji: str = Field("", max_length=8)
    summary: str = Field("", max_length=200)
    """One sentence, for the card and for previews elsewhere."""
    description: str = Field("", max_length=20_000)
    """The story, in Markdown."""
    task: Task = Task.CONTROLNET
    controls: tuple[str, ...] = Field((), max_length=12)
    """Kinds of control: canny, depth, scribble, …"""
    base_model: str = Field("", max_length=200)
    models: tuple[str, ...] = Field((), max_length=20)
    """`owner/name` on the Hub."""
    datasets: tuple[str, ...] = Field((), max_length=20)
    tags: tuple[str, ...] = Field((), max_length=40)
    license: str = Field("", max_length=60)
    thumbnail: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    """Digest of a stored picture; the first sample is shown when there is none."""
    pictures: tuple[SamplePicture, ...] = Field((), max_length=24)
    links: tuple[Link, ...] = Field((), max_length=12)
    video: str = Field("", max_length=2000, pattern=r"^(https?://\S+)?$")
