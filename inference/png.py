"""Pictures on disk that know how they were made."""

import json
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

KEY = "parameters"


def save_png(image: Image.Image, parameters: dict[str, Any], path: Path) -> None:
    """Writes a PNG with `parameters` as JSON in its text chunk of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    info = PngImagePlugin.PngInfo()
    info.add_itxt(KEY, json.dumps(parameters, ensure_ascii=False))
    image.save(path, format="PNG", pnginfo=info)


def read_parameters(path: Path) -> dict[str, Any] | None:
    """The parameters that a PNG carries, or None where it carries none of ours."""
    with Image.open(path) as image:
        text = getattr(image, "text", {}).get(KEY)
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
