"""Assignment of demos to jurors: an integer program, and why there may be no answer."""

from gallery.judging.assignment.impossible import Impossible, Rule
from gallery.judging.assignment.solve import Assignment, assign
from gallery.judging.assignment.wish import Demo, Juror, Look, Wish, choose_anchors

__all__ = [
    "Assignment",
    "Demo",
    "Impossible",
    "Juror",
    "Look",
    "Rule",
    "Wish",
    "assign",
    "choose_anchors",
]
