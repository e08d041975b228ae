"""Example pictures, for who has none at hand: those of the demos' own page."""

import io
from pathlib import Path

import spaces
from gallery.errors import Invalid

EXAMPLES = ("apple", "fish", "mug", "cactus", "balloon", "teapot")
FOLDER = Path(spaces.__path__[0]) / "demo" / "examples"
"""Known as files: the package imports Gradio."""


def example(name: str) -> io.BytesIO:
    """The file of one. Raises `Invalid`."""
    if name not in EXAMPLES:
        raise Invalid(
            f"the example must be one of {', '.join(EXAMPLES)}, got “{name[:20]}”; choose one",
            field="example",
        )
    return io.BytesIO((FOLDER / f"{name}.png").read_bytes())
