"""A task for the jury's arithmetic that takes longer than a visitor waits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """What is reckoned. Two that are equal are one."""

    kind: str
    """`plan` or `influence`: see `child.KINDS`."""
    about: str
    """An event's slug where it is about one, else empty."""
    told: str
    """All that the answer depends on, as JSON."""
    parts: int
    """The answer comes in so many parts."""
