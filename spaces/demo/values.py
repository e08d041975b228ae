"""What travels between the page's widgets and their handlers, checked on the way in."""

from typing import Any, Literal

from gradio.data_classes import FileData, GradioModel, GradioRootModel
from pydantic import Field

from spaces.demo.config import Origin
from spaces.demo.option import AUTOMATIC

Phase = Literal["empty", "following", "waiting", "running", "done", "stopped", "failed", "lost"]
"""`following` is a drawing's picture while more of it is drawn; `lost` is what the server says of a
job that it does not know any more."""


class PictureValue(GradioModel):
    """What a visitor handed in; `file` is None while there is nothing.

    Where an earlier picture carried it, it is a control map already: `map_of` names the ControlNet
    that it is for, and `colours` is the map of colours that came with it. `painted` is its map, as
    the visitor painted on it, for the ControlNet `painted_for`.
    """

    file: FileData | None = None
    origin: Origin = "upload"
    map_of: str | None = None
    colours: FileData | None = None
    painted: FileData | None = None
    painted_for: str | None = None


class StartValue(GradioModel):
    """The picture to start from, and the mask of what is painted over; None where there is none."""

    file: FileData | None = None
    mask: FileData | None = None


class Beside(GradioModel):
    """A further control. Its picture is its `own`, or the one that is handed in.

    `own` is said where the picture itself may be missing: a page finds it again by `input`, the
    name under which the browser keeps it, or in what was made with it. `settings` are its
    annotator's. By its `key` a page finds the map of what it is read from.
    """

    picture: FileData | None = None
    own: bool = False
    input: str | None = None
    key: str | None = None
    annotator: str = AUTOMATIC
    control: str = AUTOMATIC
    scale: Any = 1.0
    start: Any = 0.0
    end: Any = 1.0
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def part(self) -> dict[str, Any]:
        """Of the core's control."""
        return {"scale": self.scale, "start": self.start, "end": self.end}


class BesideValue(GradioRootModel):
    """The further controls, in order."""

    root: list[Beside]


class MapValue(GradioModel):
    """The control map as a data URI, or the sentence that says why there is none.

    `refused` is the picture that cannot be used: the page takes it away again. `changed_by` names
    the options that the map would be another one with. It is for `control`, and it may have been
    `painted` on.
    """

    image: str | None = None
    label: str = ""
    message: str = ""
    refused: FileData | None = None
    changed_by: list[str] = Field(default_factory=list)
    control: str | None = None
    painted: bool = False


class BesideMap(GradioModel):
    """The control map of a further control as a data URI, or why there is none.

    It has the `key` of its row; what concerns them all has none.
    """

    key: str | None = None
    image: str | None = None
    label: str = ""
    message: str = ""


class BesideMaps(GradioRootModel):
    """Those of the further controls, in any order."""

    root: list[BesideMap]


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
    """One example: what was handed in, if anything was, the words, and what came out."""

    picture: FileData | None = None
    result: FileData
    prompt: str


class Tiles(GradioRootModel):
    """The examples, in order."""

    root: list[Tile]
