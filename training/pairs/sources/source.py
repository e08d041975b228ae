"""Source of samples: pictures with captions, in parts that processes read on their own.

A sample's picture and map are files as they came, of strangers, so nothing here opens them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

TEXT_COLUMNS = ("text", "caption", "prompt", "captions", "TEXT", "txt", "additional_feature")
IMAGE_COLUMNS = ("image", "jpg", "png", "webp", "jpeg", "img", "picture", "target")
MAP_COLUMNS = ("conditioning_image", "conditioning", "control_image", "control")
LONGEST_TEXT = 2000
"""Characters of a caption that are kept; text encoders read some three hundred."""


@dataclass(frozen=True)
class Sample:
    """One picture of a source. `key` names it within the source, for people too.

    `conditioning` is a control map that the source brings along. `columns` is all else it says.
    """

    key: str
    image: bytes
    text: str
    conditioning: bytes | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Missing:
    """A sample whose files could not be had; `why` is half a sentence."""

    key: str
    why: str


@runtime_checkable
class Part(Protocol):
    """A span of a source; small, and handed to another process. `rows` is how many it yields."""

    @property
    def rows(self) -> int: ...

    def read(self, skip: int) -> Iterator[Sample | Missing]:
        """Its samples but for the first `skip`, always in the same order."""
        ...


@dataclass(frozen=True)
class Source:
    """Everything of one source. `columns` are those beside picture, map and caption.

    `title` is how a card names it. `fingerprint` changes when the content does.
    """

    title: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    has_maps: bool
    fingerprint: str
    hub_id: str | None = None
    license: str | None = None

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)


def caption(value: object) -> str:
    """A caption in one line; of several, the first. Nothing becomes the empty caption."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None:
        return ""
    return re.sub(r"\s+", " ", str(value)).strip()[:LONGEST_TEXT]


def spans(total: int, most: int) -> list[tuple[int, int]]:
    """`total` things in runs of at most `most`, as (first, behind the last)."""
    return [(start, min(start + most, total)) for start in range(0, total, most)]
