"""What is asked of the core and what it answers: the one vocabulary of pages, API and command line.

A field that is out of bounds raises InvalidRequest with one sentence. What only the loaded model
can judge (a sampler or ControlNet that it lacks, a size that it cannot make) is checked when the
request is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from PIL import Image
from pydantic import BaseModel, ConfigDict

from inference import fields
from inference.errors import InvalidImage, InvalidRequest
from inference.masks import has_white

MAX_STEPS = 200
MAX_IMAGES = 8
CLIPPED = "the model reads the first"
"""How the notice of a prompt that was too long begins."""
MAX_SEED = 2**32 - 1
MAX_PROMPT = 20_000
MAX_CONTROLS = 3
MAX_SETTINGS = 8
"""Of what draws one control's map."""
UPSCALES = (1, 2, 4)
"""How many times as high and wide as they are painted pictures may be handed over."""


def _require_order(what: str, start: float, end: float) -> None:
    if start > end:
        raise InvalidRequest(
            f"{what} start must not lie after {what} end, got {start:g} and {end:g}; swap them",
            field=f"{what} start",
        )


class Control(BaseModel):
    """One ControlNet's part in a request.

    `name` is the ControlNet's name in the engine, `map` its control map (an RGB picture, fitted to
    the size that is made). It acts with strength `scale` on the steps whose place in the
    schedule, 0 to 1, lies between `start` and `end`. `annotator` names what drew the map, where
    that is known, and `settings` the numbers that it was told to read with: pictures tell both on,
    and they change nothing.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    name: str
    map: Annotated[Image.Image, fields.picture("control map")]
    scale: Annotated[float, fields.real("control scale", 0.0, 2.0)] = 1.0
    start: Annotated[float, fields.real("control start", 0.0, 1.0)] = 0.0
    end: Annotated[float, fields.real("control end", 0.0, 1.0)] = 1.0
    annotator: str | None = None
    settings: Annotated[
        Mapping[str, int | float], fields.numbers("annotator settings", MAX_SETTINGS)
    ] = {}

    def model_post_init(self, _context: Any) -> None:
        _require_order("control", self.start, self.end)


class GenerationRequest(BaseModel):
    """Pictures to make. None means: as the model's own defaults (`EngineInfo.defaults`) say.

    Picture number i of `num_images` is made with the seed `seed + i`, so that each can be made
    again alone. With `init_image`, generation starts from it, noised to `strength` (0 keeps it,
    1 ignores it). With a `mask`, as large as that image, what is white in it is painted anew and
    the rest stays as it was; strength 1 then starts from noise alone.
    A `guidance_scale` of 1 and below is none: the negative prompt is not read then,
    and a step takes half the time; so does each step outside of `guidance_start` to `guidance_end`
    (Kynkäänniemi et al. 2024). `karras` spaces the steps as Karras et al. 2022 do, with the
    samplers that can; `zero_snr` rescales the noise levels to end in pure noise (Lin et al. 2023).
    With `preview_every` = n, every n-th step carries a preview. Finished pictures are `upscale`
    times as high and wide as `width` and `height` say, which is the size that they are painted at.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, extra="forbid")

    prompt: Annotated[str, fields.text("prompt", MAX_PROMPT)] = ""
    negative_prompt: Annotated[str, fields.text("negative prompt", MAX_PROMPT)] = ""
    seed: Annotated[int, fields.whole("seed", 0, MAX_SEED)] = 0
    num_images: Annotated[int, fields.whole("number of images", 1, MAX_IMAGES)] = 1
    steps: Annotated[int, fields.whole("steps", 1, MAX_STEPS)] | None = None
    sampler: str | None = None
    guidance_scale: Annotated[float, fields.real("guidance scale", 0.0, 30.0)] | None = None
    guidance_start: Annotated[float, fields.real("guidance start", 0.0, 1.0)] = 0.0
    guidance_end: Annotated[float, fields.real("guidance end", 0.0, 1.0)] = 1.0
    karras: Annotated[bool | None, fields.yes_or_no("karras spacing")] = None
    zero_snr: Annotated[bool | None, fields.yes_or_no("zero terminal SNR")] = None
    controls: tuple[Control, ...] = ()
    init_image: Annotated[Image.Image, fields.picture("start image")] | None = None
    strength: Annotated[float, fields.real("strength", 0.0, 1.0)] = 0.8
    mask: Annotated[Image.Image, fields.picture("mask")] | None = None
    width: int | None = None
    height: int | None = None
    upscale: Annotated[int | None, fields.one_of("upscale", UPSCALES)] = None
    preview_every: Annotated[int, fields.whole("preview_every", 0, MAX_STEPS)] = 0

    def model_post_init(self, _context: Any) -> None:
        _require_order("guidance", self.guidance_start, self.guidance_end)
        if len(self.controls) > MAX_CONTROLS:
            raise InvalidRequest(
                f"at most {MAX_CONTROLS} controls act on one picture, got {len(self.controls)}; "
                "leave some out",
                field="control",
            )
        if self.mask is not None:
            _require_mask(self.mask, self.init_image)


