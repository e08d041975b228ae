"""Drawings that are here: for who has no picture at hand, the ones of the demos' own examples."""

import io
from pathlib import Path

import spaces
from gallery.errors import Invalid

DRAWINGS = ("apple", "fish", "mug", "cactus", "balloon", "teapot")
FOLDER = Path(spaces.__path__[0]) / "demo" / "examples"
"""Known as files: the package imports Gradio."""


def drawing(name: str) -> io.BytesIO:
    """The file of one. Raises `Invalid`."""
    if name not in DRAWINGS:
        raise Invalid(
            f"the drawing must be one of {', '.join(DRAWINGS)}, got “{name[:20]}”; choose one",
            field="drawing",
        )
    return io.BytesIO((FOLDER / f"{name}.png").read_bytes())
