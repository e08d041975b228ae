"""What a jury said: scores on scales, and comparisons of two demos."""

from dataclasses import dataclass
from enum import Enum

Id = int | str
"""Of a juror or a demo; nothing else about either is known here."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One criterion: whole numbers from `lowest` to `highest`, and its share of the whole."""

    key: str
    lowest: int
    highest: int
    share: float
    """Relative to the other criteria: shares need not sum to one."""


@dataclass(frozen=True, slots=True)
class Score:
    """At most one for a juror, a demo and a criterion."""

    juror: Id
    demo: Id
    criterion: str
    value: int
    position: int = 0
    """Place of this look in the order in which the juror looked, from 0."""


class Outcome(Enum):
    """Which of two demos a juror found better."""

    LEFT = "left"
    RIGHT = "right"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two demos side by side."""

    juror: Id
    left: Id
    right: Id
    outcome: Outcome
