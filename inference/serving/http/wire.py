"""Requests and updates as JSON, and back: what passes between service and client. No JAX.

A string in a request that stands for a picture is base64, and never a path.
"""

import base64
import binascii
import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from PIL import Image
from pydantic import TypeAdapter, ValidationError

from inference.errors import InvalidImage, InvalidRequest, shown
from inference.images import fit
from inference.png import encode_png
from inference.request import (
    MAX_CONTROLS,
    Control,
    EngineInfo,
    GenerationRequest,
    Progress,
    Queued,
    Result,
)

T = TypeVar("T")

MAX_PICTURE = 8 * 2**20
"""Bytes of one picture's file."""
PICTURES = {"controls": {"__all__": {"map"}}, "init_image": True, "mask": True}


def read_request(body: Mapping[str, Any]) -> GenerationRequest:
    """What a JSON object asks for; null is the model's own choice. Waits for its pictures to be
    decoded. Raises InvalidRequest and Busy."""
    fields = _given(body)
    for name, called in (("init_image", "start image"), ("mask", "mask")):
        if name in fields:
            fields[name] = _picture(fields[name], called)
    if "controls" in fields:
        fields["controls"] = [_control(one) for one in _list(fields["controls"])]
    try:
        return GenerationRequest(**fields)
    except ValidationError as error:
        raise _refusal(error) from None


def write_request(request: GenerationRequest, info: EngineInfo) -> dict[str, Any]:
    """The JSON object by which a service makes the same pictures. A picture that is larger than
    what is made goes at that size, as it would be brought to there."""
    size = request.width or info.size[0], request.height or info.size[1]
    body = request.model_dump(exclude=PICTURES, exclude_none=True)
    for told, control in zip(body["controls"], request.controls, strict=True):
        told["map"] = _base64(_fitted(control.map, size))
        if not control.settings:
            del told["settings"]  # which services of earlier releases do not know
    for name, picture in (("init_image", request.init_image), ("mask", request.mask)):
        if picture is not None:
            body[name] = _base64(_fitted(picture, size))
    return body


def write_progress(progress: Progress) -> dict[str, Any]:
    return {
        "step": progress.step,
        "steps": progress.steps,
        "seconds_left": progress.seconds_left,
        "previews": [_base64(preview) for preview in progress.previews],
    }


def read_progress(told: Mapping[str, Any]) -> Progress:
    previews = tuple(read_png(base64.b64decode(text)) for text in told["previews"])
    return Progress(told["step"], told["steps"], told["seconds_left"], previews)


def write_queued(queued: Queued) -> dict[str, Any]:
    return asdict(queued)


def read_queued(told: Mapping[str, Any]) -> Queued:
    return checked(Queued, told)


def write_result(result: Result) -> dict[str, Any]:
    """All but the pictures, which are fetched one by one: `images` says how many they are."""
    return {
        "images": len(result.images),
        "seeds": list(result.seeds),
        "parameters": list(result.parameters),
        "notices": list(result.notices),
        "seconds": result.seconds,
        "compile_seconds": result.compile_seconds,
        "steps": result.steps,
        "sampler": result.sampler,
    }


def read_result(told: Mapping[str, Any], image: Callable[[int], Image.Image]) -> Result:
    return Result(
        images=tuple(image(number) for number in range(told["images"])),
        seeds=tuple(told["seeds"]),
        parameters=tuple(told["parameters"]),
        notices=tuple(told["notices"]),
        seconds=told["seconds"],
        compile_seconds=told["compile_seconds"],
        steps=told["steps"],
        sampler=told["sampler"],
    )


def read_png(data: bytes) -> Image.Image:
    """A picture that our own service sent."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return image.convert("RGB")


def checked(kind: type[T], told: Any) -> T:
    """A dataclass of that kind. Raises ValueError where what was told is something else."""
    return TypeAdapter(kind).validate_python(told)


def _given(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def _list(controls: Any) -> list[Any]:
    if isinstance(controls, list) and len(controls) <= MAX_CONTROLS:
        return controls
    came = f"{len(controls)}" if isinstance(controls, list) else shown(controls)
    raise InvalidRequest(
        f"controls must be a list of at most {MAX_CONTROLS}, got {came}; leave some out",
        field="controls",
    )


def _control(told: Any) -> Control:
    if not isinstance(told, dict):
        raise InvalidRequest(
            f"a control must be an object with name and map, got {shown(told)}; send one",
            field="controls",
        )
    fields = _given(told)
    if "map" in fields:
        fields["map"] = _picture(fields["map"], "control map")
    try:
        return Control(**fields)
    except ValidationError as error:
        raise _refusal(error) from None


def _picture(text: Any, field: str) -> bytes:
    """The bytes of the file; what they hold is for `inference.decoding` to find out."""
    if not isinstance(text, str):
        raise InvalidImage(
            f"{field} must be a PNG file in base64, got {shown(text)}; send it as a text",
            field=field,
        )
    if len(text) > MAX_PICTURE * 4 // 3 + 4:
        raise InvalidImage(
            f"{field} must have at most {MAX_PICTURE // 2**20} MB, got "
            f"{len(text) * 3 / 2**22:.1f} MB; send it no larger than what is to be made",
            field=field,
        )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidImage(
            f"{field} must be a PNG file in base64, got a text that is not base64; encode it anew",
            field=field,
        ) from None


def _base64(image: Image.Image) -> str:
    return base64.b64encode(encode_png(image)).decode("ascii")


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """At the size of what is made where it has more pixels; a size that cannot be made is for the
    service to refuse."""
    width, height = size
    if width < 1 or height < 1 or image.width * image.height <= width * height:
        return image
    return fit(image, width, height)


def _refusal(error: ValidationError) -> InvalidRequest:
    """For the first field that is wrong."""
    fault = error.errors()[0]
    field = str(fault["loc"][0])[:60] if fault["loc"] else "request"
    if fault["type"] == "extra_forbidden":
        return InvalidRequest(
            f"a request has no field {shown(field)}, got one; see the service's OpenAPI document "
            "for those that it has",
            field=field,
        )
    came = "nothing" if fault["type"] == "missing" else shown(fault["input"])
    return InvalidRequest(
        f"{field} must be as the service's OpenAPI document says, got {came}; send it so",
        field=field,
    )
