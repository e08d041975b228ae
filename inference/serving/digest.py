"""What makes two requests the same one: the same request is the same picture. No JAX."""

import json
from hashlib import blake2b

from PIL import Image

from inference.request import GenerationRequest, Result

PICTURES = {
    "controls": {"__all__": {"map"}},
    "init_image": True,
    "mask": True,
    "preview_every": True,
}
"""What is told of by its pixels, or changes nothing of the result."""


def digest(request: GenerationRequest) -> bytes:
    """Two requests have one digest where every picture of theirs is the same."""
    told = blake2b(digest_size=24)
    told.update(json.dumps(request.model_dump(exclude=PICTURES), sort_keys=True).encode())
    maps = (control.map for control in request.controls)
    for picture in (*maps, request.init_image, request.mask):
        told.update(_told(picture))
    return told.digest()


def weight(result: Result) -> int:
    """Its pictures in bytes."""
    return sum(3 * picture.width * picture.height for picture in result.images)


def _told(picture: Image.Image | None) -> bytes:
    if picture is None:
        return b"none"
    pixels = blake2b(picture.convert("RGB").tobytes(), digest_size=24).digest()
    return f"{picture.size}".encode() + pixels
