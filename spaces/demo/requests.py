"""From what a page or an API client hands in to the core's request, with the core's sentences."""

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inference.controls.annotators import annotate, annotator, read_settings_of
from inference.controls.colouring import coloured_in
from inference.controls.setting import Number, read_settings
from inference.controls.strokes import looks_drawn
from inference.errors import InvalidImage, InvalidRequest
from inference.images import read_image
from inference.request import EngineInfo, GenerationRequest, require_prompt
from spaces.demo.beside import read_as, require_few, require_once
from spaces.demo.blocking import require_allowed
from spaces.demo.config import COLOURS, DemoConfig
from spaces.demo.option import AUTOMATIC
from spaces.demo.options import COLOUR_SCALE, OF_MAPS, OPTIONS, settings_of_map
from spaces.demo.readings import leading
from spaces.demo.values import Beside

AS_IT_IS = "none"
"""The annotator that leaves a map as it is."""
PREVIEWS = 6
"""How many previews a picture sends on its way, about."""
KEPT = 64
"""Maps of uploads, and what they look like, that are remembered."""
KEPT_WHOLE = 4
"""Uploads that are remembered whole, since several maps are made of one."""
PAPER, LEAST_PAPER = 250, 0.1
"""Values of grey that are paper, and the part of a drawing that is at least."""
DRAWN_COLOURS = 0.8
"""How strongly colours act that somebody drew with, unless that is chosen."""
LOOKED_AT = 512
"""Annotators look at pictures of about this size; uploads are decoded to twice as much at most."""


def reading(
    config: DemoConfig,
    picture: str | Image.Image,
    origin: str,
    wanted: str = AUTOMATIC,
    *,
    is_map: bool = False,
) -> str:
    """The annotator for a picture of that origin, unless another is wanted or it is a map already.

    An uploaded line drawing is read like one that was drawn on the page. Raises InvalidImage.
    """
    if is_map:
        return AS_IT_IS
    if wanted != AUTOMATIC:
        return wanted
    if (origin == "draw" and _is_on_paper(picture)) or _is_drawing(picture):
        return config.drawing_annotator
    return config.annotator


def _is_on_paper(picture: str | Image.Image) -> bool:
    """Whether a drawing is one on white, and not over a photograph."""
    drawn = picture if isinstance(picture, Image.Image) else _picture(picture, 2 * LOOKED_AT)
    return bool((np.asarray(drawn.convert("L")) >= PAPER).mean() >= LEAST_PAPER)


def _is_drawing(picture: str | Image.Image) -> bool:
    if isinstance(picture, Image.Image):
        return looks_drawn(np.asarray(picture))
    return _is_file_of_drawing(picture)


@lru_cache(maxsize=KEPT)
def _is_file_of_drawing(path: str) -> bool:
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


def control_map(
    picture: str | Image.Image,
    annotator: str,
    size: tuple[int, int],
    settings: Mapping[str, Any] | None = None,
) -> Image.Image:
    """The control map of a picture. That of an uploaded file, given by its path, is kept: page and
    generation ask for the same one.

    Of `settings`, as annotators call them, those of this one are taken. Raises InvalidRequest and
    its kin.
    """
    read = read_settings_of(annotator, settings or {})
    if isinstance(picture, Image.Image):
        return annotate(annotator, picture, size, read)
    return _map_of_file(picture, annotator, size, tuple(read.items()))


