"""Requests in, images out, start to finish, on the caller's thread."""

import contextlib
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from PIL import Image

from inference.batch import Batch, Job
from inference.checkpoints import Bundle, ControlNet, load_bundle, load_controlnet, require_fit
from inference.devices import SLOTS, Devices
from inference.errors import InvalidRequest, NotFinite
from inference.images import fit
from inference.intake import Intake
from inference.networks import Networks, Pixels, Place
from inference.request import (
    MAX_IMAGES,
    EngineInfo,
    GenerationRequest,
    Progress,
    Result,
    Update,
)


class Pipeline:
    """A loaded model; an `Engine`.

    An image depends on its request alone: not on the other images of a batch, its slot, the batch
    size or the number of devices.
    """

    def __init__(
        self,
        bundle: Bundle,
        controlnets: Mapping[str, ControlNet],
        *,
        devices: Devices | None = None,
        skip_layers: int = 0,
    ) -> None:
        for control in controlnets.values():
            require_fit(bundle, control)
        self._devices = devices or Devices()
        self._vae_config = bundle.vae.config
        self.intake = Intake(
            bundle,
            controls=tuple(controlnets),
            device=str(self._devices),
            skip_layers=skip_layers,
            notices=[notice for net in controlnets.values() for notice in net.notices],
        )
        self._networks = Networks(bundle, controlnets, self._devices, skip_layers=skip_layers)

    @classmethod
    def load(
        cls,
        source: str = "embedded",
        *,
        controlnets: Mapping[str, str] | None = None,
        devices: Devices | None = None,
        skip_layers: int = 0,
    ) -> "Pipeline":
        """A model by its source, with the ControlNets beside it and those named (name: source).

        Raises CheckpointError.
        """
        devices = devices or Devices()
        bundle = load_bundle(source, dtype=devices.dtype)
        named = {
            name: load_controlnet(where, dtype=devices.dtype)
            for name, where in (controlnets or {}).items()
        }
        layers = bundle.text_encoder.config.num_hidden_layers
        if not 0 <= skip_layers < layers:
            raise InvalidRequest(
                f"clip skip must be from 0 to {layers - 1} for this model, got {skip_layers}; "
                "choose one in that range",
                field="clip skip",
            )
        return cls(
            bundle, {**bundle.controlnets, **named}, devices=devices, skip_layers=skip_layers
        )

    @property
    def info(self) -> EngineInfo:
        return self.intake.info

    def generate(self, request: GenerationRequest) -> Generator[Update, None, None]:
        """Yields a `Progress` for every step and a `Result` at the end; closing it stops the work.

        Raises InvalidRequest before the first update, and NotFinite in place of the result.
        """
        job = self.intake.job(request)
        if job.keeps_image:
            yield self._kept(job)
            return
        (result,) = yield from self._run([job])
        if isinstance(result, NotFinite):
            raise result
        yield result

    def generate_together(self, requests: Sequence[GenerationRequest]) -> list[Result | NotFinite]:
        """Several requests in one batch: of one size, in at most as many slots as there are.

        A request that came to nothing has its error in place of its result.
        """
        jobs = [self.intake.job(request) for request in requests]
        made = iter(self._finished([job for job in jobs if not job.keeps_image]))
        return [self._kept(job) if job.keeps_image else next(made) for job in jobs]

    def _finished(self, jobs: Sequence[Job]) -> list[Result | NotFinite]:
        run = self._run(jobs)
        while jobs:
            try:
                next(run)
            except StopIteration as end:
                return end.value
        return []

    def warm_up(self) -> float:
        """Compiles all that requests of one image can need; returns the seconds it took.

        Afterwards no change of steps, sampler, guidance, strength, seed, prompt or control compiles
        anything.
        """
        before = self._devices.compile_seconds
        width, height = self.info.size
        black = Image.new("RGB", (width, height))
        controls = tuple({"name": name, "map": black} for name in self.info.controls)
        for guidance_scale in (1.0, 2.0):
            request = GenerationRequest(
                steps=2,  # there is no preview of the last
                guidance_scale=guidance_scale,
                controls=controls,  # pyright: ignore[reportArgumentType]
                init_image=black,
                strength=1.0,
                preview_every=1,
            )
            with contextlib.suppress(NotFinite):  # a damaged ControlNet is compiled like any other
                for _ in self.generate(request):
                    pass
        return self._devices.compile_seconds - before

    def warm_up_series(self) -> Iterator[int]:
        """After `warm_up`: the same for requests of several images, from few to many.

        Yields before each compilation the slots per device that it is for.
        Requests may be made meanwhile, on other threads: they wait for nothing but a compilation
        in progress, and only if it is of what they need themselves.
        """
        _, *larger = sorted({self._devices.slots(n + 1) for n in range(MAX_IMAGES)})
        for slots in larger:
            yield from self._devices.widen(slots)

    def _run(self, jobs: Sequence[Job]) -> Generator[Progress, None, list[Result | NotFinite]]:
        """All jobs in one batch: start, tick until the last is done, decode."""
        started, compiled = time.perf_counter(), self._devices.compile_seconds
        if len({job.size for job in jobs}) > 1:
            raise InvalidRequest(
                "requests of one batch must have one size, got several; send them apart",
                field="width",
            )
        images = sum(len(job.seeds) for job in jobs)
        slots = self._devices.slots(images) * self._devices.count
        if images > slots:
            raise InvalidRequest(
                f"a batch holds at most {SLOTS[-1] * self._devices.count} images, got {images}; "
                "send them in parts",
                field="number of images",
            )
        batch = Batch(jobs, slots)
        latents = yield from self._denoise(batch, jobs)
        decoded = self._networks.decode(latents)
        pictures = self._pictures(decoded)[:images]
        are_finite = self._devices.gather(decoded.is_finite).tolist()
        compile_seconds = self._devices.compile_seconds - compiled
        seconds = time.perf_counter() - started - compile_seconds
        results: list[Result | NotFinite] = []
        for job in jobs:
            mine = [(pictures.pop(0), are_finite.pop(0)) for _ in job.seeds]
            if all(is_finite for _, is_finite in mine):
                made = tuple(picture for picture, _ in mine)
                results.append(self._result(job, made, job.table.steps, seconds, compile_seconds))
            else:
                results.append(_not_finite(job))
        return results

    def _kept(self, job: Job) -> Result:
        """What comes of strength 0: the start image, at the size that was asked for."""
        start = job.request.init_image
        assert start is not None, "a job keeps the image that it starts from"
        picture = fit(start.convert("RGB"), *job.size)
        return self._result(job, (picture,) * len(job.seeds), 0, 0.0, 0.0)

    def _result(
        self,
        job: Job,
        images: tuple[Image.Image, ...],
        steps: int,
        seconds: float,
        compile_seconds: float,
    ) -> Result:
        return Result(
            images=images,
            seeds=job.seeds,
            parameters=tuple(self.intake.parameters(job, seed) for seed in job.seeds),
            notices=job.notices,
            seconds=seconds,
            compile_seconds=compile_seconds,
            steps=steps,
            sampler=job.sampler,
        )

    def _denoise(self, batch: Batch, jobs: Sequence[Job]) -> Generator[Progress, None, jax.Array]:
        networks, devices = self._networks, self._devices
        shard, keys = devices.shard, devices.shard(batch.keys)
        tables = devices.place(jax.tree.map(shard, batch.tables))
        guidance_scale, occupied = shard(batch.guidance_scale), shard(batch.occupied)
        text = networks.encode_text(shard(batch.ids))
        conditions = {
            name: networks.condition(name, shard(batch.control_maps(name)), text)
            for name in batch.control_names
        }
        state = networks.begin(keys, self._clean_latents(batch, jobs), shard(batch.scales))
        longest = max((job.table for job in jobs), key=len)
        every = max(job.request.preview_every for job in jobs)
        watch = _Watch(batch.evaluations, devices)
        step = 0
        for row in range(batch.evaluations):
            place = Place(tables, np.full_like(occupied, row, dtype=np.int32), occupied)
            residuals = networks.no_residuals(state, text)
            for name, condition in conditions.items():
                scale = batch.control_scale(name, row)
                if scale.any():
                    residuals = networks.control(
                        name, state, place, condition, shard(scale), residuals
                    )
            state = networks.tick(state, place, text, guidance_scale, keys, residuals)
            # The device is never far ahead of what the person sees, so stopping stops it.
            jax.block_until_ready(state.x)
            before, step = step, int(longest.steps_done[row])
            if step == before:
                continue
            previews = ()
            if every and step % every == 0 and step < longest.steps:
                small, images = networks.preview(state.x0), int(batch.occupied.sum())
                if devices.gather(small.is_finite)[:images].all():
                    previews = tuple(self._pictures(small)[:images])
            yield Progress(
                step=step,
                steps=longest.steps,
                seconds_left=watch.seconds_left(row + 1),
                previews=previews,
            )
        return state.x

    def _clean_latents(self, batch: Batch, jobs: Sequence[Job]) -> Any:
        pictures = batch.init_images
        if pictures is not None:
            return self._networks.encode_image(self._devices.shard(pictures))
        config = self._vae_config
        width, height = (side // config.downscale for side in jobs[0].size)
        shape = (batch.occupied.size, height, width, config.latent_channels)
        return self._devices.shard(np.zeros(shape, np.float32))

    def _pictures(self, pixels: Pixels) -> list[Image.Image]:
        return [Image.fromarray(array) for array in self._devices.gather(pixels.values)]


def _not_finite(job: Job) -> NotFinite:
    helped = "lower the guidance scale" + (" or the control scale" if job.request.controls else "")
    return NotFinite(
        "the picture must be made of finite numbers, got infinity or NaN after "
        f"{job.table.steps} steps; {helped}, or use other weights: these may be damaged"
    )


class _Watch:
    """Estimates what is left from what has been, compilation left out."""

    def __init__(self, evaluations: int, devices: Devices) -> None:
        self._evaluations = evaluations
        self._devices = devices
        self._started, self._compiled = time.perf_counter(), devices.compile_seconds

    def seconds_left(self, done: int) -> float:
        compiling = self._devices.compile_seconds - self._compiled
        each = (time.perf_counter() - self._started - compiling) / done
        return each * (self._evaluations - done)
