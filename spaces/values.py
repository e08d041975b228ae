"""What travels between the page's widgets and their handlers, checked on the way in."""

from typing import Literal

from gradio.data_classes import FileData, GradioModel, GradioRootModel
from pydantic import Field

from spaces.config import Origin

Phase = Literal["empty", "waiting", "running", "done", "stopped", "failed"]


class PictureValue(GradioModel):
    """What a visitor handed in; `file` is None while there is nothing."""

    file: FileData | None = None
    origin: Origin = "upload"


class MapValue(GradioModel):
    """The control map as a data URI, or the sentence that says why there is none.

    `refused` is the picture that cannot be used: the page takes it away again.
    """

    image: str | None = None
    label: str = ""
    message: str = ""
    refused: FileData | None = None


class Shown(GradioModel):
    """One finished picture: its file, how to make it again, and the words below it.

    A `live` one gives its place to the next.
    """

    file: FileData
    seed: int
    prompt: str
    about: str
    map: str | None = None
    example: bool = False
    live: bool = False


class StageValue(GradioModel):
    """All that the result's place shows. `previews` are data URIs, one for each picture."""

    phase: Phase = "empty"
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    previews: list[str] = Field(default_factory=list)
    pictures: list[Shown] = Field(default_factory=list)
    message: str = ""


class Tile(GradioModel):
    """One example: two pictures and the words between them."""

    picture: FileData
    result: FileData
    prompt: str


class Tiles(GradioRootModel):
    """The examples, in order."""

    root: list[Tile]
