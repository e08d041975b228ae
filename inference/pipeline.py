"""Requests in, images out, start to finish, on the caller's thread."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from PIL import Image

from inference.batch import Batch, Job
from inference.checkpoints import Bundle, ControlNet, load_bundle, load_controlnet, require_fit
from inference.devices import SLOTS, Devices
from inference.errors import InvalidRequest
from inference.intake import Intake
from inference.networks import Networks, Place
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

        Raises InvalidRequest before the first update.
        """
        results = yield from self._run([self.intake.job(request)])
        yield results[0]

    def generate_together(self, requests: Sequence[GenerationRequest]) -> list[Result]:
        """Several requests in one batch: of one size, in at most as many slots as there are."""
        run = self._run([self.intake.job(request) for request in requests])
        while True:
            try:
                next(run)
            except StopIteration as end:
                return end.value

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

    def _run(self, jobs: Sequence[Job]) -> Generator[Progress, None, list[Result]]:
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
        pictures = self._pictures(self._networks.decode(latents))[:images]
        compile_seconds = self._devices.compile_seconds - compiled
        seconds = time.perf_counter() - started - compile_seconds
        return [
            Result(
                images=tuple(pictures.pop(0) for _ in job.seeds),
                seeds=job.seeds,
                parameters=tuple(self.intake.parameters(job, seed) for seed in job.seeds),
                notices=job.notices,
                seconds=seconds,
                compile_seconds=compile_seconds,
                steps=job.table.steps,
                sampler=job.sampler,
            )
            for job in jobs
        ]

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
                previews = tuple(self._pictures(networks.preview(state.x0)))
                previews = previews[: int(batch.occupied.sum())]
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

    def _pictures(self, pixels: jax.Array) -> list[Image.Image]:
        return [Image.fromarray(array) for array in self._devices.gather(pixels)]


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
