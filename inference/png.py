"""Pictures on disk that know how they were made.

Two text chunks before the pixels: `parameters` holds the settings as JSON, `sources` the pictures
that went in (control maps, a start image, its mask), each a small lossless PNG in base64:

    {"controls": {"canny": "iVBORw0…"}, "init_image": "iVBORw0…"}

A third, `XML:com.adobe.xmp`, says in the words of the IPTC that a model made the picture.

The first two may come from a stranger. Nothing of them is believed before its size is bounded and
the request that they make is checked like any other.
"""

import base64
import binascii
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image, PngImagePlugin
from pydantic import BaseModel, ValidationError

from inference.controls.annotators import settings_told
from inference.errors import InvalidImage, InvalidRequest
from inference.images import fit, read_image
from inference.request import MAX_CONTROLS, Control, GenerationRequest

KEY = "parameters"
SOURCES = "sources"
MAX_PARAMETERS = 200_000
"""Bytes of the settings; a prompt and a negative prompt of the greatest length fit."""
MAX_SOURCES = 24_000_000
"""Bytes of all that went in; eight maps of noise at 1024×1024 would be more, and are left out."""
MAX_SOURCE_PIXELS = 2048 * 2048
XMP = "XML:com.adobe.xmp"
"""The keyword of XMP in a PNG (XMP specification, part 3, section 1.1.5)."""
MADE_BY_A_MODEL = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    " Iptc4xmpExt:DigitalSourceType="
    '"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
"""IPTC Photo Metadata 2025.1, "Digital Source Type", for readers that label such pictures."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 256

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Recipe:
    """What a picture carries: `parameters` as they stand there, and the pictures that went in."""

    parameters: Mapping[str, Any]
    controls: Mapping[str, bytes] = field(default_factory=dict)
    init_image: bytes | None = None
    mask: bytes | None = None

    @property
    def model(self) -> str | None:
        """The name of the model that made it."""
        name = self.parameters.get("model")
        return name if isinstance(name, str) else None

    def request(self, **changes: Any) -> GenerationRequest:
        """The request that makes the picture again, with `changes` in place of its own fields.

        Raises InvalidRequest for what cannot be asked for, and where a control map is not there.
        """
        own = ("controls", "init_image", "mask", "num_images", "preview_every")
        # Where nothing is told of it, the picture is as large as it was painted.
        fields = {"upscale": 1} | {
            name: self.parameters[name]
            for name in GenerationRequest.model_fields
            if name in self.parameters and name not in own
        }
        if "controls" not in changes:
            fields["controls"] = self._controls()
        if self.init_image is not None:
            fields["init_image"] = _source(self.init_image, "start image")
        elif "strength" in fields and "init_image" not in changes:
            raise _missing("start image", "--image")
        if self.mask is not None:
            fields["mask"] = _source(self.mask, "mask")
        elif self.parameters.get("mask") and "mask" not in changes:
            raise _missing("mask", "--mask")
        return _checked(GenerationRequest, {**fields, **changes})

    def _controls(self) -> tuple[Control, ...]:
        told = self.parameters.get("controls", [])
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise InvalidRequest(
                "controls in a picture's parameters must be a list of settings, got something "
                "else; use the picture as it was saved",
                field="control",
            )
        return tuple(
            _checked(Control, {**_known(settings), "map": self._map(settings.get("name"))})
            for settings in told[:MAX_CONTROLS]
        )

    def _map(self, name: Any) -> Image.Image:
        found = self.controls.get(name) if isinstance(name, str) else None
        if found is None:
            raise _missing(f"control map of {str(name)[:40]}", "--control-map")
        return _source(found, "control map")


def save_png(
    image: Image.Image,
    parameters: Mapping[str, Any],
    path: Path,
    *,
    request: GenerationRequest | None = None,
) -> None:
    """Writes a PNG with `parameters` inside, and what went in where the `request` is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    info = _told(parameters)
    sources = None if request is None else _sources(request, parameters)
    if sources:
        info.add_itxt(SOURCES, sources)
    image.save(path, format="PNG", pnginfo=info)


def encode_png(image: Image.Image, parameters: Mapping[str, Any] | None = None) -> bytes:
    """A PNG's bytes, quickly made, with `parameters` inside where there are any."""
    info = PngImagePlugin.PngInfo() if parameters is None else _told(parameters)
    with io.BytesIO() as file:
        image.save(file, format="PNG", pnginfo=info, compress_level=1)
        return file.getvalue()


def read_parameters(path: Path) -> dict[str, Any] | None:
    """The parameters that a PNG carries, or None where it carries none of ours."""
    recipe = read_recipe(path)
    return None if recipe is None else dict(recipe.parameters)


