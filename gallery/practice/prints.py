"""Duotones of the demo's examples: pictures that tell one practice entry from another."""

import io
from pathlib import Path

Inks = tuple[str, str]
"""The dark one and the light one, as colours of CSS."""


def printed(picture: Path, inks: Inks) -> bytes:
    """PNG. Painted when the practice starts: none of these is kept in the repository."""
    from PIL import Image, ImageOps  # a practice without a rehearsal paints none

    dark, light = inks
    with Image.open(picture, formats=("PNG",)) as opened:
        grey = ImageOps.autocontrast(opened.convert("L"), cutoff=1)
    file = io.BytesIO()
    ImageOps.colorize(grey, black=dark, white=light).save(file, "PNG")
    return file.getvalue()
