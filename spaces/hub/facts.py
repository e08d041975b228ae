"""What the Hub says about a repository, as far as a sprint cares: our own frozen types.

They are kept as JSON, and compared, shown and checked without the Hub at hand.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class FileFacts(BaseModel):
    """A file in a repository; `size` in bytes."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int | None = None
    digest: str | None = None
    """The content's id: two files with the same one are the same."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)

    repo_id: str
    """`owner/name`, as the Hub spells it; another one than was asked for when it was renamed."""
    hub_id: str | None = None
    """The Hub's own id, which stays when a repository is renamed."""
    commit: str | None = None
    """The newest commit's id."""
    likes: int = 0
    tags: tuple[str, ...] = ()
    license: str | None = None
    last_modified: datetime | None = None
    card: str | None = None
    """The README without its front matter, in Markdown; None when there is no README."""
    files: tuple[FileFacts, ...] = ()


class SpaceFacts(_Facts):
    """A Space. `stage` is the Hub's own word (RUNNING, SLEEPING, …; unknown ones are to be met)."""

    title: str | None = None
    emoji: str | None = None
    short_description: str | None = None
    sdk: str | None = None
    app_file: str | None = None
    thumbnail: str | None = None
    """An address."""
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    stage: str | None = None
    hardware: str | None = None
    host: str | None = None
    """Where the demo itself answers: `https://owner-name.hf.space`."""
    demo: str | None = None
    """Where a static Space says that its demo answers: an address that its team wrote."""
    duplicated_from: str | None = None
    disable_embedding: bool = False

    @property
    def answers_at(self) -> str | None:
        """Where the demo is to be asked: with the Space, or where a static one says."""
        return self.demo if self.sdk == "static" else self.host

    @property
    def app_digest(self) -> str | None:
        """The id of the app's file: two Spaces with the same one show the same demo."""
        return next((file.digest for file in self.files if file.path == self.app_file), None)


class ModelFacts(_Facts):
    """A model repository."""

    base_model: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    pipeline_tag: str | None = None
    gated: bool = False


class DatasetFacts(_Facts):
    """A dataset repository."""

    gated: bool = False


class WeightHeader(BaseModel):
    """What the first bytes of a file with weights say. `tensors` counts them, where that is told.

    `problem` completes "the file …", and is None when it can be loaded as far as that can be seen.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    format: Literal["safetensors", "msgpack", "pickle", "other"]
    tensors: int | None = None
    problem: str | None = None