def read_recipe(source: Path | bytes) -> Recipe | None:
    """What a PNG carries, or None where it carries nothing of ours. Decodes no pixels."""
    texts: dict[str, bytes] = {}
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        for keyword, text in _texts(file):
            texts.setdefault(keyword, text)
    parameters = _json(texts.get(KEY))
    if parameters is None:
        return None
    sources = _json(texts.get(SOURCES)) or {}
    controls = sources.get("controls")
    controls = controls if isinstance(controls, dict) else {}
    decoded = {name: _decoded(text) for name, text in list(controls.items())[:MAX_CONTROLS]}
    return Recipe(
        parameters,
        {name: content for name, content in decoded.items() if content is not None},
        _decoded(sources.get("init_image")),
        _decoded(sources.get("mask")),
    )


def _told(parameters: Mapping[str, Any]) -> PngImagePlugin.PngInfo:
    """Text chunks: the parameters, and, where they name a model, that it made the picture."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(KEY, json.dumps(parameters, ensure_ascii=False))
    if "model" in parameters:
        info.add_itxt(XMP, MADE_BY_A_MODEL)
    return info


def _checked(kind: type[Model], fields: dict[str, Any]) -> Model:
    try:
        return kind(**fields)
    except ValidationError as error:
        names = ", ".join(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])
        raise InvalidRequest(
            f"a picture's parameters must be as they were saved, got others for {names}; "
            "use the picture as it was saved",
            field=KEY,
        ) from error


def _known(told: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: told[name] for name in Control.model_fields if name in told}
    return {**own, "settings": settings_told(told)}


def _missing(what: str, option: str) -> InvalidRequest:
    return InvalidRequest(
        f"a picture that is to be made again must carry its {what}, got one that does not; "
        f"give it with {option}",
        field=what,
    )


def _sources(request: GenerationRequest, parameters: Mapping[str, Any]) -> str:
    """What went into a request, at the size that was made; empty where that is nothing."""
    width, height = parameters.get("width"), parameters.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        return ""

    def encoded(picture: Image.Image) -> str:
        return base64.b64encode(_small(fit(picture.convert("RGB"), width, height))).decode()

    sources: dict[str, Any] = {}
    if request.controls:
        sources["controls"] = {one.name: encoded(one.map) for one in request.controls}
    if request.init_image is not None:
        sources["init_image"] = encoded(request.init_image)
    if request.mask is not None:
        sources["mask"] = encoded(request.mask)
    text = json.dumps(sources) if sources else ""
    return text if len(text) <= MAX_SOURCES else ""


def _small(image: Image.Image) -> bytes:
    """The same picture as a PNG that has only as many bits a pixel as it needs."""
    pixels = np.asarray(image)
    grey = bool((pixels[..., :1] == pixels).all())
    colours, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    if len(colours) <= PALETTE:
        places = places.reshape(pixels.shape[:2]).astype(np.uint8)
        image = Image.fromarray(places, "L")
        image.putpalette(colours.tobytes(), "RGB")
    elif grey:
        image = Image.fromarray(pixels[..., 0].copy(), "L")
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _texts(file: Any) -> Iterator[tuple[str, bytes]]:
    """Our text chunks before the pixels, each of a bounded size; nothing for what is no PNG."""
    if file.read(len(SIGNATURE)) != SIGNATURE:
        return
    bounds = {KEY: MAX_PARAMETERS, SOURCES: MAX_SOURCES}
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4]), head[4:]
        if kind in (b"IDAT", b"IEND"):
            return
        if kind != b"iTXt" or size > MAX_SOURCES + 100:
            file.seek(size + 4, io.SEEK_CUR)
            continue
        content = file.read(size)
        file.seek(4, io.SEEK_CUR)
        keyword, _, rest = content.partition(b"\0")
        bound = bounds.get(keyword.decode("latin-1"))
        text = None if bound is None or len(rest) < 2 else _text(rest, bound)
        if text is not None:
            yield keyword.decode("latin-1"), text


def _text(rest: bytes, bound: int) -> bytes | None:
    """The text of an iTXt chunk behind its keyword: flag, method, language, translated keyword."""
    is_compressed = rest[0] == 1
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        return None
    if not is_compressed:
        return parts[2] if len(parts[2]) <= bound else None
    try:
        inflated = zlib.decompressobj().decompress(parts[2], bound + 1)
    except zlib.error:
        return None
    return inflated if len(inflated) <= bound else None


def _json(text: bytes | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decoded(text: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _source(content: bytes, what: str) -> Image.Image:
    """A picture that went in. Raises InvalidImage."""
    if content[:8] != SIGNATURE or content[12:16] != b"IHDR" or len(content) < 24:
        raise InvalidImage(
            f"the {what} that a picture carries must be a PNG, got something else; "
            "use the picture as it was saved",
            field=what,
        )
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    if width * height > MAX_SOURCE_PIXELS:
        raise InvalidImage(
            f"the {what} that a picture carries must have at most {MAX_SOURCE_PIXELS:,} pixels, "
            f"got {width}×{height}; use the picture as it was saved",
            field=what,
        )
    return read_image(content, field=what)
