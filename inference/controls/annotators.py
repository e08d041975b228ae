"""From a person's picture to the control map that a ControlNet reads, by the annotator's name.

`canny`, `strokes`, `scribble`, `palette` and `none` run anywhere at once. The others are learned
networks from controlnet-aux, which need PyTorch: they are imported, and their weights are fetched,
when one of them is first used. Serving does without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from inference.controls.canny import HIGH, LOW, canny
from inference.controls.palette import palette
from inference.controls.scribble import scribble
from inference.controls.strokes import looks_drawn, strokes
from inference.errors import AnnotatorUnavailable, InvalidRequest, shown
from inference.images import fit

Draw = Callable[[Image.Image, tuple[int, int]], Image.Image]

WEIGHTS = "lllyasviel/Annotators"
INSTALL = "pip install -r requirements.txt"
LEARNED_SIDE = 512
"""The learned annotators were trained on pictures of this size; smaller ones are enlarged."""
LINES_SIDE = 512
"""Drawn lines are thinned at about this size, where they do not yet run together."""


@dataclass(frozen=True)
class Annotator:
    """`label` is the word a person reads; `draw` makes the map of a picture at (width, height).

    `settings` are the constants that it reads with, for who wants to read the picture again.
    """

    label: str
    draw: Draw
    settings: Mapping[str, int | float] = field(default_factory=dict)


def annotate(name: str, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The control map of a picture, as RGB of `size` = (width, height) pixels.

    The picture is fitted to that size first, as in training, so a map shows what the model sees.
    Raises InvalidRequest for an unknown name and AnnotatorUnavailable.
    """
    return annotator(name).draw(image.convert("RGB"), size)


def annotator(name: str) -> Annotator:
    """The annotator of that name. Raises InvalidRequest."""
    if name not in ANNOTATORS:
        raise InvalidRequest(
            f"annotator must be one of {', '.join(ANNOTATORS)}, got {shown(name)}; "
            "choose one of them",
            field="annotator",
        )
    return ANNOTATORS[name]


def described(name: str) -> dict[str, Any]:
    """How a map was read, as a picture tells it: the annotator and its settings."""
    return {"annotator": name, **(ANNOTATORS[name].settings if name in ANNOTATORS else {})}


def _edges(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(canny(np.asarray(fit(image, *size))))


def _lines(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    width, height = size
    scale = max(1, LINES_SIDE // min(size))
    fine = fit(image, width * scale, height * scale)
    return Image.fromarray(strokes(np.asarray(fine), width=width, height=height))


def _strokes_of_a_finger(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    picture = np.asarray(fit(image, *size))
    lines = _lines(image, size) if looks_drawn(np.asarray(image)) else _edges(image, size)
    drawn = scribble(np.asarray(lines)[..., 0])
    return Image.fromarray(np.broadcast_to(drawn[..., None], picture.shape).copy())


def _colours(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(palette(np.asarray(fit(image, *size))))


def _as_it_is(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return fit(image, *size)


def _learned(detector: str, **options: Any) -> Draw:
    def draw(image: Image.Image, size: tuple[int, int]) -> Image.Image:
        scale = max(1.0, LEARNED_SIDE / min(size))
        large = fit(image, round(size[0] * scale), round(size[1] * scale))
        side = min(large.size)
        drawn = _detector(detector)(
            large, detect_resolution=side, image_resolution=side, output_type="pil", **options
        )
        return drawn.convert("RGB").resize(size, Image.Resampling.LANCZOS)

    return draw


@cache
def _detector(name: str) -> Callable[..., Image.Image]:
    detector = getattr(_controlnet_aux(), name)
    try:
        if not hasattr(detector, "from_pretrained"):
            return detector()
        return detector.from_pretrained(WEIGHTS)
    except (OSError, ValueError) as error:
        raise AnnotatorUnavailable(
            f"annotator {name} needs weights from huggingface.co/{WEIGHTS}, which could not be "
            f"fetched ({type(error).__name__}); connect to the network once, or use canny"
        ) from error


def _controlnet_aux() -> Any:
    try:
        import controlnet_aux
    except ModuleNotFoundError as error:
        raise AnnotatorUnavailable(
            "learned annotators (depth, pose and their kin) need PyTorch and controlnet-aux, and "
            f"{error.name} is not installed; install all with `{INSTALL}`, or use canny"
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise AnnotatorUnavailable(
            "learned annotators (depth, pose and their kin) need PyTorch and controlnet-aux in "
            f"versions that fit together, and these do not load ({type(error).__name__}: {error}); "
            f"install the pinned ones with `{INSTALL}`, or use canny"
        ) from error
    return controlnet_aux


ANNOTATORS: dict[str, Annotator] = {
    "canny": Annotator("edges", _edges, {"low": LOW, "high": HIGH}),
    "strokes": Annotator("drawn lines", _lines),
    "scribble": Annotator("scribble", _strokes_of_a_finger),
    "palette": Annotator("coarse colours", _colours),
    "none": Annotator("already a control map", _as_it_is),
    "lineart": Annotator("line art", _learned("LineartDetector")),
    "softedge": Annotator("soft edges", _learned("HEDdetector")),
    "softedge_pidi": Annotator("soft edges, crisper", _learned("PidiNetDetector")),
    "scribble_hed": Annotator("scribble, finer", _learned("HEDdetector", scribble=True)),
    "depth": Annotator("depth", _learned("MidasDetector")),
    "normal": Annotator("surface directions", _learned("NormalBaeDetector")),
    "mlsd": Annotator("straight lines", _learned("MLSDdetector")),
    "openpose": Annotator("pose", _learned("OpenposeDetector")),
    "shuffle": Annotator("shuffled colours", _learned("ContentShuffleDetector")),
}
