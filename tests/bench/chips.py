"""TPU chips that programs are compiled for, and the roofline (Williams et al. 2009) of each.

Sources: Google's pages on TPU v4 and v5e; the clock is what makes 4 (v5e) or 8 (v4) matrix units of
128×128 reach the peak.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chips:
    """Of one kind; all figures but `count` are one chip's."""

    name: str
    count: int
    hbm: int
    """Bytes of its memory; the compiler keeps some of them."""
    flops_per_second: float
    """In bfloat16, at the peak."""
    bytes_per_second: float
    """To and from its memory."""
    cycles_per_second: float
    topology: tuple[tuple[str, Any], ...]
    """What `jax.experimental.topologies` calls them."""

    def roofline(self, *, flops: float, hbm_bytes: float) -> float:
        """Seconds that a program takes at least."""
        return max(flops / self.flops_per_second, hbm_bytes / self.bytes_per_second)


V4_8 = Chips(
    name="v4-8",
    count=4,
    hbm=32 * 2**30,
    flops_per_second=275e12,
    bytes_per_second=1.2e12,
    cycles_per_second=1.05e9,
    topology=(("topology_name", "v4:2x2x1"), ("chip_config_name", "megacore")),
)

V5E = Chips(
    name="v5e",
    count=1,
    hbm=16 * 2**30,
    flops_per_second=197e12,
    bytes_per_second=0.819e12,
    cycles_per_second=1.5e9,
    topology=(("topology_name", "v5e:1x1"), ("chips_per_host_bounds", (1, 1, 1))),
)

CHIPS = {chips.name: chips for chips in (V4_8, V5E)}
