"""Edge and shade losses: how much of either there is at each pixel, as something to learn from.

Axes: `B` pictures from -1 to 1, of `H W` pixels.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

EDGE = 150.0
"""The gradient of which half of an edge is made, between Canny's usual two thresholds."""
SHADES = (12.0, 4.0)
"""The same of shades: 12 is steeper than nearly all of a flat area, 4 is what tells one that is
nearly flat from one that is."""

_LEAST_EDGE = 0.2
_NEAR = 5


def presence(pictures: Float[Array, "B H W 3"], *, half: float) -> Float[Array, "B H W"]:
    """How much of a change of colour there is, 0 to 1: 0.5 where the gradient is `half`.

    The magnitude is as OpenCV's Canny has it: |x| + |y| of Sobel's 3×3 gradients in 0 to 255, of
    the channel where it is largest. A strong change and a stronger one count alike, a faint one
    counts nearly as much.
    """
    padded = jnp.pad(pictures * 127.5, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = padded[:, :-2] + 2.0 * padded[:, 1:-1] + padded[:, 2:]
    columns = padded[:, :, :-2] + 2.0 * padded[:, :, 1:-1] + padded[:, :, 2:]
    across = jnp.abs(rows[:, :, 2:] - rows[:, :, :-2])
    down = jnp.abs(columns[:, 2:] - columns[:, :-2])
    squared = jnp.square((across + down).max(axis=-1) / half)
    return squared / (1.0 + squared)


def shade_presence(pictures: Float[Array, "B H W 3"]) -> Float[Array, "B H W"]:
    """How much of a shade there is, 0 to 1, faint ones and fainter ones alike."""
    return sum((presence(pictures, half=half) for half in SHADES), jnp.zeros(())) / len(SHADES)


def areas(pictures: Float[Array, "B H W 3"]) -> Float[Array, "B H W"]:
    """1 where no edge is within two pixels, 0 elsewhere."""
    edges = (presence(pictures, half=EDGE) > _LEAST_EDGE).astype(jnp.float32)
    window = (1, _NEAR, _NEAR)
    return 1.0 - jax.lax.reduce_window(edges, 0.0, jax.lax.max, window, (1, 1, 1), "SAME")
