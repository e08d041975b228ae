"""What is computed once for a request, before its first evaluation: texts, maps, start image.

What is the same between requests (a prompt's states, a map's embedding) is kept on the devices, in
a bounded cache.
"""

from hashlib import blake2b
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt8
from PIL import Image

from inference.controlnets import ControlNets
from inference.devices import Devices
from inference.images import fit
from inference.job import Job
from inference.kept import Kept
from inference.masks import cells, white
from inference.models.blocks import TextRead
from inference.networks import Networks

MOST_BYTES = 512 * 2**20
"""Of what is kept between requests, on each device."""


class Part(NamedTuple):
    """One control of a request, ready to act. A pytree."""

    embedding: Float[Any, "D 1 H W C0"]
    positive: TextRead  # leaves [D, 1, L, ...]
    negative: TextRead


class Start(NamedTuple):
    """What the picture of a request starts from, on the latent grid. A pytree."""

    clean: Float[Any, "D 1 H W Z"]
    """The latents of its start image; zeros where there is none."""
    anew: Float[Any, "D 1 H W 1"]
    """1 where it is painted anew, which is everywhere without a mask."""
    left: Float[Any, "D 1 H W Z"] | None
    """For a UNet that inpaints: the latents of what is not painted anew."""


class Prepared(NamedTuple):
    """All that a request's slots are given, the same on every device."""

    positive: TextRead  # leaves [D, 1, L, ...]
    negative: TextRead
    start: Start
    parts: tuple[Part, ...]


class Preparation:
    """The networks that a request meets before its first evaluation."""

    def __init__(
        self,
        networks: Networks,
        controlnets: ControlNets,
        devices: Devices,
        *,
        downscale: int,
        channels: int,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._networks = networks
        self._controlnets = controlnets
        self._devices = devices
        self._downscale = downscale
        self._channels = channels
        self.kept = Kept(most_bytes, self._bytes)

    def __call__(self, job: Job) -> Prepared:
        """Without guidance the negative prompt is not read: the positive stands in its place."""
        negative = job.negative if job.is_guided else job.positive
        return Prepared(
            positive=self._read(job.positive),
            negative=self._read(negative),
            start=self._start(job),
            parts=tuple(
                Part(
                    embedding=self._embedding(control.name, pixels(control.map, job.size)),
                    positive=self._read_by(control.name, job.positive),
                    negative=self._read_by(control.name, negative),
                )
                for control, _ in job.acting
            ),
        )

    def forget(self, name: str) -> None:
        """Lets go of what was computed with a ControlNet: another may come under its name."""
        self.kept.forget(lambda key: isinstance(key, tuple) and key[1:2] == (name,))

    def _states(self, ids: Int[np.ndarray, "L"]) -> Float[Array, "D 1 L C"]:
        each = self._devices.on_each(ids[None].astype(np.int32))
        return self.kept.get(
            ("text", None, ids.tobytes()), lambda: self._networks.encode_text(each)
        )

    def _read(self, ids: Int[np.ndarray, "L"]) -> TextRead:
        return self.kept.get(
            ("read", None, ids.tobytes()), lambda: self._networks.read_text(self._states(ids))
        )

    def _read_by(self, name: str, ids: Int[np.ndarray, "L"]) -> TextRead:
        return self.kept.get(
            ("read", name, ids.tobytes()),
            lambda: self._controlnets.read_text(name, self._states(ids)),
        )

    def _embedding(self, name: str, control_map: UInt8[np.ndarray, "fH fW 3"]) -> Array:
        each = self._devices.on_each(control_map[None])
        digest = blake2b(control_map.tobytes(), digest_size=16).digest()
        return self.kept.get(
            ("map", name, control_map.shape, digest), lambda: self._controlnets.embed(name, each)
        )

    def _start(self, job: Job) -> Start:
        start, mask = job.request.init_image, job.request.mask
        width, height = job.size
        nowhere = np.zeros((height, width), bool)
        anew = ~nowhere if mask is None else white(mask, job.size)
        clean = self._nothing(job.size)
        if start is not None:
            clean = self._latents(pixels(start, job.size), nowhere)
        left = None
        if self._networks.inpaints:
            seen = (
                np.zeros((height, width, 3), np.uint8) if start is None else pixels(start, job.size)
            )
            left = self._latents(seen, ~nowhere if start is None else anew)
        grid = cells(anew, self._downscale)
        return Start(clean, self._devices.on_each(grid[None]), left)

    def _latents(
        self, picture: UInt8[np.ndarray, "fH fW 3"], hidden: Bool[np.ndarray, "fH fW"]
    ) -> Any:
        told = blake2b(picture.tobytes(), digest_size=16)
        told.update(hidden.tobytes())
        on_each = self._devices.on_each
        return self.kept.get(
            ("start", None, picture.shape, told.digest()),
            lambda: self._networks.encode_image(on_each(picture[None]), on_each(hidden[None])),
        )

    def _nothing(self, size: tuple[int, int]) -> Any:
        width, height = (side // self._downscale for side in size)
        nothing = np.zeros((1, height, width, self._channels), np.float32)
        return self.kept.get(
            ("nothing", None, size),
            lambda: self._devices.place(np.ascontiguousarray(self._devices.on_each(nothing))),
        )

    def _bytes(self, tree: Any) -> int:
        return sum(leaf.nbytes for leaf in jax.tree.leaves(tree)) // self._devices.count


def pixels(picture: Image.Image, size: tuple[int, int]) -> UInt8[np.ndarray, "fH fW 3"]:
    """A picture as the networks see it: fitted to (width, height)."""
    return np.asarray(fit(picture.convert("RGB"), *size))
