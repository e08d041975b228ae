"""From the Hub's JSON to our own facts: the one place that knows the Hub's names.

People write front matter by hand, so anything may stand in it: one name where a list belongs, a
number where a name does, a title of a megabyte. What does not fit is left out, never passed on.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml
from huggingface_hub.utils import parse_datetime

from spaces.hub.facts import DatasetFacts, FileFacts, ModelFacts, SpaceFacts

Json = Mapping[str, Any]
FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n.*?(?:\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
LONGEST_TEXT = 300
MOST_NAMES = 100
DEFAULT_APP = "app.py"


def space_facts(answer: Json, *, readme: str | None, hosts: str | None) -> SpaceFacts:
    """Raises ValueError, KeyError or TypeError for an answer that is none.

    `hosts` is the domain below which demos answer, for lists, which only tell the subdomain.
    """
    card = _card(answer)
    runtime = answer.get("runtime")
    runtime = runtime if isinstance(runtime, Mapping) else {}
    hardware = runtime.get("hardware")
    host = _text(answer.get("host"))
    subdomain = _text(answer.get("subdomain"))
    if host is None and subdomain and hosts:
        host = f"https://{subdomain}.{hosts}"
    return SpaceFacts(
        **_shared(answer, card, readme),
        title=_text(card.get("title")),
        emoji=_text(card.get("emoji")),
        short_description=_text(card.get("short_description")),
        sdk=_text(answer.get("sdk")) or _text(card.get("sdk")),
        app_file=_text(card.get("app_file")) or DEFAULT_APP,
        thumbnail=_text(card.get("thumbnail"), longest=2000),
        models=_both(answer.get("models"), card.get("models")),
        datasets=_both(answer.get("datasets"), card.get("datasets")),
        stage=_text(runtime.get("stage")),
        hardware=_text(hardware.get("current")) if isinstance(hardware, Mapping) else None,
        host=_address(host),
        demo=_address(_text(card.get("demo"), longest=2000)),
        duplicated_from=_text(card.get("duplicated_from")),
        disable_embedding=card.get("disable_embedding") is True,
    )


def model_facts(answer: Json, *, readme: str | None) -> ModelFacts:
    """Raises ValueError, KeyError or TypeError for an answer that is none."""
    card = _card(answer)
    return ModelFacts(
        **_shared(answer, card, readme),
        base_model=_names(card.get("base_model")),
        datasets=_names(card.get("datasets")),
        pipeline_tag=_text(answer.get("pipeline_tag")),
        gated=bool(answer.get("gated")),
    )


def dataset_facts(answer: Json, *, readme: str | None) -> DatasetFacts:
    """Raises ValueError, KeyError or TypeError for an answer that is none."""
    gated = bool(answer.get("gated"))
    return DatasetFacts(**_shared(answer, _card(answer), readme), gated=gated)


def as_in_readme(answer: Json, readme: str | None) -> Json:
    """With the card and tags of this README: of an older commit the Hub may tell the newest."""
    if readme is None:
        return answer
    found = FRONT_MATTER.match(readme)
    try:
        card = yaml.safe_load(found[0].strip().removesuffix("---")) if found else None
    except yaml.YAMLError:
        card = None
    return {**answer, "cardData": card, "tags": None}


def without_front_matter(readme: str) -> str:
    return FRONT_MATTER.sub("", readme, count=1).strip()


def _shared(answer: Json, card: Json, readme: str | None) -> dict[str, Any]:
    modified = answer.get("lastModified")
    likes = answer.get("likes")
    return {
        "repo_id": str(answer["id"]),
        "hub_id": _text(answer.get("_id")),
        "commit": _text(answer.get("sha")),
        "likes": likes if isinstance(likes, int) and likes > 0 else 0,
        "tags": _names(answer.get("tags")) or _names(card.get("tags")),
        "license": _license(card),
        "last_modified": parse_datetime(modified) if isinstance(modified, str) else None,
        "card": None if readme is None else without_front_matter(readme),
        "files": tuple(_file(sibling) for sibling in answer.get("siblings") or ()),
    }


def _file(sibling: Json) -> FileFacts:
    large = sibling.get("lfs")
    digest = large.get("sha256") if isinstance(large, Mapping) else sibling.get("blobId")
    size = sibling.get("size")
    return FileFacts(
        path=str(sibling["rfilename"]),
        size=size if isinstance(size, int) else None,
        digest=_text(digest),
    )


def _license(card: Json) -> str | None:
    """The licence's short name; `other` gives way to the name that the card then has to tell."""
    named = ", ".join(_names(card.get("license"))) or None
    return _text(card.get("license_name")) or named if named == "other" else named


def _card(answer: Json) -> Json:
    card = answer.get("cardData")
    return card if isinstance(card, Mapping) else {}


def _address(text: str | None) -> str | None:
    return text.rstrip("/") if text and text.startswith(("https://", "http://")) else None


def _text(value: Any, *, longest: int = LONGEST_TEXT) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip()[:longest] or None


def _names(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    texts = (_text(one) for one in values[:MOST_NAMES])
    return tuple(dict.fromkeys(text for text in texts if text))


def _both(first: Any, second: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_names(first), *_names(second))))
