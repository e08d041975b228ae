"""Requests in, images out, start to finish, on the caller's thread."""

import contextlib
import itertools
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

from PIL import Image as Pictures

from inference.batch import SIZES, Image
from inference.devices import Devices
from inference.errors import InvalidRequest, NotFinite
from inference.job import Job
from inference.model import Model
from inference.request import (
    MAX_CONTROLS,
    Control,
    EngineInfo,
    GenerationRequest,
    Progress,
    Result,
    Update,
)
from inference.slots import Slots


class Pipeline:
    """A loaded model's slots, filled and emptied by one caller; an `Engine`.

    An image depends on its request alone: not on the other images of a batch, its slot, the batch
    size or the number of devices.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._larger: Callable[[Sequence[int]], Iterator[int]] | None = None
        self.intake = model.intake

    @classmethod
    def load(
        cls,
        source: str = "embedded",
        *,
        controlnets: Mapping[str, str] | None = None,
        upscaler: str | None = None,
        devices: Devices | None = None,
        skip_layers: int = 0,
        safety_checker: bool = True,
    ) -> "Pipeline":
        """As `Model.load`."""
        return cls(
            Model.load(
                source,
                controlnets=controlnets,
                upscaler=upscaler,
                devices=devices,
                skip_layers=skip_layers,
                safety_checker=safety_checker,
            )
        )

    @property
    def info(self) -> EngineInfo:
        return self._model.info

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        """Yields a `Progress` for every step and a `Result` at the end; closing it stops the work.

        Raises InvalidRequest before the first update, and NotFinite in place of the result.
        """
        job = self.intake.job(request)
        if job.keeps_image:
            yield self._model.kept(job)
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
        return [self._model.kept(job) if job.keeps_image else next(made) for job in jobs]

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

        Afterwards no change of steps, sampler, guidance, strength, seed, prompt, control or upscale
        compiles anything.
        """
        before = self._model.devices.compile_seconds
        for request in self._samples():
            with contextlib.suppress(NotFinite):  # a damaged ControlNet is compiled like any other
                for _ in self.generate(request):
                    pass
        job = self.intake.job(self._samples()[0])
        prepared = self._model.preparation(job)
        part = next(iter(prepared.parts), None)
        slots = self._model.lane(job.size, prepared)
        self._larger = lambda sizes: slots.prepare(part, sizes)
        for _ in self.warm_up_series(SIZES[:2]):
            pass
        return self._model.devices.compile_seconds - before

    def warm_up_series(self, sizes: Sequence[int] = SIZES[2:]) -> Iterator[int]:
        """After `warm_up`: the same for more rows of the UNet, which several images take.

        Yields before each compilation the rows per device that it is for.
        Requests may be made meanwhile, on other threads: they wait for nothing but a compilation
        in progress, and only if it is of what they need themselves.
        """
        return iter(()) if self._larger is None else self._larger(sizes)

    def _samples(self) -> list[GenerationRequest]:
        """The part of one that every ControlNet has which is here."""
        width, height = self.info.size
        black = Pictures.new("RGB", (width, height))
        controls = [Control(name=name, map=black) for name in self._model.controlnets.names]
        apart = [
            tuple(controls[at : at + MAX_CONTROLS])
            for at in range(0, max(len(controls), 1), MAX_CONTROLS)
        ]
        return [
            GenerationRequest(
                steps=2,  # there is no preview of the last
                guidance_scale=guidance_scale,
                controls=some,
                init_image=black,
                strength=1.0,
                upscale=self.info.upscales[-1],
                preview_every=1,
            )
            for some, guidance_scale in itertools.product(apart, (1.0, 2.0))
        ]

    def _run(self, jobs: Sequence[Job]) -> Generator[Progress, None, list[Result | NotFinite]]:
        """All jobs in one batch: take slots, tick until the last is done, decode."""
        model, devices = self._model, self._model.devices
        started, compiled = time.perf_counter(), devices.compile_seconds
        images = self._seated(jobs)
        prepared = [model.preparation(job) for job in jobs]
        slots = model.lane(jobs[0].size, prepared[0])
        for job, mine in zip(jobs, prepared, strict=True):
            slots.take(mine, job.start_scales, [image for image in images if image.job is job])
        yield from self._denoise(slots, images)
        pictures = slots.decode([image.slot for image in images])
        pictures = model.finished([image.job for image in images], pictures)
        compile_seconds = devices.compile_seconds - compiled
        seconds = time.perf_counter() - started - compile_seconds
        results: list[Result | NotFinite] = []
        for job in jobs:
            mine = [pictures.pop(0) for _ in job.seeds]
            try:
                results.append(
                    model.result(job, mine, seconds=seconds, compile_seconds=compile_seconds)
                )
            except NotFinite as error:
                results.append(error)
        return results

    def _seated(self, jobs: Sequence[Job]) -> list[Image]:
        """Every image in a slot of its own, spread over the devices."""
        if len({job.size for job in jobs}) > 1:
            raise InvalidRequest(
                "requests of one batch must have one size, got several; send them apart",
                field="width",
            )
        images = [(job, seed) for job in jobs for seed in job.seeds]
        if len(images) > self._model.slots:
            raise InvalidRequest(
                f"a batch holds at most {self._model.slots} images, got {len(images)}; "
                "send them in parts",
                field="number of images",
            )
        devices = self._model.devices.count
        each = self._model.slots // devices
        return [
            Image(job, seed, slot=at % devices * each + at // devices)
            for at, (job, seed) in enumerate(images)
        ]

    def _denoise(self, slots: Slots, images: Sequence[Image]) -> Generator[Progress, None, None]:
        longest = max((image.job.table for image in images), key=len)
        every = max(image.job.request.preview_every for image in images)
        watch = _Watch(len(longest), self._model.devices)
        step = 0
        for row in range(len(longest)):
            slots.tick([(image, row) for image in images if row < len(image.job.table)])
            # The device is never far ahead of what the person sees, so stopping stops it.
            slots.wait()
            before, step = step, int(longest.steps_done[row])
            if step == before:
                continue
            previews = ()
            if every and step % every == 0 and step < longest.steps:
                small = slots.preview([image.slot for image in images])
                if all(picture.is_finite for picture in small):
                    previews = tuple(picture.image for picture in small)
            yield Progress(
                step=step,
                steps=longest.steps,
                seconds_left=watch.seconds_left(row + 1),
                previews=previews,
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
