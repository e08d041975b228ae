"""A machine as the seconds of its ticks and decodes, by the rows on each device.

Legend: D devices, R rows on each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.serving.costs import Prior
from inference.serving.work import Lane


@dataclass(frozen=True)
class Machine:
    """Seconds by size; a ControlNet's are on top of the UNet's."""

    name: str
    lane: Lane
    unet: Mapping[int, float]
    controlnet: Mapping[int, float]
    decode: Mapping[int, float]
    most_rows: int
    newcomer_rows: int
    quantum: float
    prior: Prior
    """What its scheduler thinks of it beforehand."""
    devices: int = 1
    loading: float = 1.0
    """From the host's memory or disk, a ControlNet."""

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(self.unet)

    def size(self, rows: int) -> int:
        """The smallest that holds so many; the largest where none does."""
        return next((size for size in self.sizes if size >= rows), self.sizes[-1])

    def tick(self, size: int, controls: Sequence[int]) -> float:
        return self.unet[size] + sum(self.controlnet[rows] for rows in controls)

    def decoding(self, images: int) -> float:
        """So many pictures, shared by the devices, in batches of compiled sizes."""
        each = -(-images // self.devices)
        most = max(self.decode)
        full, rest = divmod(each, most)
        smallest = [self.decode[size] for size in self.decode if size >= rest]
        return full * self.decode[most] + (smallest[0] if rest else 0.0)


def _line(fixed: float, row: float, sizes: Sequence[int] = (1, 2, 4, 8, 16)) -> dict[int, float]:
    return {size: fixed + row * size for size in sizes}


EMBEDDED = Lane(128, 128)
TWO_CORES = Machine(
    name="the embedded model on two CPU cores",
    lane=EMBEDDED,
    unet=_line(0.0032, 0.0049),
    controlnet=_line(0.0012, 0.0017),
    decode=_line(0.003, 0.012),
    most_rows=8,
    newcomer_rows=2,
    quantum=8.0,
    prior=Prior(),
)
"""A picture of four steps with a ControlNet takes 62 ms alone, 45 ms in a batch of eight."""

V4_8 = Machine(
    name="Stable Diffusion 1.5 at 512² on a TPU v4-8",
    lane=Lane(512, 512),
    unet=_line(0.0103, 0.00506),
    controlnet=_line(0.0040, 0.00198),
    decode=_line(0.012, 0.017),
    most_rows=16,
    newcomer_rows=16,
    quantum=40.0,
    prior=Prior(Lane(512, 512), 0.010, 0.005, 0.4, 0.012, 0.017),
    devices=4,
)
"""By the compiler's estimate: a guided step with a ControlNet takes 28.4 ms for one picture on each
device, 127 ms for eight, a straight line between; a decode's arithmetic as fast as a step's."""