@lru_cache(maxsize=KEPT)
def _map_of_file(
    path: str, annotator: str, size: tuple[int, int], settings: tuple[tuple[str, Number], ...]
) -> Image.Image:
    """Every upload lies in a folder of its own, so a path never comes to mean another picture."""
    return annotate(annotator, _picture(path, 2 * max(LOOKED_AT, *size)), size, dict(settings))


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
    picture: str | Image.Image | None,
    origin: str,
    options: Mapping[str, Any],
    map_of: str | None = None,
    colours: str | None = None,
    start: str | None = None,
    mask: str | None = None,
    beside: Sequence[Beside] = (),
    painted: tuple[str, str | None] | None = None,
) -> GenerationRequest:
    """The request, or InvalidRequest with the sentence for whoever asked.

    `options` are values of `OPTIONS` by name; what is not among them is as the model does. With
    `map_of`, the picture is the control map of that ControlNet already; `colours` is a map of
    colours that takes the place of the picture's own. `start` is the file that is started from, and
    `mask` is white where it is to be painted anew. Controls of `beside` act too. `painted` is
    the picture's map, as somebody painted on it, and the ControlNet that it is for.
    """
    require_few(beside, config)
    require_allowed(prompt or "", config.blocked)
    if picture is not None and config.wordless and prompt is not None and not prompt.strip():
        prompt = config.wordless
    else:
        require_prompt(prompt)
        prompt = _styled(prompt, config.style)
    asked = {OPTIONS[name]: OPTIONS[name].read(value) for name, value in options.items()}
    strength = {one.of_control: value for one, value in asked.items() if one.of_control}
    settings = settings_of_map({one.name: value for one, value in asked.items()})
    own = (one for one in asked if not one.of_control and one.name not in OF_MAPS)
    fields = {one.name: asked[one] for one in own}
    annotator, control = (fields.pop(one, AUTOMATIC) for one in ("annotator", "control"))
    colour_scale = fields.pop(COLOUR_SCALE, 0)
    controls: tuple[dict[str, Any], ...] = ()
    further = [further_control(config, info, one, picture, map_of) for one in beside]
    taken = {one["name"] for one in further}
    if picture is None and config.control is not None:
        if not config.words_alone or colour_scale != 0:
            raise no_picture()
    elif picture is not None and config.control is not None:
        name = reading(config, picture, origin, annotator, is_map=map_of is not None)
        lead = map_of or leading(config, info, name, control)
        if painted is None:
            drawn = control_map(picture, name, info.size, settings)
            told = {"annotator": name, "settings": read_settings_of(name, settings), **strength}
        else:
            drawn, lead = control_map(painted[0], AS_IT_IS, info.size), painted[1] or lead
            told = {"annotator": AS_IT_IS, **strength}
        controls = ({"name": lead, "map": drawn, **told},)
        has_colours = config.colours in taken
        drawn_colours = None if has_colours else _colours_of(config, picture, origin, lead)
        if colour_scale == 0 and drawn_colours is not None:
            told = {**strength, "scale": DRAWN_COLOURS, "annotator": COLOURS}
            controls += (
                {
                    "name": config.colours,
                    "map": control_map(drawn_colours, COLOURS, info.size),
                    **told,
                },
            )
        elif colour_scale != 0:
            _require_apart(config, lead, colour_scale)
            how = COLOURS if colours is None else AS_IT_IS
            coarse = control_map(colours or picture, how, info.size)
            told = {**strength, "scale": colour_scale, "annotator": how}
            controls += ({"name": config.colours, "map": coarse, **told},)
    controls += tuple(further)
    require_once([one["name"] for one in controls])
    started = _started(config, info, start, mask)
    request = GenerationRequest.model_validate(
        {"prompt": prompt, "controls": controls, **started, **fields}
    )
    every = max(1, (request.steps or info.defaults.steps) // PREVIEWS)
    return request.model_copy(update={"preview_every": every})


def further_control(
    config: DemoConfig,
    info: EngineInfo,
    one: Beside,
    picture: str | Image.Image | None,
    map_of: str | None,
) -> dict[str, Any]:
    """The core's fields for a further control; `picture` is the one that is handed in, and `map_of`
    says that it is the map of a ControlNet. Raises InvalidRequest and its kin."""
    if one.picture is None and (one.own or map_of is not None or picture is None):
        raise InvalidRequest(
            "a further control must have a picture of its own where none is handed in that it can "
            "read too, got none; add one",
            field="picture of a further control",
        )
    name, control = read_as(config, info, one)
    own = picture if one.picture is None else one.picture.path
    assert own is not None, "it was asked for above"
    read = read_settings(annotator(name).settings, one.settings, of=name)
    drawn = control_map(own, name, info.size, read)
    return {"name": control, "map": drawn, "annotator": name, "settings": read, **one.part}


def _started(
    config: DemoConfig, info: EngineInfo, start: str | None, mask: str | None
) -> dict[str, Image.Image]:
    """The request's fields for what it starts from."""
    if start is None and config.begins != "words":
        raise no_picture()
    files = {"init_image": start, "mask": mask}
    longest = 2 * max(LOOKED_AT, *info.size)
    started = {name: _picture(path, longest) for name, path in files.items() if path is not None}
    if len(started) == len(files):
        started["mask"] = _as_large(started["mask"], started["init_image"])
    return started


def _as_large(mask: Image.Image, start: Image.Image) -> Image.Image:
    """A mask that was painted on a smaller view of its picture; one of another shape stays."""
    if abs(mask.width * start.height - mask.height * start.width) > max(*mask.size, *start.size):
        return mask
    return mask.resize(start.size, Image.Resampling.NEAREST)


def _colours_of(
    config: DemoConfig, picture: str | Image.Image, origin: str, lead: str | None
) -> Image.Image | None:
    """The colours of a drawing, its areas filled; None where it, or the model, has none."""
    if origin != "draw" or config.colours in (None, lead):
        return None
    drawn = picture if isinstance(picture, Image.Image) else _picture(picture, 2 * LOOKED_AT)
    filled = coloured_in(np.asarray(drawn.convert("RGB")))
    return None if filled is None else Image.fromarray(filled)


def _styled(prompt: str, style: str) -> str:
    """A prompt with the Space's own words behind it, unless it has them."""
    bare = prompt.strip().rstrip(",")
    return prompt if style.casefold() in prompt.casefold() else f"{bare}, {style}"


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
