"""A memory plan: what of a model, its ControlNets and its slots fits on each device.

By the compiler's own figures: every program that a tick takes is compiled for the device, with
shapes in place of weights, and none runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from PIL import Image as Pictures

from inference.batch import Image
from inference.checkpoints import Bundle, ControlNet, load_shapes
from inference.controlnets import ControlNets
from inference.described import Described, Memory
from inference.errors import InvalidRequest
from inference.job import Job
from inference.networks import Networks
from inference.preparation import MOST_BYTES, Part, Prepared, Start
from inference.request import Control, GenerationRequest
from inference.sampling import build_table
from inference.slots import SLOTS, Slots

GIB = 2**30


class Lane(NamedTuple):
    """What pictures of one size take, in bytes."""

    size: tuple[int, int]
    slots: int
    working: int
    """While the fullest tick runs, or a decode of as many pictures."""


@dataclass(frozen=True)
class Plan:
    """In bytes on each device."""

    model: str
    device: str
    memory: int
    base: int
    controlnet: int
    kept: int
    rows: int
    lanes: tuple[Lane, ...]

    def left(self, lane: Lane) -> int:
        """For ControlNets, beside that lane; negative where not even the base fits."""
        return self.memory - self.base - self.kept - lane.slots - lane.working

    def __str__(self) -> str:
        lines = [
            f"{self.model} on {self.device}, of {self.memory / GIB:g} GiB each",
            f"  {'base model':44}{_gib(self.base)}",
            f"  {'kept between requests, at most':44}{_gib(self.kept)}",
            f"  {'a ControlNet':44}{_gib(self.controlnet)}",
        ]
        for lane in self.lanes:
            width, height = lane.size
            left = self.left(lane)
            lines += [
                f"pictures of {width}×{height}",
                f"  {f'{SLOTS} slots':44}{_gib(lane.slots)}",
                f"  {f'working memory, {self.rows} rows a tick':44}{_gib(lane.working)}",
                f"  {'left for ControlNets (device_gib at most)':44}{_gib(max(0, left))}"
                if left >= 0
                else f"  does not fit: {_gib(-left).strip()} too many; plan with fewer rows",
            ]
            if left >= 0:
                lines.append(f"  {'ControlNets that fit':44}{left // self.controlnet:>9}")
        return "\n".join(lines)


def plan(
    source: str,
    devices: Described,
    *,
    memory_gib: float,
    rows: int,
    times: Sequence[float] = (1.0,),
    told: Callable[[str], None] = lambda text: None,
) -> Plan:
    """For pictures of so many times the model's own side. `told` hears what is being compiled.

    Raises CheckpointError, and InvalidRequest for sides that the model cannot make.
    """
    bundle = load_shapes(source, dtype=devices.dtype)
    networks = Networks(bundle, devices)
    net = next(iter(bundle.controlnets.values()))
    controlnets = ControlNets(devices, {net.name: net})
    lanes = []
    for size in (_size(bundle, each) for each in times):
        told(f"compiling for pictures of {size[0]}×{size[1]}")
        lanes.append(_lane(bundle, net, networks, controlnets, devices, size, rows))
    parts = (bundle.text_encoder, bundle.unet, bundle.vae)
    return Plan(
        model=bundle.name,
        device=str(devices),
        memory=int(memory_gib * GIB),
        base=sum(_bytes(part.params) for part in parts),
        controlnet=_bytes(net.params),
        kept=MOST_BYTES,
        rows=rows,
        lanes=tuple(lanes),
    )


def _size(bundle: Bundle, times: float) -> tuple[int, int]:
    own = bundle.unet.config.sample_size or 64
    height, width = (own, own) if isinstance(own, int) else own
    multiple = 2 ** (bundle.unet.config.levels - 1)
    cells = [side * times for side in (width, height)]
    if any(side % multiple for side in cells):
        pixels = multiple * bundle.vae.config.downscale
        raise InvalidRequest(
            f"--times must give sides of a multiple of {pixels} pixels, got {times:g}; try 1 or 2",
            field="--times",
        )
    width, height = (int(side) * bundle.vae.config.downscale for side in cells)
    return width, height


def _lane(
    bundle: Bundle,
    net: ControlNet,
    networks: Networks,
    controlnets: ControlNets,
    devices: Described,
    size: tuple[int, int],
    rows: int,
) -> Lane:
    width, height = size
    D = devices.count
    ids = np.zeros((D, 1, bundle.text_encoder.config.max_position_embeddings), np.int32)
    pixels = np.zeros((D, 1, height, width, 3), np.uint8)
    states = networks.encode_text(ids)
    text = networks.read_text(states)
    read = controlnets.read_text(net.name, states)
    part = Part(controlnets.embed(net.name, pixels), read, read)
    hidden = np.zeros(pixels.shape[:-1], bool)
    clean = networks.encode_image(pixels, hidden)
    anew = np.ones((*clean.shape[:-1], 1), np.float32)
    start = Start(clean, anew, clean if bundle.inpaints else None)
    prepared = Prepared(text, text, start, (part,))
    slots = Slots(networks, controlnets, devices, prepared, slots=SLOTS)
    guided = max(1, min(rows // 2, SLOTS))
    job = _job(bundle, net, is_guided=rows > 1)
    images = [Image(job, 0, slot=d * SLOTS + s) for d in range(D) for s in range(guided)]
    slots.take(prepared, job.start_scales, images[:1])
    held = _bytes(slots.held) // D
    devices.calls.clear()
    slots.tick([(image, 0) for image in images])
    ticks = [devices.memory(call) for call in devices.calls]
    devices.calls.clear()
    networks.decode(slots.latents, np.zeros((D, guided), np.int32))
    decode = devices.memory(devices.calls.pop())
    return Lane(size, held, max(_together(ticks), _together([decode])))


def _together(programs: Sequence[Memory]) -> int:
    """One after the other, with what each gives until the last has run."""
    return max(one.temporary for one in programs) + sum(one.result for one in programs)


def _job(bundle: Bundle, net: ControlNet, *, is_guided: bool) -> Job:
    nothing = np.zeros(1, np.int32)
    control = Control(name=net.name, map=Pictures.new("RGB", (64, 64)))
    return Job(
        request=GenerationRequest(controls=(control,)),
        table=build_table("ddim", dict(bundle.scheduler_config), 4),
        sampler="ddim",
        guidance_scale=7.5 if is_guided else 0.0,
        positive=nothing,
        negative=nothing,
        size=(0, 0),
    )


def _bytes(tree: Any) -> int:
    return sum(int(np.prod(leaf.shape)) * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def _gib(count: int) -> str:
    return f"{count / GIB:9.3f} GiB"
