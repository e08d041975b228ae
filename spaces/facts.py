"""What the Hub says about a repository, as far as a sprint cares: our own frozen types.

They are kept as JSON, and compared, shown and checked without the Hub at hand.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)

    repo_id: str
    """`owner/name`."""
    commit: str | None = None
    """The newest commit's id."""
    likes: int = 0
    tags: tuple[str, ...] = ()
    license: str | None = None
    last_modified: datetime | None = None
    card: str | None = None
    """The README without its front matter, in Markdown; None when there is no README."""


class SpaceFacts(_Facts):
    """A Space. `stage` is the Hub's own word (RUNNING, SLEEPING, …; unknown ones are to be met)."""

    title: str | None = None
    emoji: str | None = None
    short_description: str | None = None
    sdk: str | None = None
    thumbnail: str | None = None
    """An address."""
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    stage: str | None = None
    hardware: str | None = None
    host: str | None = None
    """Where the demo itself answers: `https://owner-name.hf.space`."""
    duplicated_from: str | None = None
    disable_embedding: bool = False


class FileFacts(BaseModel):
    """A file in a repository; `size` in bytes."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int | None = None


class ModelFacts(_Facts):
    """A model repository."""

    base_model: tuple[str, ...] = ()
    pipeline_tag: str | None = None
    files: tuple[FileFacts, ...] = ()
    gated: bool = False


class DatasetFacts(_Facts):
    """A dataset repository."""

    files: tuple[FileFacts, ...] = ()
    gated: bool = False
