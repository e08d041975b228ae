"""A planning figure: one point of the plot of looks. No NumPy, so that a page may show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Of the simulated juries with so many looks at each demo, the shares that were right."""

    looks: int
    load: float
    """Demos that each juror looks at."""
    winner: float
    """The first of the ranking is the best demo."""
    among: float
    """The best demo is among the first three of the ranking."""
    podium: float
    """The first three are the best three, in any order."""
    error: float
    """Standard error of `winner`."""
