"""What makes one Space differ from another: data, read by `spaces.demo.page.build_demo`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.controls.annotators import ANNOTATORS
from inference.request import MAX_CONTROLS, MAX_IMAGES

COLOURS = "palette"
"""The annotator of coarse colours, and the ControlNet that reads them."""
OF_LINES = ("canny", "lineart", "softedge", "softedge_pidi", "scribble", "mlsd")
"""ControlNets to which a drawing's own lines are a good map."""

Origin = Literal["upload", "draw", "camera"]
"""How a picture came to the page; a drawing is read as lines, the others by the annotator."""


Begins = Literal["words", "picture", "part"]
"""What a visitor gives first: words, a picture to start from, or a part of one to paint anew."""


@dataclass(frozen=True)
class Known:
    """What a small model knows: `things` that it paints from their names, and all `words` that it
    was taught, in which those of the things are."""

    things: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A tile that is already made: the picture handed in, and what became of it.

    `picture` is None where words alone were given.
    """

    picture: Path | None
    result: Path
    prompt: str
    seed: int
    origin: Literal["upload", "draw"]


@dataclass(frozen=True)
class DemoConfig:
    """One Space. `control` is the ControlNet's name in the engine, None for text alone.

    `annotator` turns uploads and photos into its control map, `drawing_annotator` what is drawn on
    the page (names from `inference.controls.annotators`); `first` is the tab that is open.
    `colours` is the ControlNet that may act beside it and is given the picture's coarse colours;
    of all the model's, at most `most_controls` act at once.
    `words_alone`, for models that know things by their names: who hands in no picture gets one all
    the same. `wordless`, for models that paint a drawing before anybody says what it is: the words
    that they are given then; without it the page asks for the visitor's. `live`, for models that
    paint in a moment: a picture with every stroke, where visitors leave that on. `prompts` are
    offered below the prompt's line; `known`, for models of few words, offers what they know.
    `style` is written behind every prompt that does not have it, and one with a word of `blocked`
    is refused. `begins`, for Spaces whose pictures start from another one, or paint over a part of
    it; elsewhere that is folded away. `defaults` are values of options by name
    (`spaces.demo.options`) where they are not the model's, `most_images` is how many pictures can
    be asked for at a time.
    """

    title: str
    description: str
    control: str | None = None
    annotator: str = "canny"
    drawing_annotator: str = "strokes"
    colours: str | None = None
    most_controls: int = MAX_CONTROLS
    words_alone: bool = False
    wordless: str | None = None
    first: Origin = "upload"
    live: bool = False
    placeholder: str = "What should it become?"
    prompts: tuple[str, ...] = ()
    known: Known | None = None
    style: str = ""
    blocked: tuple[str, ...] = ()
    begins: Begins = "words"
    defaults: tuple[tuple[str, str | int | float], ...] = ()
    most_images: int = MAX_IMAGES
    examples: tuple[Example, ...] = ()


def usual_annotators(control: str | None) -> tuple[str, str]:
    """For uploads and for drawings, where nothing but the ControlNet's name is known."""
    uploads = control if control in ANNOTATORS else "none"
    return uploads, "strokes" if control in OF_LINES else uploads
