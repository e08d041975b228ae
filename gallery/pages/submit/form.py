"""The form's fields, in order, and a submission's content from and to their values."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from gallery.errors import Invalid
from gallery.submissions.content import SubmissionContent, Task, content_from

FIELDS = (
    "title",
    "emoji",
    "summary",
    "task",
    "controls",
    "base_model",
    "models",
    "datasets",
    "tags",
    "license",
    "description",
    "samples",
    "links",
    "video",
)
TASKS = (
    ("ControlNet", Task.CONTROLNET.value),
    ("Text to image", Task.TEXT_TO_IMAGE.value),
    ("Image to image", Task.IMAGE_TO_IMAGE.value),
    ("Inpainting", Task.INPAINTING.value),
    ("Something else", Task.OTHER.value),
)
CONTROLS = (
    "canny",
    "depth",
    "pose",
    "scribble",
    "segmentation",
    "soft edges",
    "straight lines",
    "normals",
    "line art",
    "inpainting",
    "colour",
    "brightness",
    "tile",
)
LICENSES = (
    "apache-2.0",
    "mit",
    "openrail",
    "creativeml-openrail-m",
    "openrail++",
    "bsd-3-clause",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "other",
)


class Sample(BaseModel):
    """A stored picture and what it shows."""

    digest: str
    caption: str = ""


class Samples(BaseModel):
    """The value of the pictures' widget."""

    pictures: list[Sample] = Field(default_factory=list)
    thumbnail: str | None = None
    can_change: bool = True
    """Whether the widget offers to."""


def values_of(content: SubmissionContent) -> list[object]:
    """One value per field."""
    samples = Samples(
        pictures=[Sample(digest=one.digest, caption=one.caption) for one in content.pictures],
        thumbnail=content.thumbnail,
    )
    shown = {
        "task": content.task.value,
        "samples": samples,
        "links": "\n".join(f"{link.label} {link.url}" for link in content.links),
    }
    values = (shown.get(name, getattr(content, name, None)) for name in FIELDS)
    return [list(value) if isinstance(value, tuple) else value for value in values]


def content_of(space_id: str, values: Sequence[object]) -> SubmissionContent:
    """What was typed, checked; raises `Invalid` naming the field."""
    given = dict(zip(FIELDS, values, strict=True))
    samples = given.pop("samples") or Samples()
    assert isinstance(samples, Samples), "the widget's model"
    links = given.pop("links") or ""
    lists = {name: given.pop(name) or [] for name in ("controls", "models", "datasets", "tags")}
    task = given.pop("task") or Task.OTHER
    texts = {name: value or "" for name, value in given.items()}
    return content_from(
        {
            "space_id": space_id,
            "task": task,
            "thumbnail": samples.thumbnail,
            "pictures": [picture.model_dump() for picture in samples.pictures],
            "links": [_link(line) for line in str(links).splitlines() if line.strip()],
            **lists,
            **texts,
        }
    )


def without_mistakes(
    kept: SubmissionContent, values: Sequence[object]
) -> tuple[SubmissionContent, list[Invalid]]:
    """What was typed where it can be taken, else what is `kept`; and the mistakes."""
    taken = dict(zip(FIELDS, values, strict=True))
    before = dict(zip(FIELDS, values_of(kept), strict=True))
    mistakes: list[Invalid] = []
    while before:
        try:
            return content_of(kept.space_id, tuple(taken.values())), mistakes
        except Invalid as error:
            name = "samples" if error.field in ("pictures", "thumbnail") else error.field
            if name not in before:
                raise
            mistakes.append(error)
            taken[name] = before.pop(name)
    return kept, mistakes


def _link(line: str) -> dict[str, str]:
    """`The paper https://…`: the address is the last word, and the label too when it is alone."""
    label, _, url = line.strip().rpartition(" ")
    if not url.startswith(("https://", "http://")):
        raise Invalid(
            "a link must be a label and then an address, like: Our code https://github.com/…, "
            f"got {line.strip()[:60]!r}; correct that line",
            field="links",
        )
    return {"label": label.strip() or url.split("://", 1)[1][:80], "url": url}
