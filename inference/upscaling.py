"""Upscaling finished pictures on the devices, in tiles: one program for each size of picture.

Legend: D devices, H W pixels of the small picture, s how many times as high and wide the large one
is. Large pictures go in tiles that see as much around them as the network looks at, so that there
is no seam, and memory does not grow with the picture.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8

from inference.checkpoints import Component
from inference.devices import Devices
from inference.models.upscaler import SRVGGNetCompact
from inference.models.upscaler_config import UpscalerConfig

TILE = 256
"""Pixels, small, of a tile's sides."""


class Enlarged(NamedTuple):
    """A picture, and whether it is of finite numbers. A pytree."""

    values: UInt8[Any, "sH sW 3"]
    is_finite: Bool[Any, ""]


class Upscaling:
    """A bundle's upscaler, replicated over the devices."""

    def __init__(self, upscaler: Component[UpscalerConfig], devices: Devices) -> None:
        self._network = SRVGGNetCompact(upscaler.config, devices.dtype)
        self._devices = devices
        self._params = devices.replicate(upscaler.params)
        self._enlarge = devices.program(self._enlarged, of=upscaler.config)

    @property
    def times(self) -> int:
        """How many times as high and wide as they were its pictures are."""
        return self._network.config.upscale

    def __call__(self, pictures: Sequence[UInt8[np.ndarray, "H W 3"]]) -> list[Enlarged]:
        """Pictures of one size, enlarged: one on each device at a time.

        Each is computed by itself, so that it is the same whoever else is there.
        """
        enlarged: list[Enlarged] = []
        for start in range(0, len(pictures), self._devices.count):
            now = list(pictures[start : start + self._devices.count])
            filled = np.stack([*now, *[now[0]] * (self._devices.count - len(now))])
            found = self._enlarge(self._params, filled)
            values, are_finite = np.asarray(found.values), np.asarray(found.is_finite)
            enlarged += [Enlarged(values[d], are_finite[d]) for d in range(len(now))]
        return enlarged

    def _enlarged(self, params: Any, picture: UInt8[Array, "H W 3"]) -> Enlarged:
        def network(pixels: Float[Array, "h w 3"]) -> Float[Array, "sh sw 3"]:
            large: Any = self._network.apply({"params": params}, pixels[None])
            return large[0]

        config = self._network.config
        pixels = picture.astype(jnp.float32) / 255.0
        large = in_tiles(network, pixels, times=config.upscale, reach=config.reach)
        values = jnp.clip(jnp.round(large * 255.0), 0, 255).astype(jnp.uint8)
        return Enlarged(values, jnp.isfinite(large).all())


def in_tiles(
    network: Callable[[Array], Array],
    picture: Float[Array, "H W C"],
    *,
    times: int,
    reach: int,
    tile: int = TILE,
) -> Float[Array, "sH sW C"]:
    """What `network` makes of the whole picture, from windows of it.

    Each tile lies in a window with `reach` more pixels on all sides, as far as the picture goes:
    windows end where it ends, so that the network sees its borders as they are.
    """
    rows, columns = (_tiles(side, tile, reach) for side in picture.shape[:2])
    if len(rows.starts) == len(columns.starts) == 1:
        return network(picture)
    places = jnp.asarray(
        [
            (*row, *column)
            for row in zip(rows.windows, rows.starts, strict=True)
            for column in zip(columns.windows, columns.starts, strict=True)
        ]
    )

    def add(large: Array, place: Array) -> tuple[Array, None]:
        top, row, left, column = place
        shape = (rows.window, columns.window, picture.shape[2])
        window = network(jax.lax.dynamic_slice(picture, (top, left, 0), shape))
        inside = (times * (row - top), times * (column - left), 0)
        shape = (times * rows.size, times * columns.size, picture.shape[2])
        core = jax.lax.dynamic_slice(window, inside, shape)
        return jax.lax.dynamic_update_slice(large, core, (times * row, times * column, 0)), None

    height, width, channels = picture.shape
    nothing = jnp.zeros((times * height, times * width, channels), jnp.float32)
    large, _ = jax.lax.scan(add, nothing, places)
    return large


class _Tiles(NamedTuple):
    """Along one side: `size` pixels from each of `starts`, in a `window` from each of `windows`."""

    size: int
    starts: tuple[int, ...]
    window: int
    windows: tuple[int, ...]


def _tiles(side: int, tile: int, reach: int) -> _Tiles:
    """The last tile begins where it ends with the picture: some pixels are computed twice."""
    size = min(tile, side)
    window = min(size + 2 * reach, side)
    if window == side:  # then one tile is as cheap
        return _Tiles(side, (0,), side, (0,))
    starts = tuple(min(start, side - size) for start in range(0, side, size))
    windows = tuple(min(max(start - reach, 0), side - window) for start in starts)
    return _Tiles(size, starts, window, windows)
