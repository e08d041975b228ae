"""A bundle's safety checker over finished pictures, one on each device at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Bool, Float
from PIL import Image

from inference.checkpoints import Component
from inference.devices import Devices
from inference.models.clip_config import SafetyCheckerConfig
from inference.models.safety_checker import StableDiffusionSafetyChecker

MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that CLIP was trained on (Radford et al. 2021), by channel."""
BLANK = (0, 0, 0)
"""What is shown in place of a picture that is withheld, as in diffusers."""


class SafetyCheck:
    """The checker, replicated over the devices; it computes in float32."""

    def __init__(self, checker: Component[SafetyCheckerConfig], devices: Devices) -> None:
        self._network = StableDiffusionSafetyChecker(checker.config)
        self._devices = devices
        self._params = devices.replicate(checker.params)
        self._look = devices.program(self._found, of=checker.config)

    def __call__(self, pictures: Sequence[Image.Image]) -> list[bool]:
        """Which of the pictures, RGB of any size, are to be withheld."""
        count = self._devices.count
        found: list[bool] = []
        for start in range(0, len(pictures), count):
            seen = [as_clip_sees(one, self._network.config) for one in pictures[start:][:count]]
            filled = np.stack([*seen, *[seen[0]] * (count - len(seen))])
            answers = np.asarray(self._look(self._params, filled))
            found += [bool(answer) for answer in answers[: len(seen)]]
        return found

    def _found(self, params: Any, pixels: Float[Array, "P P 3"]) -> Bool[Array, ""]:
        found: Any = self._network.apply({"params": params}, pixels[None])
        return found[0]


def as_clip_sees(picture: Image.Image, config: SafetyCheckerConfig) -> Float[np.ndarray, "P P 3"]:
    """The middle square of a picture, as CLIP's image processor makes it: the shorter side becomes
    `image_size` by Pillow's bicubic filter, then what is beyond is cut off."""
    side = config.image_size
    width, height = picture.size
    # Rounded down, as transformers does.
    shorter = min(width, height)
    size = (int(side * width / shorter), int(side * height / shorter))
    small = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    middle = small.crop((left, top, left + side, top + side))
    pixels = np.asarray(middle, np.float32) / 255.0
    return (pixels - np.asarray(MEAN, np.float32)) / np.asarray(DEVIATION, np.float32)


def blank(size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, BLANK)
