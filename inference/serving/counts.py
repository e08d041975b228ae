"""Engine counts: what an engine has done since it began, for whoever watches it. No JAX."""

from dataclasses import dataclass


@dataclass
class Counts:
    """`tick_seconds` are those of ticks alone, without what was compiled."""

    waiting: int = 0
    running: int = 0
    ticks: int = 0
    tick_seconds: float = 0.0
    images: int = 0
    failures: int = 0
    compilations: int = 0
