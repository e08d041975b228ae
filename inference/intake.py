"""From a request to a job: what only the loaded model can settle, and what it has to refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from inference.checkpoints import Bundle
from inference.controls.annotators import described
from inference.errors import InvalidRequest, shown
from inference.job import Job
from inference.request import (
    CLIPPED,
    MAX_STEPS,
    UPSCALES,
    Control,
    Defaults,
    EngineInfo,
    GenerationRequest,
)
from inference.sampling import (
    SAMPLERS,
    Scheduler,
    build_table,
    most_steps,
    noise_schedule,
    read_scheduler,
)
from inference.tokenizer import Tokenizer

UNREAD = (
    "the negative prompt is not read, since guidance is off (its scale is 1 or less): a larger "
    "scale turns it on"
)

LARGEST = 2
"""How many times the model's own size a picture's sides may be."""


class Intake:
    """What a model and its ControlNets can do, and requests in their terms."""

    def __init__(
        self,
        bundle: Bundle,
        *,
        controls: Sequence[str],
        device: str,
        skip_layers: int = 0,
        notices: Sequence[str] = (),
    ) -> None:
        self._skip_layers = skip_layers
        self._shows_previews = bundle.safety_checker is None
        self._scheduler_config = bundle.scheduler_config
        scheduler = read_scheduler(bundle.scheduler_config)
        encoder = bundle.text_encoder.config
        self._tokenizer = Tokenizer(
            bundle.tokenizer,
            positions=encoder.max_position_embeddings,
            vocab_size=encoder.vocab_size,
        )
        upscales = _upscales(bundle)
        defaults, unusable = defaults_of(bundle.generation_config, scheduler, upscales)
        downscale = bundle.vae.config.downscale
        own = bundle.unet.config.sample_size or 64
        width, height = (own, own) if isinstance(own, int) else (own[1], own[0])
        self.info = EngineInfo(
            model=bundle.name,
            device=device,
            size=(width * downscale, height * downscale),
            size_multiple=downscale * 2 ** (bundle.unet.config.levels - 1),
            controls=tuple(controls),
            samplers={name: sampler.label for name, sampler in SAMPLERS.items()},
            defaults=defaults,
            notices=(*scheduler.notices, *unusable, *bundle.notices, *notices),
            most_steps=_most_steps(bundle),
            upscales=upscales,
        )

    def job(self, request: GenerationRequest) -> Job:
        """The request with its table, its text and its size. Raises InvalidRequest.

        Where a safety checker is to look at pictures, nothing is shown before it has.
        """
        if not self._shows_previews:
            request = request.model_copy(update={"preview_every": 0})
        names = [control.name for control in request.controls]
        for name in names:
            self.require_control(name)
        if len(set(names)) < len(names):
            raise InvalidRequest(
                f"each control may be named once, got {', '.join(names)}; combine the maps",
                field="control",
            )
        defaults = self.info.defaults
        sampler = request.sampler or defaults.sampler
        starts_at_noise = request.init_image is None or request.strength == 0.0  # then: kept
        table = build_table(
            sampler,
            self._scheduler_config,
            defaults.steps if request.steps is None else request.steps,
            strength=1.0 if starts_at_noise else request.strength,
            karras=request.karras,
            zero_snr=request.zero_snr,
        )
        positive = self._tokenizer(request.prompt)
        negative = self._tokenizer(request.negative_prompt)
        room = self._tokenizer.length - 2
        guidance_scale = request.guidance_scale
        if guidance_scale is None:
            guidance_scale = defaults.guidance_scale
        job = Job(
            request=request,
            table=table,
            sampler=sampler,
            guidance_scale=guidance_scale,
            positive=positive.ids,
            negative=negative.ids,
            size=self.size(request.width, request.height),
            upscale=self.upscale(request.upscale),
            notices=tuple(
                f"{CLIPPED} {room} word pieces of a {what}; it did not read "
                f"“{_shortened(tokens.cut)}”"
                for what, tokens in (("prompt", positive), ("negative prompt", negative))
                if tokens.cut
            ),
        )
        if job.is_guided or not request.negative_prompt.strip():
            return job
        return replace(job, notices=(*job.notices, UNREAD))

    def size(self, width: int | None = None, height: int | None = None) -> tuple[int, int]:
        """The (width, height) that will be made. Raises InvalidRequest."""
        multiple = self.info.size_multiple
        for field, wanted, own in zip(
            ("width", "height"), (width, height), self.info.size, strict=True
        ):
            if wanted is None:
                continue
            fits = isinstance(wanted, int) and wanted % multiple == 0
            if not (fits and multiple <= wanted <= LARGEST * own):
                raise InvalidRequest(
                    f"{field} must be a multiple of {multiple} up to {LARGEST * own} for this "
                    f"model, got {wanted!r}; {own} is its own",
                    field=field,
                )
        return (width or self.info.size[0], height or self.info.size[1])

    def upscale(self, wanted: int | None = None) -> int:
        """How many times as high and wide as painted it will be. Raises InvalidRequest."""
        if wanted is None:
            return self.info.defaults.upscale
        if wanted not in self.info.upscales:
            *fewer, most = map(str, self.info.upscales)
            can = (
                f"{', '.join(fewer)} or {most} for this model"
                if fewer
                else ("1 for this model, which has no upscaler")
            )
            raise InvalidRequest(
                f"upscale must be {can}, got {wanted}; choose that, or a model with an upscaler",
                field="upscale",
            )
        return wanted

    def require_control(self, name: str) -> None:
        """Raises InvalidRequest where there is no ControlNet of that name."""
        if name not in self.info.controls:
            known = ", ".join(self.info.controls) or "none (this model has no ControlNet)"
            raise InvalidRequest(
                f"control must be one of {known}, got {shown(name)}; choose one of them",
                field="control",
            )

    def parameters(self, job: Job, seed: int) -> dict[str, Any]:
        """All that it takes to make one picture of a job again."""
        request = job.request
        width, height = job.size
        schedule = noise_schedule(
            job.sampler, self._scheduler_config, karras=request.karras, zero_snr=request.zero_snr
        )
        parameters: dict[str, Any] = {
            "model": self.info.model,
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "seed": seed,
            "steps": job.table.steps if request.steps is None else request.steps,
            "sampler": job.sampler,
            "guidance_scale": job.guidance_scale,
            "karras": schedule.sigma_spacing == "karras",
            "zero_snr": schedule.is_zero_terminal,
            "width": width,
            "height": height,
        }
        if len(self.info.upscales) > 1:
            parameters["upscale"] = job.upscale
        if job.is_guided and (request.guidance_start, request.guidance_end) != (0.0, 1.0):
            parameters["guidance_start"] = request.guidance_start
            parameters["guidance_end"] = request.guidance_end
        if request.controls:
            parameters["controls"] = [
                {
                    **control.model_dump(exclude={"map", "annotator", "settings"}),
                    **_read_by(control),
                }
                for control in request.controls
            ]
        if request.init_image is not None:
            parameters["strength"] = request.strength
        if request.mask is not None:
            parameters["mask"] = True
        if self._skip_layers:
            parameters["clip_skip"] = self._skip_layers
        return parameters


def _read_by(control: Control) -> dict[str, Any]:
    return {} if control.annotator is None else described(control.annotator, control.settings)


def _most_steps(bundle: Bundle) -> dict[str, int]:
    most = {name: most_steps(name, bundle.scheduler_config, at_most=MAX_STEPS) for name in SAMPLERS}
    return {name: steps for name, steps in most.items() if steps < MAX_STEPS}


def _upscales(bundle: Bundle) -> tuple[int, ...]:
    """Those that the model's upscaler reaches: what is too large is halved."""
    most = 1 if bundle.upscaler is None else bundle.upscaler.config.upscale
    return tuple(times for times in UPSCALES if times <= most)


