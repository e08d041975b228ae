"""Colour captions: naming a picture's colour, and giving it another.

One rule names colours, in captions and in the evaluation alike. It works on HSV (hue in degrees,
saturation and value in 0..1), because hue is what the words red to pink divide; brown is a dark
orange and pink a light red or a magenta, so these two need value and saturation as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8

HUE_WORDS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
GREY_WORDS = ("white", "black", "grey")
WORDS = HUE_WORDS + GREY_WORDS
_INDEX = {word: i for i, word in enumerate(WORDS)}

# Hues that two people name differently: a caption had better say nothing about them.
_DISPUTED_HUES = ((10.0, 17.0), (33.0, 46.0), (64.0, 82.0), (158.0, 188.0), (246.0, 262.0))


@dataclass(frozen=True)
class Prototype:
    """The middle of what a word means: hue in degrees, saturation and value in 0..1."""

    hue: float
    saturation: float
    value: float


PROTOTYPES: Mapping[str, Prototype] = MappingProxyType(
    {
        "red": Prototype(0.0, 0.86, 0.86),
        "orange": Prototype(25.0, 0.90, 1.00),
        "yellow": Prototype(53.0, 0.80, 1.00),
        "green": Prototype(125.0, 0.66, 0.68),
        "blue": Prototype(216.0, 0.78, 0.90),
        "purple": Prototype(278.0, 0.62, 0.75),
        "pink": Prototype(334.0, 0.46, 1.00),
        "brown": Prototype(22.0, 0.62, 0.48),
    }
)


@dataclass(frozen=True)
class ColourNames:
    """What a picture's colours are called.

    `dominant` is the word of most of its coloured pixels (of its grey ones where next to nothing
    is coloured); `second` a further hue word that covers at least a third as much as `dominant`.
    `disputed` says that people would not agree on the dominant word.
    """

    dominant: str
    second: str | None
    disputed: bool


def hsv(image: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W 3"]:
    """Hue in degrees, saturation and value in 0..1."""
    return cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_RGB2HSV)


def pixel_words(colours: Float[np.ndarray, "H W 3"]) -> Int[np.ndarray, "H W"]:
    """The index into WORDS of each HSV pixel."""
    hue, saturation, value = colours[..., 0], colours[..., 1], colours[..., 2]
    words = np.full(hue.shape, _INDEX["red"])
    words[(hue >= 13) & (hue < 40)] = _INDEX["orange"]
    words[(hue >= 40) & (hue < 70)] = _INDEX["yellow"]
    words[(hue >= 70) & (hue < 168)] = _INDEX["green"]
    words[(hue >= 168) & (hue < 254)] = _INDEX["blue"]
    words[(hue >= 254) & (hue < 342)] = _INDEX["purple"]
    magenta = ((hue >= 300) & (hue < 320) & (value >= 0.75)) | (
        (hue >= 320) & (hue < 342) & (value >= 0.45)
    )
    light_red = ((hue >= 342) | (hue < 13)) & (saturation < 0.60) & (value >= 0.80)
    words[magenta | light_red] = _INDEX["pink"]
    words[(hue >= 8) & (hue < 48) & (value < 0.68)] = _INDEX["brown"]
    words[((hue < 8) | (hue >= 342)) & (value < 0.50) & (saturation < 0.60)] = _INDEX["brown"]

    grey = (saturation * value < 0.13) | (value < 0.16)
    words[grey] = _INDEX["grey"]
    words[grey & (value >= 0.92)] = _INDEX["white"]
    words[grey & (value < 0.28)] = _INDEX["black"]
    return words


def name_colours(image: UInt8[np.ndarray, "H W 3"]) -> ColourNames:
    """Name the colours of a drawing on white."""
    colours = hsv(image)
    words = pixel_words(colours)
    counts = np.bincount(words.ravel(), minlength=len(WORDS))
    hue_counts = counts[: len(HUE_WORDS)]
    drawn = int(counts.sum() - counts[_INDEX["white"]])
    if hue_counts.sum() < max(0.12 * drawn, 1):
        greys = counts[[_INDEX["black"], _INDEX["grey"]]]
        word = "white" if drawn < 0.02 * counts.sum() else ("black", "grey")[int(greys.argmax())]
        return ColourNames(dominant=word, second=None, disputed=False)
    order = np.argsort(-hue_counts, kind="stable")
    first, second = int(order[0]), int(order[1])
    return ColourNames(
        dominant=WORDS[first],
        second=WORDS[second] if hue_counts[second] * 3 >= hue_counts[first] else None,
        disputed=_is_disputed(colours[words == first], WORDS[first]),
    )


def recolour(
    image: UInt8[np.ndarray, "H W 3"],
    word: str,
    rng: np.random.Generator,
    *,
    of: str | None = None,
) -> UInt8[np.ndarray, "H W 3"]:
    """Give the picture's colour `of` (its dominant one) another name; the rest of it stays.

    Pixels within 45 degrees of that colour's hue turn to the word's hue (a little off it, at
    random), and their saturation and value are scaled by what takes the colour there.
    """
    colours = hsv(image)
    mine = pixel_words(colours) == _INDEX[of or name_colours(image).dominant]
    hue = circular_mean(colours[mine][:, 0])
    saturation, value = np.median(colours[mine][:, 1:], axis=0)
    target = PROTOTYPES[word]
    target_hue = target.hue + rng.uniform(-6.0, 6.0)
    saturation_scale = np.clip(target.saturation + rng.uniform(-0.06, 0.06), 0, 1) / saturation
    value_scale = np.clip(target.value + rng.uniform(-0.07, 0.03), 0, 1) / value

    offset = (colours[..., 0] - hue + 180.0) % 360.0 - 180.0
    near = np.clip((75.0 - np.abs(offset)) / 30.0, 0.0, 1.0) * (colours[..., 1] > 0.02)
    strength = near * np.clip(colours[..., 1] / saturation, 0.0, 1.0)
    turned = np.where(near > 0.5, target_hue + 0.6 * offset, colours[..., 0]) % 360.0
    shifted = np.stack(
        [
            turned,
            np.clip(colours[..., 1] * (1.0 + near * (saturation_scale - 1.0)), 0.0, 1.0),
            np.clip(colours[..., 2] * (1.0 + strength * (value_scale - 1.0)), 0.0, 1.0),
        ],
        axis=-1,
    ).astype(np.float32)
    return np.rint(cv2.cvtColor(shifted, cv2.COLOR_HSV2RGB) * 255.0).astype(np.uint8)


def circular_mean(hues: Float[np.ndarray, " N"]) -> float:
    """The mean of angles in degrees."""
    radians = np.deg2rad(hues)
    return float(np.rad2deg(np.arctan2(np.sin(radians).mean(), np.cos(radians).mean())) % 360.0)


def _is_disputed(pixels: Float[np.ndarray, "N 3"], word: str) -> bool:
    hue = circular_mean(pixels[:, 0])
    if word == "brown":
        return float(np.median(pixels[:, 2])) > 0.62
    if word == "pink":
        return hue < 300.0 and hue > 20.0
    pale = float(np.median(pixels[:, 1])) < 0.30
    return pale or any(low <= hue < high for low, high in _DISPUTED_HUES)
