"""The slots of one picture size, on the devices: images come, advance and go, each by its own row.

Legend: as in `inference.networks`; M places for a slot's controls. Everything stays on the devices
but finished pictures and previews; a tick sends a few kilobytes. What a free slot holds is what the
last image left, and is never read.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32
from PIL import Image as Pictures

from inference.batch import (
    SIZES,
    ControlCall,
    Image,
    Reading,
    nothing_advances,
    size_of,
    tick_of,
)
from inference.controlnets import Conditioned, ControlNets
from inference.devices import Devices, Tree
from inference.models.blocks import TextRead
from inference.networks import Networks, Pixels, Residuals
from inference.preparation import Part, Prepared, Start
from inference.request import MAX_CONTROLS
from inference.sampling.denoise import Known, State, fresh, noise, starting_latents

SLOTS = 8
"""On each device."""


class Held(NamedTuple):
    """What the slots remember of text and image. A pytree."""

    state: State
    text: TextRead  # leaves [D, B, 2, L, ...]
    known: Known


class Picture(NamedTuple):
    """One slot's, and whether it and its latents are finite. One that is withheld is a blank."""

    image: Pictures.Image
    is_finite: bool
    is_withheld: bool = False


class Slots:
    """D*B of them, for pictures of one size. Not for several threads at once."""

    def __init__(
        self,
        networks: Networks,
        controlnets: ControlNets,
        devices: Devices,
        like: Prepared,
        *,
        slots: int = SLOTS,
    ) -> None:
        """Allocates for requests such as `like`, whose shapes depend on the size alone."""
        self._networks = networks
        self._controlnets = controlnets
        self._devices = devices
        self.each = slots
        _, _, self._H, self._W, Z = like.start.clean.shape
        latents = jax.ShapeDtypeStruct((slots, self._H, self._W, Z), jnp.float32)
        self._held = Held(
            state=self._nothing(jax.eval_shape(fresh, latents)),
            text=self._nothing(_per_slot(like.positive, slots, 2)),
            known=self._nothing(jax.eval_shape(_known, _per_slot(like.start, slots), latents)),
        )
        self._shapes = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), self._held
        )
        self._conditioned: Conditioned | None = None
        self._begin = devices.program(_taken, of=(), consumes=(1,))
        self._condition = devices.program(_conditioned, of=(), consumes=(1,))
        self._zeros: dict[int, Residuals] = {}

    @property
    def count(self) -> int:
        return self._devices.count * self.each

    @property
    def held(self) -> tuple[Held, Conditioned | None]:
        """All that is in them, leaves [D, ...]."""
        return self._held, self._conditioned

    @property
    def latents(self) -> Float[Array, "D B H W Z"]:
        """As the last tick left them; the next consumes them."""
        return self._held.state.x

    def take(
        self, prepared: Prepared, scales: tuple[float, float], images: Sequence[Image]
    ) -> None:
        """Each image of one request takes its slot."""
        by_device: list[list[Image]] = [[] for _ in range(self._devices.count)]
        for image in images:
            by_device[image.slot // self.each].append(image)
        while any(by_device):
            slot = np.full(self._devices.count, self.each, np.int32)  # behind the last: none
            keys = np.zeros((self._devices.count, 2), np.uint32)
            for device, waiting in enumerate(by_device):
                if waiting:
                    image = waiting.pop()
                    slot[device], keys[device, 1] = image.slot % self.each, image.seed
            self._take(slot, keys, prepared, np.asarray(scales, np.float32))

    def tick(self, advancing: Sequence[tuple[Image, int]]) -> None:
        """Each image given, by its evaluation of that number; all others stay as they are."""
        tick, calls = tick_of(advancing, self._devices.count, self.each)
        size = tick.reading.slot.shape[1]
        residuals = None
        for name, call in calls.items():
            assert self._conditioned is not None, "who has a control took its slot with it"
            more = self._controlnets.residuals(
                name, self._held.state, self._conditioned, tick.rows, call
            )
            residuals = self._controlnets.added(residuals, more, call, size)
        if residuals is None and self._controlnets:
            residuals = self._no_residuals(size)
        state, text, known = self._held
        state = self._networks.tick(state, known, text, tick, residuals)
        self._held = self._held._replace(state=state)

    @property
    def are_lost(self) -> bool:
        """Whether something that failed took with it what the slots held."""
        return any(leaf.is_deleted() for leaf in jax.tree.leaves((self._held, self._conditioned)))

    def wait(self) -> None:
        """Until all that was begun is done."""
        jax.block_until_ready(self.latents)

    def decode(self, slots: Sequence[int]) -> list[Picture]:
        """Finished pictures, in the order of the slots."""
        return self._pictures(self._networks.decode, self.latents, slots)

    def preview(self, slots: Sequence[int]) -> list[Picture]:
        """Small pictures, as the last evaluation saw them coming."""
        return self._pictures(self._networks.preview, self._held.state.x0, slots)

    def prepare(self, part: Part | None, sizes: Sequence[int] = SIZES) -> Iterator[int]:
        """Compiles what ticks of so many rows can need; yields the rows before each compilation.

        `part` is any control of such a request, where there are ControlNets. Nothing is run, so it
        may be done on another thread.
        """
        state, text, known = self._shapes
        conditioned = None
        if part is not None:
            conditioned = self._on_each(_conditions(part, self.each))
            nowhere = np.zeros(self._devices.count, np.int32)
            self._condition.prepare((), conditioned, nowhere, nowhere, part)
        for R in sizes:
            fill = self._filling(R).reading
            tick = nothing_advances(self._devices.count, self.each)._replace(reading=fill)
            residuals = self._no_residuals(R) if self._controlnets else None
            yield R
            self._networks.prepare(state, known, text, tick, residuals)
            if conditioned is not None and residuals is not None:
                call = self._filling(R)
                yield R
                self._controlnets.prepare(state, conditioned, tick.rows, call)
                for fewer in (size for size in SIZES if size <= R):
                    more = self._no_residuals(fewer)
                    self._controlnets.prepare_sum(more, self._filling(fewer), residuals)
            if self.each >= R:
                yield R
                self._networks.prepare_pictures(state.x, fill.slot)

    def _filling(self, R: int) -> ControlCall:
        """A call whose rows are there for their shape alone."""
        row = np.zeros((self._devices.count, R), np.int32)
        return ControlCall(Reading(row, row), row, row.astype(np.float32), row)

    def _take(self, slot: Any, keys: Any, prepared: Prepared, scales: Any) -> None:
        on_each = self._devices.on_each
        texts = prepared.positive, prepared.negative
        self._held = self._begin(
            (), self._held, slot, keys, prepared.start, on_each(scales[None]), *texts
        )
        for place, part in enumerate(prepared.parts):
            if self._conditioned is None:
                self._conditioned = self._nothing(_conditions(part, self.each))
            which = on_each(np.full((), place, np.int32))
            self._conditioned = self._condition((), self._conditioned, slot, which, part)

    def _no_residuals(self, R: int) -> Residuals:
        """Zeros, made once for each number of rows."""
        if R not in self._zeros:
            shapes = self._networks.residual_shapes(R, self._H, self._W)
            self._zeros[R] = self._nothing(shapes)
        return self._zeros[R]

    def _on_each(self, shapes: Tree) -> Tree:
        """Shapes [...] as [D, ...]."""
        return jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct((self._devices.count, *leaf.shape), leaf.dtype),
            shapes,
        )

    def _nothing(self, shapes: Tree) -> Tree:
        """Zeros on every device: leaves [...] as [D, ...]."""
        return self._devices.replicate(
            jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
        )

    def _pictures(
        self, program: Callable[..., Pixels], latents: Array, slots: Sequence[int]
    ) -> list[Picture]:
        """In rounds of as many as fit a compiled size."""
        D, made = self._devices.count, {}
        by_device = [[slot for slot in slots if slot // self.each == d] for d in range(D)]
        while any(by_device):
            n = min(size_of(max(map(len, by_device))), self.each)
            now = [mine[:n] for mine in by_device]
            by_device = [mine[n:] for mine in by_device]
            which = [[slot % self.each for slot in mine] + [0] * (n - len(mine)) for mine in now]
            pixels = program(latents, np.array(which, np.int32))
            values, are_finite = np.asarray(pixels.values), np.asarray(pixels.is_finite)
            for device, mine in enumerate(now):
                for at, slot in enumerate(mine):
                    image = Pictures.fromarray(values[device, at])
                    made[slot] = Picture(image, bool(are_finite[device, at]))
        return [made[slot] for slot in slots]


def _taken(
    _params: tuple[()],
    held: Held,
    slot: Int[Array, ""],
    key: UInt32[Array, "2"],
    start: Start,
    scales: Float[Array, "1 2"],
    positive: TextRead,
    negative: TextRead,
) -> Held:
    clean = start.clean
    xi = noise(jax.random.wrap_key_data(key[None]), jnp.zeros(1, jnp.int32), clean.shape[1:])
    state = fresh(starting_latents(scales, clean, xi))
    both = jax.tree.map(lambda *leaves: jnp.stack(leaves, axis=1), positive, negative)
    mine = Held(state, both, _known(start, xi))
    return jax.tree.map(lambda every, one: every.at[slot].set(one[0], mode="drop"), held, mine)


def _known(start: Start, xi: Float[Array, "n H W Z"]) -> Known:
    """A UNet that inpaints is told by channels of its own what is to stay, and left alone with it.

    As in diffusers' inpainting pipeline, which does the one or the other.
    """
    if start.left is None:
        return Known(start.clean, xi, start.anew, None)
    beside = jnp.concatenate([start.anew, start.left], axis=-1)
    return Known(start.clean, xi, jnp.ones_like(start.anew), beside)


def _conditioned(
    _params: tuple[()],
    conditioned: Conditioned,
    slot: Int[Array, ""],
    place: Int[Array, ""],
    part: Part,
) -> Conditioned:
    both = jax.tree.map(lambda *leaves: jnp.stack(leaves, axis=1), part.positive, part.negative)
    return jax.tree.map(
        lambda every, mine: every.at[slot, place].set(mine[0], mode="drop"),
        conditioned,
        Conditioned(part.embedding, both),
    )


def _conditions(part: Part, slots: int) -> Conditioned:
    """Shapes [B, M, ...]."""
    return Conditioned(
        _per_slot(part.embedding, slots, MAX_CONTROLS),
        _per_slot(part.positive, slots, MAX_CONTROLS, 2),
    )


def _per_slot(tree: Tree, *axes: int) -> Tree:
    """The shapes of leaves [D, 1, ...], as [*axes, ...]."""
    return jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct((*axes, *leaf.shape[2:]), leaf.dtype), tree
    )
