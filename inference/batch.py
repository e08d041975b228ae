"""What a tick is told: which slots advance, and which rows of the networks that takes. No JAX.

Legend: D devices, B slots on each of them, R rows of a network on each device, J terms of the
recurrence. Slot n of D*B lies on device n // B. An image takes one row of the UNet where it is not
guided and two where it is, and as many of each ControlNet that acts on it. Rows are padded to the
next of `SIZES`: a row that is only there to fill reads slot 0, and nobody reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt32

from inference.job import Job
from inference.sampling.table import Rows, rows_of

SIZES = (1, 2, 4, 8, 16)
"""The rows per device that programs are compiled for; the smallest that fits is used."""
POSITIVE, NEGATIVE = 0, 1
"""Which of a slot's two texts a row reads."""


@dataclass(frozen=True)
class Image:
    """One image that is being made: of which job, from which seed, in which slot."""

    job: Job
    seed: int
    slot: int


class Guidance(NamedTuple):
    """Where each slot finds what the UNet says of it. A pytree."""

    scale: Float[np.ndarray, "D B"]
    positive: Int[np.ndarray, "D B"]
    """A row of the UNet."""
    negative: Int[np.ndarray, "D B"]


class Reading(NamedTuple):
    """What each row of a network reads. A pytree."""

    slot: Int[np.ndarray, "D R"]
    branch: Int[np.ndarray, "D R"]


class Tick(NamedTuple):
    """A few kilobytes, whatever the size of the pictures. A pytree."""

    rows: Rows  # [D, B, ...]
    keys: UInt32[np.ndarray, "D B 2"]
    draw: Int[np.ndarray, "D B"]
    guidance: Guidance
    reading: Reading


class ControlCall(NamedTuple):
    """One ControlNet's part in a tick. A pytree."""

    reading: Reading
    place: Int[np.ndarray, "D R"]
    """Among the slot's controls."""
    scale: Float[np.ndarray, "D R"]
    target: Int[np.ndarray, "D R"]
    """The UNet's row that it adds to; behind the last for one that is only there to fill."""


def size_of(count: int) -> int:
    """The smallest of `SIZES` that holds so many rows, or the largest of them."""
    return next((size for size in SIZES if size >= count), SIZES[-1])


def tick_of(
    advancing: Sequence[tuple[Image, int]], devices: int, slots: int
) -> tuple[Tick, dict[str, ControlCall]]:
    """The arrays of a tick: each image given is advanced by its evaluation of that number.

    ControlNets by name, in the order in which the images first name them.
    """
    D, B = devices, slots
    unet: list[list[tuple[int, int]]] = [[] for _ in range(D)]
    calls: dict[str, list[list[_ControlRow]]] = {}
    tick = nothing_advances(D, B)
    guidance = tick.guidance
    for image, evaluation in advancing:
        device, slot = divmod(image.slot, B)
        job, guides = image.job, image.job.guides(evaluation)
        for mine, every in zip(job.table.rows, tick.rows, strict=True):
            every[device, slot] = mine[evaluation]
        tick.keys[device, slot, 1], tick.draw[device, slot] = image.seed, evaluation + 1
        guidance.scale[device, slot] = job.guidance_scale if guides else 0.0
        for branch in (POSITIVE, NEGATIVE) if guides else (POSITIVE,):
            target = len(unet[device])
            (guidance.positive, guidance.negative)[branch][device, slot] = target
            unet[device].append((slot, branch))
            for place, control in job.controls_at(evaluation):
                call = calls.setdefault(control.name, [[] for _ in range(D)])
                call[device].append(_ControlRow(slot, branch, place, target, control.scale))
    R = size_of(max(map(len, unet)))
    tick = tick._replace(reading=Reading(*_filled(unet, R, (0, 0))))
    return tick, {name: _call(call, behind=R) for name, call in calls.items()}


def nothing_advances(devices: int, slots: int) -> Tick:
    """A tick that leaves every slot as it is, with one row of the UNet."""
    D, B = devices, slots
    rows = Rows(*(leaf.reshape(D, B, *leaf.shape[1:]) for leaf in rows_of([None] * (D * B))))
    found_at = np.zeros((2, D, B), np.int32)
    return Tick(
        rows=rows,
        keys=np.zeros((D, B, 2), np.uint32),
        draw=np.zeros((D, B), np.int32),
        guidance=Guidance(np.zeros((D, B), np.float32), *found_at),
        reading=Reading(*np.zeros((2, D, 1), np.int32)),
    )


class _ControlRow(NamedTuple):
    slot: int
    branch: int
    place: int
    target: int
    scale: float


def _call(rows: Sequence[Sequence[_ControlRow]], behind: int) -> ControlCall:
    R = size_of(max(map(len, rows)))
    slot, branch, place, target = _filled(
        [[row[:4] for row in mine] for mine in rows], R, (0, 0, 0, behind)
    )
    scale = np.array([[*(row.scale for row in mine), *[0.0] * (R - len(mine))] for mine in rows])
    return ControlCall(Reading(slot, branch), place, scale.astype(np.float32), target)


def _filled(
    rows: Sequence[Sequence[tuple[int, ...]]], R: int, filling: tuple[int, ...]
) -> Sequence[Int[np.ndarray, "D R"]]:
    """Each column of the rows, filled up to R of them."""
    whole = [[*mine, *[filling] * (R - len(mine))] for mine in rows]
    return list(np.array(whole, np.int32).transpose(2, 0, 1))