def defaults_of(
    generation_config: Mapping[str, Any], scheduler: Scheduler, upscales: tuple[int, ...] = (1,)
) -> tuple[Defaults, list[str]]:
    """`generation_config.json` where the model has one, else what suits Stable Diffusion.

    What it says and cannot be done is told, and does not keep a model from being used.
    """
    sampler = scheduler.sampler
    most_steps = SAMPLERS[sampler].max_steps(scheduler.train_steps)
    suiting: dict[str, Any] = {
        "sampler": sampler,
        "steps": min(20, most_steps, MAX_STEPS),
        "guidance_scale": 7.5,
        "upscale": upscales[-1],
    }
    notices = []
    for field, own in suiting.items():
        wanted = generation_config.get(field)
        if wanted is None:
            continue
        try:
            if field == "sampler" and (not isinstance(wanted, str) or wanted not in SAMPLERS):
                raise InvalidRequest(f"sampler must be one of {', '.join(SAMPLERS)}", field=field)
            GenerationRequest.model_validate({field: wanted})
            if field == "upscale" and wanted not in upscales:
                raise InvalidRequest(f"upscale must be one of {upscales}", field=field)
        except (InvalidRequest, ValidationError) as error:
            expected = str(error).partition(", got ")[0]
            notices.append(
                f"generation_config.json: {expected}, got {_shortened(repr(wanted), 40)}: "
                f"{own} is taken"
            )
        else:
            suiting[field] = wanted
    return Defaults(**suiting), notices


def _shortened(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
