"""A job: a request with everything that the model had to settle."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from inference.request import MAX_SEED, Control, GenerationRequest
from inference.sampling.table import GUIDANCE_OFF, Table


@dataclass(frozen=True)
class Job:
    """A request with its table, its text as token ids, and its size (width, height).

    That is what it is painted at; what is handed over is `upscale` times as high and wide.
    """

    request: GenerationRequest
    table: Table
    sampler: str
    guidance_scale: float
    positive: Int[np.ndarray, "L"]
    negative: Int[np.ndarray, "L"]
    size: tuple[int, int]
    upscale: int = 1
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

    @property
    def start_scales(self) -> tuple[float, float]:
        """What it starts from: so much of its start image, so much noise.

        With a mask, as in diffusers, strength 1 leaves nothing of what is painted over.
        """
        request = self.request
        if request.init_image is None or (request.mask is not None and request.strength == 1.0):
            return self.table.from_noise
        return self.table.from_image

    def guides(self, evaluation: int) -> bool:
        """Whether guidance acts at an evaluation, which then takes two rows of the UNet."""
        request = self.request
        span = request.guidance_start, request.guidance_end
        return self.is_guided and self._lies_in(evaluation, *span)

    @cached_property
    def acting(self) -> tuple[tuple[Control, range], ...]:
        """The controls that act at any evaluation, in the request's order, and at which."""
        count = len(self.table)
        acting = []
        for control in self.request.controls:
            span = [i for i in range(count) if self._lies_in(i, control.start, control.end)]
            if control.scale and span:
                acting.append((control, range(span[0], span[-1] + 1)))
        return tuple(acting)

    def controls_at(self, evaluation: int) -> tuple[tuple[int, Control], ...]:
        """The controls that act at an evaluation, each with its place among the `acting`."""
        return tuple(
            (place, control)
            for place, (control, span) in enumerate(self.acting)
            if evaluation in span
        )

    def _lies_in(self, evaluation: int, start: float, end: float) -> bool:
        """As diffusers counts it: from the first evaluation that begins at `start` or later to the
        last that ends at `end` or before."""
        count = len(self.table)
        return evaluation / count >= start and (evaluation + 1) / count <= end