def _require_mask(mask: Image.Image, start: Image.Image | None) -> None:
    if start is None:
        raise InvalidRequest(
            "a mask must come with the start image that it is for, got it alone; add the image",
            field="mask",
        )
    if mask.size != start.size:
        raise InvalidImage(
            f"mask must be as large as the start image, {start.width}×{start.height}, got "
            f"{mask.width}×{mask.height}; paint it on that image",
            field="mask",
        )
    if not has_white(mask):
        raise InvalidImage(
            "mask must be white where the picture is painted anew, got none that is; "
            "paint over a part of it",
            field="mask",
        )


def require_prompt(prompt: str | None) -> None:
    """Where a person asks, an empty prompt is an oversight. Raises InvalidRequest."""
    if not (prompt or "").strip():
        raise InvalidRequest(
            "prompt must say what the picture shows, got an empty one; type a few words",
            field="prompt",
        )


@dataclass(frozen=True)
class Defaults:
    """What a model does when it is not told otherwise (`generation_config.json`)."""

    sampler: str
    steps: int
    guidance_scale: float
    upscale: int = 1


@dataclass(frozen=True)
class EngineInfo:
    """What an engine can do.

    `samplers` maps each sampler's name to the words a person reads; `size` is (width, height) in
    pixels of the pictures it makes by default, `size_multiple` what both must be a multiple of;
    `upscales` how many times as high and wide it can hand them over, the least first;
    `most_steps` maps it to the largest number of steps that it takes here, where that is below
    `MAX_STEPS`; `notices` says once what whoever uses this model should know, such as that another
    sampler stands in for the one that it came with; `at_once` is how many requests it takes: others
    wait in front of it; `annotators` maps a control to the annotator that makes its maps, where
    that does not have its name, `sources` to the Hub's repository that it comes from, if it does.
    """

    model: str
    device: str
    size: tuple[int, int]
    size_multiple: int
    controls: tuple[str, ...]
    samplers: dict[str, str]
    defaults: Defaults
    notices: tuple[str, ...] = ()
    most_steps: dict[str, int] = field(default_factory=dict)
    at_once: int = 1
    upscales: tuple[int, ...] = (1,)
    annotators: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Queued:
    """Not begun yet: `position` 1 of the `waiting` is the next; `seconds` until the pictures."""

    position: int
    waiting: int
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Step `step` of `steps` is done; `seconds_left` is an estimate once there is one to give.

    `previews` holds one small picture for each image, or nothing.
    """

    step: int
    steps: int
    seconds_left: float | None = None
    previews: tuple[Image.Image, ...] = ()


@dataclass(frozen=True)
class Result:
    """The pictures of a request.

    `parameters` holds, per picture, what is needed to make it again (and is what its PNG carries);
    `notices` what a person should know, such as words that the tokenizer cut; `seconds` is the
    generation alone, without `compile_seconds`.
    """

    images: tuple[Image.Image, ...]
    seeds: tuple[int, ...]
    parameters: tuple[dict[str, Any], ...]
    notices: tuple[str, ...]
    seconds: float
    compile_seconds: float
    steps: int
    sampler: str


Update = Queued | Progress | Result
