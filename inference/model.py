"""A loaded model: base and ControlNets on their devices, and slots to make pictures in."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from PIL import Image

from inference.checkpoints import (
    Bundle,
    ControlNet,
    load_bundle,
    load_controlnet,
    load_upscaler,
    require_fit,
)
from inference.controlnets import ControlNets, Placed
from inference.devices import Devices
from inference.errors import CheckpointError, InvalidRequest, NotFinite
from inference.intake import Intake
from inference.job import Job
from inference.masks import pasted, white
from inference.networks import Networks
from inference.preparation import Part, Preparation, Prepared, pixels
from inference.request import EngineInfo, GenerationRequest, Result
from inference.safety import SafetyCheck, blank
from inference.slots import SLOTS, Picture, Slots
from inference.upscaling import Upscaling

LANES = 3
"""Picture sizes whose slots are kept; those of the model's own size always are."""


class Model:
    """What a pipeline and an engine stand on. Not for several threads at once."""

    def __init__(
        self,
        bundle: Bundle,
        controlnets: Mapping[str, ControlNet],
        *,
        to_come: Sequence[str] = (),
        devices: Devices | None = None,
        skip_layers: int = 0,
        slots: int = SLOTS,
    ) -> None:
        """ControlNets `to_come` are known by name, and placed later."""
        for control in controlnets.values():
            require_fit(bundle, control)
        self.devices = devices or Devices()
        self.intake = Intake(
            bundle,
            controls=(*controlnets, *(name for name in to_come if name not in controlnets)),
            device=str(self.devices),
            skip_layers=skip_layers,
            notices=[notice for net in controlnets.values() for notice in net.notices],
        )
        networks = Networks(bundle, self.devices, skip_layers=skip_layers)
        self.controlnets = ControlNets(self.devices, controlnets, are_to_come=bool(to_come))
        self.preparation = Preparation(
            networks,
            self.controlnets,
            self.devices,
            downscale=bundle.vae.config.downscale,
            channels=bundle.vae.config.latent_channels,
        )
        self._upscaling = bundle.upscaler and Upscaling(bundle.upscaler, self.devices)
        self._check = bundle.safety_checker and SafetyCheck(bundle.safety_checker, self.devices)
        self._networks = networks
        self._bundle = bundle.without_weights()
        self.usual_bytes = _encoder_bytes(bundle.unet.params)
        """Of a ControlNet on a device, about, before it is read."""
        self._slots = slots
        self._downscale = bundle.vae.config.downscale
        self.lanes: OrderedDict[tuple[int, int], Slots] = OrderedDict()

    @classmethod
    def load(
        cls,
        source: str = "embedded",
        *,
        controlnets: Mapping[str, str] | None = None,
        upscaler: str | None = None,
        to_come: Sequence[str] = (),
        devices: Devices | None = None,
        skip_layers: int = 0,
        slots: int = SLOTS,
        safety_checker: bool = True,
        refused: dict[str, CheckpointError] | None = None,
    ) -> "Model":
        """A model by its source, with the ControlNets beside it and those named (name: source).

        Where some are `to_come`, those beside it are not loaded: they are among these, or named.

        `upscaler` is the source of one to take in place of the model's own, if it has any. Its
        safety checker looks at all that it paints, unless that is not wanted.
        Raises CheckpointError, and InvalidRequest for a clip skip that it cannot do. A named
        ControlNet that cannot be used goes into `refused` instead, where that is given.
        """
        devices = devices or Devices()
        bundle = load_bundle(
            source,
            dtype=devices.dtype,
            with_controlnets=not to_come,
            with_safety_checker=safety_checker,
        )
        if upscaler is not None:
            bundle = replace(bundle, upscaler=load_upscaler(upscaler, dtype=devices.dtype))
        named = {}
        for name, where in (controlnets or {}).items():
            try:
                control = load_controlnet(where, dtype=devices.dtype)
                require_fit(bundle, control)
                named[name] = control
            except CheckpointError as error:
                if refused is None:
                    raise
                refused[name] = error
        layers = bundle.text_encoder.config.num_hidden_layers
        if not 0 <= skip_layers < layers:
            raise InvalidRequest(
                f"clip skip must be from 0 to {layers - 1} for this model, got {skip_layers}; "
                "choose one in that range",
                field="clip skip",
            )
        every = {**bundle.controlnets, **named}
        return cls(
            bundle, every, to_come=to_come, devices=devices, skip_layers=skip_layers, slots=slots
        )

    @property
    def info(self) -> EngineInfo:
        return self.intake.info

    @property
    def slots(self) -> int:
        """D*B: so many images of one size are made at once, at most."""
        return self._slots * self.devices.count

    def place(self, net: ControlNet, *, rows: Sequence[int]) -> Placed:
        """A ControlNet on every device, with all compiled that ticks of so many rows need of it.

        On any thread; `controlnets.put` is for that of the others. Raises ForeignControlNet.
        """
        require_fit(self._bundle, net)
        placed = self.controlnets.placed(net)
        ids = self.intake.job(GenerationRequest()).positive[None].astype(np.int32)
        states = self._networks.encode_text(self.devices.on_each(ids))
        for (width, height), slots in list(self.lanes.items()):
            maps = self.devices.on_each(np.zeros((1, height, width, 3), np.uint8))
            embedding, read = self.controlnets.sample(placed, maps, states)
            for _ in slots.prepare(Part(embedding, read, read), rows):
                pass
        return placed

    def lane(
        self, size: tuple[int, int], like: Prepared, *, in_use: Collection[tuple[int, int]] = ()
    ) -> Slots:
        """The slots for pictures of one size (width, height), kept for the next of that size.

        Those of sizes that are `in_use` stay as well.
        """
        if size not in self.lanes:
            self.lanes[size] = Slots(
                self._networks, self.controlnets, self.devices, like, slots=self._slots
            )
        self.lanes.move_to_end(size)
        stay = {size, self.info.size, *in_use}
        for other in [other for other in self.lanes if other not in stay]:
            if len(self.lanes) > LANES:
                self.forget(other)
        return self.lanes[size]

    def forget(self, size: tuple[int, int]) -> None:
        """Lets go of the slots for pictures of that size, and of what is in them."""
        self.lanes.pop(size, None)

    def kept(self, job: Job) -> Result:
        """What comes of strength 0: the start image, at the size that was asked for."""
        start = job.request.init_image
        assert start is not None, "a job keeps the image that it starts from"
        picture = Picture(Image.fromarray(pixels(start, job.size)), True)
        (large,) = self._upscaled([job], [picture])
        return self.result(job, [large] * len(job.seeds), steps=0)

    def finished(self, jobs: Sequence[Job], pictures: Sequence[Picture]) -> list[Picture]:
        """Painted pictures, all of one size, as they are handed over: what is not painted anew put
        back, looked at, and enlarged."""
        whole = [self._put_back(job, one) for job, one in zip(jobs, pictures, strict=True)]
        return self._upscaled(jobs, self._checked(whole))

    def _put_back(self, job: Job, picture: Picture) -> Picture:
        request = job.request
        if request.init_image is None or request.mask is None or not picture.is_finite:
            return picture
        original, anew = pixels(request.init_image, job.size), white(request.mask, job.size)
        values = pasted(np.asarray(picture.image), original, anew, self._downscale)
        return picture._replace(image=Image.fromarray(values))

    def _checked(self, pictures: Sequence[Picture]) -> list[Picture]:
        shown = list(pictures)
        if self._check is None:
            return shown
        found = self._check([picture.image for picture in shown])
        return [
            picture._replace(image=blank(picture.image.size), is_withheld=True)
            if is_found
            else picture
            for picture, is_found in zip(shown, found, strict=True)
        ]

    def _upscaled(self, jobs: Sequence[Job], pictures: Sequence[Picture]) -> list[Picture]:
        """As large as the job of each wants them."""
        large = list(pictures)
        wanted = [i for i, job in enumerate(jobs) if job.upscale > 1 and pictures[i].is_finite]
        if not wanted or self._upscaling is None:
            return large
        enlarged = self._upscaling([np.asarray(pictures[i].image) for i in wanted])
        for i, (values, is_finite) in zip(wanted, enlarged, strict=True):
            image = Image.fromarray(values)
            # What no device computes needs no program of its own: means of areas.
            fewer = self._upscaling.times // jobs[i].upscale
            image = image if fewer == 1 else image.reduce(fewer)
            large[i] = pictures[i]._replace(image=image, is_finite=bool(is_finite))
        return large

    def result(
        self,
        job: Job,
        pictures: Sequence[Picture],
        *,
        steps: int | None = None,
        seconds: float = 0.0,
        compile_seconds: float = 0.0,
    ) -> Result:
        """Raises NotFinite where one of the pictures came to nothing."""
        if not all(picture.is_finite for picture in pictures):
            raise _not_finite(job)
        return Result(
            images=tuple(picture.image for picture in pictures),
            seeds=job.seeds,
            parameters=tuple(self.intake.parameters(job, seed) for seed in job.seeds),
            notices=(*job.notices, *_withheld(pictures)),
            seconds=seconds,
            compile_seconds=compile_seconds,
            steps=job.table.steps if steps is None else steps,
            sampler=job.sampler,
        )


def _encoder_bytes(unet: Mapping[str, Any]) -> int:
    """A ControlNet is a copy of the UNet's encoder, and a little more."""
    decoder = ("up_blocks", "conv_norm_out", "conv_out")
    encoder = [tree for name, tree in unet.items() if not name.startswith(decoder)]
    return sum(leaf.nbytes for leaf in jax.tree.leaves(encoder))


def _withheld(pictures: Sequence[Picture]) -> Iterator[str]:
    for place, picture in enumerate(pictures, start=1):
        if picture.is_withheld:
            which = "the picture" if len(pictures) == 1 else f"picture {place} of {len(pictures)}"
            yield (
                f"{which} is withheld: the model's safety checker took it for one that not "
                "everybody wants to see; other words or another seed may give one to show"
            )


def _not_finite(job: Job) -> NotFinite:
    helped = "lower the guidance scale" + (" or the control scale" if job.request.controls else "")
    return NotFinite(
        "the picture must be made of finite numbers, got infinity or NaN after "
        f"{job.table.steps} steps; {helped}, or use other weights: these may be damaged"
    )
