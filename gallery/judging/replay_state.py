"""What judging comes to: the state that a replay makes, and that the tables have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gallery.judging.judgings import LOOKS

BEGUN: Mapping[str, Any] = {
    "looks": LOOKS,
    "anchors": [],
    "away": [],
    "closed_at": None,
    "final_order": [],
    "final_reason": "",
    "settled_on": "",
    "publish_at": None,
    "publish_with_feedback": False,
    "publish_problem": "",
    "feedback_at": None,
    "published_at": None,
    "published": "",
}
"""A judging to which nothing happened yet; `published` is the digest of what was published."""
Values = dict[str, Any]
Pair = tuple[int, int]
"""A juror's account, and a demo."""


UNTOLD: Final[Values] = {"untold": True}
"""Stands for what an older log wrote down in part; it is compared with nothing."""
EVERY: Final = -1
"""In place of a comment's key: all those of a demo."""


@dataclass(frozen=True)
class State:
    """What judging comes to; values by column, times included."""

    judging: Values = field(default_factory=lambda: dict(BEGUN))
    assignments: dict[Pair, Values] = field(default_factory=dict)
    ballots: dict[Pair, Values] = field(default_factory=dict)
    comparisons: dict[tuple[int, int, int], Values] = field(default_factory=dict)
    conflicts: dict[Pair, Values] = field(default_factory=dict)
    notes: dict[int, Values] = field(default_factory=dict)
    """Of the deliberation, by demo."""
    feedback: dict[tuple[int, int], Values] = field(default_factory=dict)
    """What was decided of a comment, by its demo and its key, which names no juror."""
    sheets: dict[int, Values] = field(default_factory=dict)
    """Those that jurors are shown."""
