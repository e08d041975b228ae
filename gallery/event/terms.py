"""What everybody keeps to, and what there is to win."""

from gallery.event.part import Line, Part


class Rule(Part):
    """One thing that everybody keeps to."""

    title: Line
    text: str
    """Markdown."""


class Prize(Part):
    title: Line
    text: str = ""
