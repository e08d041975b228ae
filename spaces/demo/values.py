"""What travels between the page's widgets and their handlers, checked on the way in."""

from typing import Any, Literal

from gradio.data_classes import FileData, GradioModel, GradioRootModel
from pydantic import Field

from spaces.demo.config import Origin

Phase = Literal["empty", "waiting", "running", "done", "stopped", "failed", "lost"]
"""`lost` is what the server says of a job that it does not know any more."""


class PictureValue(GradioModel):
    """What a visitor handed in; `file` is None while there is nothing.

    Where an earlier picture carried it, it is a control map already: `map_of` names the ControlNet
    that it is for, and `colours` is the map of colours that came with it.
    """

    file: FileData | None = None
    origin: Origin = "upload"
    map_of: str | None = None
    colours: FileData | None = None


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

    `settings` are the page's fields as they were. A `live` one gives its place to the next.
    """

    id: str
    file: FileData
    seed: int
    prompt: str
    settings: dict[str, Any] = Field(default_factory=dict)
    about: str
    map: str | None = None
    example: bool = False
    live: bool = False


class StageValue(GradioModel):
    """All that the result's place shows. `previews` are data URIs, one for each picture.

    `job` names the work that it tells of; what is shown without any, an example, has none.
    """

    phase: Phase = "empty"
    job: str | None = None
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    previews: list[str] = Field(default_factory=list)
    pictures: list[Shown] = Field(default_factory=list)
    message: str = ""


class Note(GradioModel):
    """What a visitor should know of what was put back; `name` makes each one news."""

    text: str = ""
    name: str = ""


class Tile(GradioModel):
    """One example: two pictures and the words between them."""

    picture: FileData
    result: FileData
    prompt: str


class Tiles(GradioRootModel):
    """The examples, in order."""

    root: list[Tile]
