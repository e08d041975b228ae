"""Which image sits in which slot: requests as the arrays that a tick reads. No JAX, no clock.

Legend: S slots (D*B of them), of which the last may be free; G guidance branches, L tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8, UInt32
from PIL import Image

from inference.images import fit
from inference.request import MAX_SEED, Control, GenerationRequest
from inference.sampling.table import GUIDANCE_OFF, MAX_EVALUATIONS, Rows, Table, stack


@dataclass(frozen=True)
class Job:
    """A request with everything that the model had to settle: its table, its text, its size."""

    request: GenerationRequest
    table: Table
    sampler: str
    guidance_scale: float
    positive: Int[np.ndarray, "L"]
    negative: Int[np.ndarray, "L"]
    size: tuple[int, int]
    notices: tuple[str, ...] = ()

    @property
    def is_guided(self) -> bool:
        """Whether its negative prompt is looked at."""
        return self.guidance_scale > GUIDANCE_OFF

    @property
    def keeps_image(self) -> bool:
        """Whether nothing of its start image is to be changed."""
        return self.request.init_image is not None and self.request.strength == 0.0

    @property
    def seeds(self) -> tuple[int, ...]:
        count = self.request.num_images
        return tuple((self.request.seed + i) % (MAX_SEED + 1) for i in range(count))

    def control(self, name: str) -> Control | None:
        return next((c for c in self.request.controls if c.name == name), None)


class Batch:
    """One job a slot, image after image; slots beyond the last image are free."""

    def __init__(self, jobs: Sequence[Job], slots: int) -> None:
        images = [(job, seed) for job in jobs for seed in job.seeds]
        assert len(images) <= slots, "a batch is never larger than its slots"
        self._jobs = [job for job, _ in images]
        self._slots = slots
        self._seeds = [seed for _, seed in images]

    @property
    def evaluations(self) -> int:
        """After so many ticks every image is done."""
        return max(len(job.table) for job in self._jobs)

    @property
    def occupied(self) -> Bool[np.ndarray, "S"]:
        return np.arange(self._slots) < len(self._jobs)

    @property
    def keys(self) -> UInt32[np.ndarray, "S 2"]:
        """JAX's key of each seed, as data."""
        seeds = self._filled(self._seeds, 0)
        return np.stack([np.zeros(self._slots), seeds], axis=1).astype(np.uint32)

    @property
    def tables(self) -> Rows:
        """[S, MAX_EVALUATIONS, ...]"""
        return stack(self._filled([job.table for job in self._jobs], None), MAX_EVALUATIONS)

    @property
    def scales(self) -> Float[np.ndarray, "S 2"]:
        """What each slot starts from: so much of its start image, so much noise."""
        starts = [
            job.table.from_noise if job.request.init_image is None else job.table.from_image
            for job in self._jobs
        ]
        return np.asarray(self._filled(starts, (0.0, 1.0)), np.float32)

    @property
    def guidance_scale(self) -> Float[np.ndarray, "S"]:
        scales = [job.guidance_scale for job in self._jobs]
        return np.asarray(self._filled(scales, 1.0), np.float32)

    @property
    def ids(self) -> Int[np.ndarray, "S G L"]:
        """Negative and positive prompt; the positive alone where no image is guided."""
        guided = any(job.is_guided for job in self._jobs)
        prompts = [
            np.stack([job.negative, job.positive] if guided else [job.positive])
            for job in self._jobs
        ]
        return np.stack(self._filled(prompts, prompts[0])).astype(np.int32)

    @property
    def init_images(self) -> UInt8[np.ndarray, "S H W 3"] | None:
        """The pictures to start from, black where there is none; None where no slot has one."""
        if all(job.request.init_image is None for job in self._jobs):
            return None
        return self._pictures([job.request.init_image for job in self._jobs])

    @property
    def control_names(self) -> tuple[str, ...]:
        """The ControlNets that any slot asks for, in the order in which they are first named."""
        names = (c.name for job in self._jobs for c in job.request.controls)
        return tuple(dict.fromkeys(names))

    def control_maps(self, name: str) -> UInt8[np.ndarray, "S H W 3"]:
        controls = [job.control(name) for job in self._jobs]
        return self._pictures([None if c is None else c.map for c in controls])

    def control_scale(self, name: str, row: int) -> Float[np.ndarray, "S"]:
        """Strengths at one evaluation: 0 for slots without the control, or outside its span."""
        scales = []
        for job in self._jobs:
            control, rows = job.control(name), len(job.table)
            acts = (
                control is not None
                and row < rows
                and row / rows >= control.start
                and (row + 1) / rows <= control.end
            )
            scales.append(control.scale if control is not None and acts else 0.0)
        return np.asarray(self._filled(scales, 0.0), np.float32)

    def _pictures(self, pictures: Sequence[Image.Image | None]) -> UInt8[np.ndarray, "S H W 3"]:
        width, height = self._jobs[0].size
        black = np.zeros((height, width, 3), np.uint8)
        arrays = [
            black if picture is None else np.asarray(fit(picture.convert("RGB"), width, height))
            for picture in pictures
        ]
        return np.stack(self._filled(arrays, black))

    def _filled(self, values: Sequence[Any], free: Any) -> list[Any]:
        return [*values, *[free] * (self._slots - len(values))]
