"""Control maps of pairs: any annotator of the demo, canny with random thresholds.

A map's settings stand beside it, so whoever doubts it can draw it again.
"""

import numpy as np
from PIL import Image

from inference.controls.annotators import ANNOTATORS, annotate, annotator, described
from inference.controls.canny import HIGH, LOW, canny

Settings = dict[str, str | int | float]

SPREAD = 50
"""Canny's lower threshold is drawn from LOW ± SPREAD and the upper one lies HIGH - LOW ± SPREAD
above it: around those at which visitors' pictures are read, so that a ControlNet learns maps with
few edges and with many."""
BROUGHT = "source"
"""The annotator's name where a source brings its own maps."""
NONE = "none"
"""The annotator's name where there are to be no maps: a text-to-image model learns without."""
UNREPEATABLE = frozenset({"shuffle"})
"""Drawn by chance: a second map is another one."""
LEARNED = frozenset(name for name, one in ANNOTATORS.items() if one.needs_weights)
"""Networks: to draw their maps again takes as long as it took at first."""


def draw(name: str, picture: Image.Image, rng: np.random.Generator) -> tuple[Image.Image, Settings]:
    """The map of a picture that has its final size, and the settings it was drawn with.

    Raises InvalidRequest for an unknown name and AnnotatorUnavailable.
    """
    if name != "canny":
        return annotate(name, picture, picture.size), described(name)
    low = int(rng.integers(LOW - SPREAD, LOW + SPREAD + 1))
    high = low + HIGH - LOW + int(rng.integers(-SPREAD, SPREAD + 1))
    settings: Settings = {"annotator": name, "low": low, "high": high}
    return redraw(settings, picture), settings


def redraw(settings: Settings, picture: Image.Image) -> Image.Image:
    """The map that `draw` gave with these settings."""
    name = str(settings["annotator"])
    if name != "canny":
        return annotate(name, picture, picture.size)
    edges = canny(np.asarray(picture), low=int(settings["low"]), high=int(settings["high"]))
    return Image.fromarray(edges)


def can_redraw(settings: Settings) -> bool:
    """Whether `redraw` gives the same map, and soon."""
    name = settings.get("annotator", BROUGHT)
    return name not in UNREPEATABLE | LEARNED | {BROUGHT}


def require_annotator(name: str) -> str:
    """The name, if it is one. Raises InvalidRequest."""
    annotator(name)
    return name
