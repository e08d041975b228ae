"""Pictures on their way to the page: enlarged to be looked at, as files or data URIs."""

import base64
import io
import re
import tempfile
from pathlib import Path
from typing import Any

from gradio.processing_utils import save_file_to_cache
from PIL import Image

from inference.png import save_png
from inference.request import GenerationRequest

SMALL = 256
"""Pictures with a shorter side below this are enlarged for the page."""
SHOWN = 512


def enlarged(image: Image.Image) -> Image.Image:
    """A small model's picture, enlarged by a whole factor to about 512 pixels; others as they are.

    Browsers enlarge bilinearly, which blurs; Lanczos keeps a 64-pixel picture crisp.
    """
    side = min(image.size)
    if side >= SMALL:
        return image
    factor = max(1, SHOWN // side)
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.LANCZOS)


def data_uri(image: Image.Image, *, lossy: bool = False) -> str:
    """The picture inside an address, for small pictures that need no file."""
    stream = io.BytesIO()
    kind = "webp" if lossy else "png"
    image.save(stream, kind, **({"quality": 80} if lossy else {}))
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"


def glimpse(image: Image.Image) -> str:
    """The picture enlarged, inside an address: encoded in a tenth of the time that WebP takes."""
    stream = io.BytesIO()
    enlarged(image).save(stream, "jpeg", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"


def saved(
    image: Image.Image,
    parameters: dict[str, Any],
    made: Path,
    *,
    request: GenerationRequest | None = None,
) -> Path:
    """Writes a picture with its parameters inside, and with what went in.

    The name is what a visitor's disk will show. It lies by content below the folder `made`.
    """
    words = re.sub(r"[^a-z0-9]+", "-", str(parameters.get("prompt", "")).lower())
    name = f"{words[:40].strip('-') or 'picture'}-seed-{parameters.get('seed', 0)}.png"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        save_png(image, parameters, path, request=request)
        return Path(save_file_to_cache(path, cache_dir=str(made)))
