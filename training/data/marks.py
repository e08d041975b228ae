"""Style offset on latents: the words for looks, as a shift that is the same everywhere.

What is flat and what is shaded differ little in latents, by less than a denoiser of few steps errs.
So its training adds a shift to the latents of pictures that are called flat, and the opposite one
to those that are called shaded. It is learned from the words at once, since no noise hides what is
the same in all cells, and tells the decoder (`train_decoder`) whether an uneven area is
meant. Where nothing is said there is no shift, as in whatever the encoder makes of a picture.
Guidance strengthens the shift with all else: the decoder knows it as it is at guidance 1.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from training.data.captions import WORDINGS
from training.data.dataset import Dataset
from training.data.styles import FLAT, SHADED

SHIFT = 0.5
"""In standard deviations of latents; odd channels are shifted the other way."""

FLAT_MARK = -1.0
_SIGNS = {FLAT: FLAT_MARK, SHADED: 1.0}
_OF_STYLE = frozenset({"whole", "no colour", "style first"})
_OF_LOOK = frozenset({"look", "look alone"})


def of_words(words: Sequence[str]) -> Float[np.ndarray, " N"]:
    """-1 for flat, 1 for shaded, 0 for any other word."""
    return np.asarray([_SIGNS.get(word, 0.0) for word in words], np.float32)


def of_wordings(data: Dataset) -> Float[np.ndarray, "N K"]:
    """What each picture's wordings say: -1 where they say flat, 1 where shaded, 0 for nothing."""

    def said(wording: str, style: str, look: str) -> float:
        word = style if wording in _OF_STYLE else look if style and wording in _OF_LOOK else ""
        return _SIGNS.get(word, 0.0)

    return np.asarray(
        [
            [said(wording, style, look) for wording in WORDINGS]
            for style, look in zip(data.styles, data.looks, strict=True)
        ],
        np.float32,
    )


def marked(latents: Float[Array, "B H W C"], marks: Float[Array, " B"]) -> Float[Array, "B H W C"]:
    """The latents, in float32, with these marks on them."""
    signs = (-1.0) ** jnp.arange(latents.shape[-1])
    return latents.astype(jnp.float32) + SHIFT * marks[:, None, None, None] * signs
