"""A loaded model: base and ControlNets on their devices, and slots to make pictures in."""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence

from PIL import Image

from inference.checkpoints import Bundle, ControlNet, load_bundle, load_controlnet, require_fit
from inference.controlnets import ControlNets
from inference.devices import Devices
from inference.errors import InvalidRequest, NotFinite
from inference.intake import Intake
from inference.job import Job
from inference.networks import Networks
from inference.preparation import Preparation, Prepared, pixels
from inference.request import EngineInfo, Result
from inference.slots import SLOTS, Picture, Slots

LANES = 3
"""Picture sizes whose slots are kept; those of the model's own size always are."""


class Model:
    """What a pipeline and an engine stand on. Not for several threads at once."""

    def __init__(
        self,
        bundle: Bundle,
        controlnets: Mapping[str, ControlNet],
        *,
        devices: Devices | None = None,
        skip_layers: int = 0,
        slots: int = SLOTS,
    ) -> None:
        for control in controlnets.values():
            require_fit(bundle, control)
        self.devices = devices or Devices()
        self.intake = Intake(
            bundle,
            controls=tuple(controlnets),
            device=str(self.devices),
            skip_layers=skip_layers,
            notices=[notice for net in controlnets.values() for notice in net.notices],
        )
        networks = Networks(bundle, self.devices, skip_layers=skip_layers)
        self.controlnets = ControlNets(self.devices, controlnets)
        self.preparation = Preparation(
            networks,
            self.controlnets,
            self.devices,
            downscale=bundle.vae.config.downscale,
            channels=bundle.vae.config.latent_channels,
        )
        self._networks = networks
        self._slots = slots
        self.lanes: OrderedDict[tuple[int, int], Slots] = OrderedDict()

    @classmethod
    def load(
        cls,
        source: str = "embedded",
        *,
        controlnets: Mapping[str, str] | None = None,
        devices: Devices | None = None,
        skip_layers: int = 0,
        slots: int = SLOTS,
    ) -> "Model":
        """A model by its source, with the ControlNets beside it and those named (name: source).

        Raises CheckpointError, and InvalidRequest for a clip skip that it cannot do.
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
        every = {**bundle.controlnets, **named}
        return cls(bundle, every, devices=devices, skip_layers=skip_layers, slots=slots)

    @property
    def info(self) -> EngineInfo:
        return self.intake.info

    @property
    def slots(self) -> int:
        """D*B: so many images of one size are made at once, at most."""
        return self._slots * self.devices.count

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
        picture = Image.fromarray(pixels(start, job.size))
        return self.result(job, [Picture(picture, True)] * len(job.seeds), steps=0)

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
            notices=job.notices,
            seconds=seconds,
            compile_seconds=compile_seconds,
            steps=job.table.steps if steps is None else steps,
            sampler=job.sampler,
        )


def _not_finite(job: Job) -> NotFinite:
    helped = "lower the guidance scale" + (" or the control scale" if job.request.controls else "")
    return NotFinite(
        "the picture must be made of finite numbers, got infinity or NaN after "
        f"{job.table.steps} steps; {helped}, or use other weights: these may be damaged"
    )
