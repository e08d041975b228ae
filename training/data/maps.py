"""Cache of control maps of a whole data set: drawn once, kept packed, unpacked in training.

Axes: `N` pictures, `V` versions of each one's map, `H W` pixels. Lines are kept as bits, palettes
as their cells, so that all maps of a data set fit beside its latents on the device.
"""

import hashlib
import inspect
import multiprocessing
from collections.abc import Iterable
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from tqdm import tqdm

from inference.controls.palette import CELLS
from training.data import controls
from training.data.dataset import Dataset, originals_of

CHUNK = 128
"""Pictures that a process draws the maps of at a time."""

_Chunk = tuple[str, np.ndarray, np.ndarray, int, int, int]


def pack(name: str, control_map: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "..."]:
    """Bits [H, W/8] of lines (W a multiple of 8), or the cells [8, 8, 3] of a palette."""
    if name in controls.COLOURED:
        half = control_map.shape[0] // CELLS // 2
        return control_map[half :: 2 * half or 1, half :: 2 * half or 1].copy()
    return np.packbits(control_map[..., 0] > 127, axis=-1)


def unpack(packed: UInt8[Array, "B ..."], size: int) -> Float[Array, "B H W 3"]:
    """What a ControlNet is given: pictures of `size` pixels a side, 0 to 1."""
    if packed.ndim == 4:
        cells = packed.astype(jnp.float32) / 255.0
        return jnp.repeat(jnp.repeat(cells, size // CELLS, axis=1), size // CELLS, axis=2)
    lines = jnp.unpackbits(packed, axis=-1).astype(jnp.float32)
    return jnp.repeat(lines[..., None], 3, axis=-1)


def draw(name: str, data: Dataset, *, versions: int, seed: int) -> UInt8[np.ndarray, "N V ..."]:
    """The maps of all pictures, drawn by as many processes as there are cores.

    Each depends on its picture, its place in the data, `seed` and its version alone.
    """
    chunks: list[_Chunk] = [
        (name, data.images[i : i + CHUNK], data.maps[i : i + CHUNK], i, versions, seed)
        for i in range(0, len(data), CHUNK)
    ]
    if len(chunks) < 8:  # to start processes would take longer
        return np.concatenate([_draw_chunk(chunk) for chunk in chunks])
    with multiprocessing.get_context("spawn").Pool() as pool:
        drawn = pool.imap(_draw_chunk, chunks)
        bar = tqdm(drawn, total=len(chunks), desc=f"{name} maps", mininterval=2.0)
        return np.concatenate(list(bar))


def draw_plain(name: str, data: Dataset) -> UInt8[np.ndarray, "N ..."]:
    """The maps of all pictures without accidents, packed."""
    return np.stack(
        [
            pack(name, controls.plain(name, picture, edges))
            for picture, edges in zip(data.images, data.maps, strict=True)
        ]
    )


def load_or_draw(
    folder: Path, name: str, data: Dataset, *, versions: int, seed: int
) -> UInt8[np.ndarray, "N V ..."]:
    """The maps, kept in `folder` under a name that says of what they are. Raises UnknownControl."""
    controls.require_control(name)
    digest = hashlib.blake2b(inspect.getsource(controls).encode(), digest_size=6)
    digest.update(f"{name} {versions} {seed}".encode())
    for array in (data.images, data.maps):
        digest.update(np.ascontiguousarray(array).data)
    cache = folder / f"maps-{name}-{digest.hexdigest()}.npy"
    if not cache.exists():
        maps = draw(name, data, versions=versions, seed=seed)
        folder.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(".partial.npy")
        np.save(partial, maps)
        partial.replace(cache)
    return np.load(cache)


def load_all(
    folder: Path, data: Dataset, names: Iterable[str], *, versions: int, seed: int
) -> dict[str, UInt8[np.ndarray, "_ V ..."]]:
    """The maps of these ControlNets: palettes of all N pictures, and lines of the G drawings that
    they are copies of. Raises UnknownControl."""
    drawings = data.take(originals_of(data))
    return {
        name: load_or_draw(
            folder,
            name,
            data if name in controls.COLOURED else drawings,
            versions=versions,
            seed=seed,
        )
        for name in names
    }


def _draw_chunk(chunk: _Chunk) -> UInt8[np.ndarray, "N V ..."]:
    name, pictures, edges, first, versions, seed = chunk
    return np.stack(
        [
            np.stack(
                [
                    pack(
                        name,
                        controls.control(
                            name, picture, lines, np.random.default_rng([seed, row, version])
                        ),
                    )
                    for version in range(versions)
                ]
            )
            for row, (picture, lines) in enumerate(zip(pictures, edges, strict=True), first)
        ]
    )
