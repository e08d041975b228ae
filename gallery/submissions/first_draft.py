"""From what the Hub says about a Space to what a submission says first.

The form begins with it, and so does a submission that was collected. Whatever does not fit our own
fields is left out or cut: people on the Hub write what they like.
"""

import re
from collections.abc import Iterable, Sequence

from gallery.names import is_visible
from gallery.submissions.content import SubmissionContent, Task, content_from, visible
from spaces.hub.addresses import is_repo_id
from spaces.hub.facts import ModelFacts, SpaceFacts

_CONTROLS = {
    "canny": ("canny",),
    "depth": ("depth", "midas"),
    "pose": ("pose", "openpose", "mediapipe", "landmark", "landmarks", "hand", "hands"),
    "scribble": ("scribble", "scribbles", "sketch", "doodle", "drawing"),
    "segmentation": ("segmentation", "seg", "sam"),
    "soft edges": ("hed", "pidi", "softedge", "edges"),
    "straight lines": ("mlsd",),
    "normals": ("normal", "normals", "normalmap"),
    "line art": ("lineart",),
    "inpainting": ("inpaint", "inpainting", "outpainting"),
    "colour": ("color", "colour", "colors", "colorization", "recolor"),
    "brightness": ("brightness", "lightness"),
    "tile": ("tile", "upscale", "upscaling", "deblur"),
}
_TASKS = {
    Task.CONTROLNET: ("controlnet",),
    Task.INPAINTING: ("inpaint", "inpainting", "outpainting"),
    Task.IMAGE_TO_IMAGE: ("img2img", "image-to-image", "pix2pix", "instruct-pix2pix"),
    Task.TEXT_TO_IMAGE: ("text-to-image", "txt2img", "dreambooth", "stable-diffusion", "lora"),
}
"""The first one that a word speaks for is taken."""
_MACHINE_TAG = re.compile(r"[a-z_]+:.*", re.IGNORECASE)
"""`region:us`, `license:mit`: what the Hub adds."""
_TEMPLATE = re.compile(
    r"^Check out the configuration reference at https://huggingface\.co/docs/hub/spaces\S*\s*$",
    re.MULTILINE,
)
"""What the Hub writes into every new Space's README."""


def first_draft(
    facts: SpaceFacts,
    *,
    event_tag: str,
    models: Sequence[ModelFacts] = (),
    thumbnail: str | None = None,
) -> SubmissionContent:
    """`models` are what is known of those that the Space names; `thumbnail` is a stored digest."""
    name = facts.repo_id.partition("/")[2]
    title = _line(facts.title, 120) or _line(name.replace("-", " "), 120) or name
    words = _words(facts, models)
    return content_from(
        {
            "space_id": facts.repo_id,
            "title": title,
            "emoji": _line(facts.emoji, 8),
            "summary": _line(facts.short_description, 200),
            "description": _story(facts.card or "", title),
            "task": next((task for task, named in _TASKS.items() if words & {*named}), Task.OTHER),
            "controls": [kind for kind, named in _CONTROLS.items() if words & {*named}][:12],
            "base_model": next((base for model in models for base in _ids(model.base_model)), ""),
            "models": _ids(facts.models)[:20],
            "datasets": _ids(facts.datasets)[:20],
            "tags": _tags(facts.tags, event_tag)[:40],
            "license": _line(facts.license, 60),
            "thumbnail": thumbnail,
        }
    )


def _story(card: str, title: str) -> str:
    """The README, without the Hub's own words and without the title, which stands above it."""
    story = _TEMPLATE.sub("", card).strip()
    first, _, rest = story.partition("\n")
    if first.startswith("# ") and _spoken(first) == _spoken(title):
        story = rest.strip()
    return story[:20_000]


def _spoken(text: str) -> str:
    """Two lines are the same when only case, signs and emoji differ."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _words(facts: SpaceFacts, models: Sequence[ModelFacts]) -> frozenset[str]:
    """Whole tags, and the words of title and names; not of the story, which names others too."""
    names = (facts.repo_id.partition("/")[2], *facts.models, *(one.repo_id for one in models))
    tags = (*facts.tags, *(tag for one in models for tag in one.tags))
    pipelines = (one.pipeline_tag or "" for one in models)
    texts = " ".join((facts.title or "", facts.short_description or "", *names, *tags)).casefold()
    whole = (tag.casefold() for tag in (*tags, *pipelines))
    return frozenset((*re.split(r"[^a-z0-9]+", texts), *whole))


def _ids(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if is_repo_id(name)))


def _tags(tags: Iterable[str], event_tag: str) -> list[str]:
    """What people wrote, without the event's tag, which all have."""
    lines = dict.fromkeys(_line(tag, 80) for tag in tags if not _MACHINE_TAG.fullmatch(tag))
    usual = (event_tag.casefold(), "gradio")
    return [tag for tag in lines if tag and tag.casefold() not in usual]


def _line(text: str | None, most: int) -> str:
    line = " ".join(str(visible(text or "")).split())[:most].strip()
    return line if is_visible(line) else ""
