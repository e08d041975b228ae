"""Prompt sheet: the same words painted by a base and by what it is trained to, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from training.errors import WrongSettings
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.obedience import serving_settings
from training.evaluation.preview import Preview
from training.loop.base import Base
from training.loop.checkpoint import Params

AT_ONCE = 4
"""So many pictures go through the networks together."""
WORDS = "prompts.txt"


@dataclass(frozen=True)
class Prompt:
    """What a `Preview` is asked for where no map leads: an even one says the size in pixels."""

    caption: str
    size: int

    @property
    def map(self) -> UInt8[np.ndarray, "H W 3"]:
        return np.zeros((self.size, self.size, 3), np.uint8)


class PromptSheet:
    """Paints fixed prompts with fixed seeds, at the settings that the model is served with."""

    def __init__(
        self, base: Base, prompts: Sequence[str], *, size: int, steps: int | None = None
    ) -> None:
        """`steps` are the sampler's, in place of the base's own."""
        self._base = base
        self._prompts = [Prompt(words, size) for words in prompts]
        self._preview = Preview(base)
        self._settings: dict[str, Any] = serving_settings(base) | (
            {"steps": steps} if steps else {}
        )
        self._before: list[UInt8[np.ndarray, "H W 3"]] = []

    def write(self, unet: Params, *, step: int, folder: Path) -> None:
        """`STEP.png`, a row for each prompt: what the base painted, what it paints with this UNet.

        The rows' words lie beside it, for `painted_prompts`.
        """
        if not self._prompts:
            return
        if not self._before:
            self._before = self._painted(self._base.params["unet"])
        rows = zip(self._before, self._painted(unet), strict=True)
        folder.mkdir(parents=True, exist_ok=True)
        sheet = contact_sheet([tile for row in rows for tile in row], columns=2)
        Image.fromarray(sheet).save(folder / f"{step:07d}.png")
        words = [prompt.caption for prompt in self._prompts]
        (folder / WORDS).write_text("".join(f"{line}\n" for line in words), "utf-8")

    def _painted(self, unet: Params) -> list[UInt8[np.ndarray, "H W 3"]]:
        params = {**self._base.params, "unet": unet}
        pictures: list[UInt8[np.ndarray, "H W 3"]] = []
        for start in range(0, len(self._prompts), AT_ONCE):
            asked = self._prompts[start : start + AT_ONCE]
            # The last group is filled up, so that one compiled program serves all of them.
            filled = [asked[at % len(asked)] for at in range(min(AT_ONCE, len(self._prompts)))]
            painted = self._preview.paint(params, filled, seed=start, **self._settings)
            pictures += list(painted)[: len(asked)]
        return pictures


def painted_prompts(folder: Path) -> list[str]:
    """What the rows of a folder's sheets are of, from above; none where there are no sheets."""
    file = folder / WORDS
    return file.read_text("utf-8").splitlines() if file.exists() else []


def read_prompts(file: Path) -> list[str]:
    """A prompt from each line that has words. Raises WrongSettings."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise WrongSettings(
            f"prompts must be a text file with a prompt in each line, got {file} "
            f"({type(error).__name__}); write one, or leave it out"
        ) from error
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise WrongSettings(
            f"prompts must be a text file with a prompt in each line, got an empty {file}; write "
            "some, or leave it out"
        )
    return found
