"""From what a page or an API client hands in to the core's request, with the core's sentences."""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inference.controls.annotators import ANNOTATORS, annotate
from inference.controls.strokes import looks_drawn
from inference.errors import InvalidImage, InvalidRequest
from inference.images import read_image
from inference.request import EngineInfo, GenerationRequest, require_prompt
from spaces.demo.config import DemoConfig
from spaces.demo.options import AUTOMATIC, COLOUR_SCALE, OPTIONS

AS_IT_IS = "none"
"""The annotator that leaves a map as it is."""
COLOURS = "palette"
"""The annotator of coarse colours."""
PREVIEWS = 6
"""How many previews a picture sends on its way, about."""
KEPT = 64
"""Maps of uploads, and what they look like, that are remembered."""
KEPT_WHOLE = 4
"""Uploads that are remembered whole, since several maps are made of one."""
LOOKED_AT = 512
"""Annotators look at pictures of about this size; uploads are decoded to twice as much at most."""


def reading(
    config: DemoConfig, path: str, origin: str, wanted: str = AUTOMATIC, *, is_map: bool = False
) -> str:
    """The annotator for a file of that origin, unless another one is wanted or it is a map already.

    An uploaded line drawing is read like one that was drawn on the page. Raises InvalidImage.
    """
    if is_map:
        return AS_IT_IS
    if wanted != AUTOMATIC:
        return wanted
    if origin == "draw" or _is_drawing(path):
        return config.drawing_annotator
    return config.annotator


@lru_cache(maxsize=KEPT)
def _is_drawing(path: str) -> bool:
    return looks_drawn(np.asarray(_picture(path, 2 * LOOKED_AT)))


@lru_cache(maxsize=KEPT_WHOLE)
def _picture(path: str, longest: int) -> Image.Image:
    file = Path(path)
    try:
        return read_image(file, field="picture", longest=longest)
    except InvalidImage:
        if file.is_file():
            raise
    raise InvalidImage(  # and not where it lay: it was swept between the door and here
        "picture must be a file that is still kept, got one that is not; send it once more",
        field="picture",
    )


@lru_cache(maxsize=KEPT)
def control_map(path: str, annotator: str, size: tuple[int, int]) -> Image.Image:
    """The control map of an uploaded file, kept: page and generation ask for the same one.

    Every upload lies in a folder of its own, so a path never comes to mean another picture.
    Raises InvalidRequest and its kin.
    """
    return annotate(annotator, _picture(path, 2 * max(LOOKED_AT, *size)), size)


def chosen(choice: str) -> tuple[str, str]:
    """The annotator and the ControlNet in one of `readings`; each may be AUTOMATIC."""
    annotator, _, control = choice.partition("/")
    return annotator, control or AUTOMATIC


def readings(config: DemoConfig, info: EngineInfo) -> dict[str, str]:
    """What a page offers to read a picture as: its words by the choice for `chosen`.

    Each ControlNet leads where the picture is read as its annotator does, or is its map already.
    """
    usual = (config.annotator, config.drawing_annotator)
    names = dict.fromkeys(name for name in (*usual, *info.controls) if name in ANNOTATORS)
    names.pop("none", None)
    read = {name: ANNOTATORS[name].label.capitalize() for name in names}
    if len(info.controls) < 2:
        return {AUTOMATIC: "Automatic", **read, "none": "Already a control map"}
    maps = {
        f"none/{name}": f"Already a map: {ANNOTATORS[name].label if name in ANNOTATORS else name}"
        for name in info.controls
    }
    return {AUTOMATIC: "Automatic", **read, **maps}


def leading(
    config: DemoConfig, info: EngineInfo, annotator: str, wanted: str = AUTOMATIC
) -> str | None:
    """The ControlNet that a map of that annotator leads, unless another one is wanted."""
    if wanted != AUTOMATIC:
        return wanted
    usual = (config.annotator, config.drawing_annotator)
    return annotator if annotator in info.controls and annotator not in usual else config.control


def no_picture() -> InvalidRequest:
    """The error for a missing picture, on the page and in the API."""
    return InvalidRequest(
        "picture must be an upload, a drawing or a photo, got none; add one first",
        field="picture",
    )


def make_request(
    config: DemoConfig,
    info: EngineInfo,
    *,
    prompt: str,
    picture: str | None,
    origin: str,
    options: Mapping[str, Any],
    map_of: str | None = None,
    colours: str | None = None,
) -> GenerationRequest:
    """The request, or InvalidRequest with the sentence for whoever asked.

    `options` are values of `OPTIONS` by name; what is not among them is as the model does. With
    `map_of`, the picture is the control map of that ControlNet already; `colours` is a map of
    colours that takes the place of the picture's own.
    """
    if picture is not None and config.wordless and prompt is not None and not prompt.strip():
        prompt = config.wordless
    require_prompt(prompt)
    asked = {OPTIONS[name]: OPTIONS[name].read(value) for name, value in options.items()}
    strength = {one.of_control: value for one, value in asked.items() if one.of_control}
    fields = {one.name: value for one, value in asked.items() if not one.of_control}
    annotator, control = (fields.pop(one, AUTOMATIC) for one in ("annotator", "control"))
    colour_scale = fields.pop(COLOUR_SCALE, 0)
    controls: tuple[dict[str, Any], ...] = ()
    if picture is None and config.control is not None:
        if not config.words_alone or colour_scale != 0:
            raise no_picture()
    elif picture is not None and config.control is not None:
        name = reading(config, picture, origin, annotator, is_map=map_of is not None)
        drawn = control_map(picture, name, info.size)
        lead = map_of or leading(config, info, name, control)
        controls = ({"name": lead, "map": drawn, "annotator": name, **strength},)
        if colour_scale != 0:
            _require_apart(config, lead, colour_scale)
            how = COLOURS if colours is None else AS_IT_IS
            coarse = control_map(colours or picture, how, info.size)
            told = {**strength, "scale": colour_scale, "annotator": how}
            controls += ({"name": config.colours, "map": coarse, **told},)
    request = GenerationRequest.model_validate({"prompt": prompt, "controls": controls, **fields})
    every = max(1, (request.steps or info.defaults.steps) // PREVIEWS)
    return request.model_copy(update={"preview_every": every})


def _require_apart(config: DemoConfig, lead: str | None, colour_scale: Any) -> None:
    """The colours' ControlNet is there, and does not lead already."""
    if config.colours is None:
        why = "for this Space, which has no ControlNet of colours"
    elif config.colours == lead:
        why = "where the picture is read as coarse colours already"
    else:
        return
    raise InvalidRequest(
        f"colour scale must be 0 {why}, got {colour_scale}; leave it out", field="colour scale"
    )


def fresh_seed() -> int:
    """A seed for who does not care which; short enough to be read aloud."""
    return secrets.randbelow(1_000_000)
