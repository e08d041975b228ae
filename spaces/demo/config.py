"""What makes one Space differ from another: data, read by `spaces.demo.page.build_demo`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Origin = Literal["upload", "draw", "camera"]
"""How a picture came to the page; a drawing is read as lines, the others by the annotator."""


@dataclass(frozen=True)
class Example:
    """A tile that is already made: the picture handed in, and what became of it."""

    picture: Path
    result: Path
    prompt: str
    seed: int
    origin: Literal["upload", "draw"]


@dataclass(frozen=True)
class DemoConfig:
    """One Space. `control` is the ControlNet's name in the engine, None for text alone.

    `annotator` turns uploads and photos into its control map, `drawing_annotator` what is drawn on
    the page (names from `inference.controls.annotators`); `first` is the tab that is open.
    `colours` is the ControlNet that may act beside it and is given the picture's coarse colours.
    `words_alone`, for models that know things by their names: who hands in no picture gets one all
    the same. `wordless`, for models that paint a drawing before anybody says what it is: the words
    that they are given then; without it the page asks for the visitor's. `live`, for models that
    paint in a moment: a picture with every stroke, where visitors leave that on. `prompts` are
    offered below the prompt's line.
    """

    title: str
    description: str
    control: str | None = None
    annotator: str = "canny"
    drawing_annotator: str = "strokes"
    colours: str | None = None
    words_alone: bool = False
    wordless: str | None = None
    first: Origin = "upload"
    live: bool = False
    placeholder: str = "What should it become?"
    prompts: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
