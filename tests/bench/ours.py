"""Our guided step with a ControlNet: the two programs that the pipeline runs, on any `Devices`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from PIL import Image as Picture

from inference.batch import Image
from inference.checkpoints import Bundle, Component, ControlNet
from inference.controlnets import ControlNets
from inference.devices import Devices
from inference.job import Job
from inference.models.build import build
from inference.models.clip_config import TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.vae_config import VAEConfig
from inference.networks import Networks
from inference.preparation import Part, Prepared, Start
from inference.request import Control, GenerationRequest
from inference.sampling.catalogue import build_table
from inference.slots import Slots
from tests.bench.inputs import GUIDANCE_SCALE, SCHEDULER, STEPS, Inputs
from tests.bench.models import Model

Weights = Callable[[Any], Any]
"""From a tree of shapes to the parameters."""


def guided_step(model: Model, devices: Devices, weights: Weights) -> Callable[[], Any]:
    """The first of `STEPS` DDIM steps of one image on each device; map and text are read before.

    Gives the latents [D, 1, H, W, 4]; called again, it goes on from them.
    """
    unet, controlnet = UNetConfig(**model.unet), ControlNetConfig(**model.controlnet)
    networks = Networks(_bundle(unet, _params(unet, weights)), devices)
    net = ControlNet("control", controlnet, _params(controlnet, weights))
    controlnets = ControlNets(devices, {"control": net})
    inputs = Inputs.draw(model)

    def on_each(array: Any) -> Any:
        """[...] as [D, ...]."""
        return np.broadcast_to(array, (devices.count, *np.shape(array)))

    negative, positive = (on_each(text[None].astype(devices.dtype)) for text in inputs.text)
    part = Part(
        controlnets.embed("control", on_each(inputs.control_map)),
        controlnets.read_text("control", positive),
        controlnets.read_text("control", negative),
    )
    latents = on_each(inputs.latents)
    start = Start(latents, np.ones((*latents.shape[:-1], 1), np.float32), None)
    prepared = Prepared(networks.read_text(positive), networks.read_text(negative), start, (part,))
    slots = Slots(networks, controlnets, devices, prepared, slots=1)
    job = _job()
    images = [Image(job, seed=0, slot=slot) for slot in range(devices.count)]
    slots.take(prepared, (1.0, 0.0), images)

    def step() -> Any:
        slots.tick([(image, 0) for image in images])
        return slots.latents

    return step


def _job() -> Job:
    nothing = np.zeros(1, np.int32)
    control = Control(name="control", map=Picture.new("RGB", (64, 64)))
    return Job(
        request=GenerationRequest(controls=(control,)),
        table=build_table("ddim", SCHEDULER, STEPS),
        sampler="ddim",
        guidance_scale=GUIDANCE_SCALE,
        positive=nothing,
        negative=nothing,
        size=(0, 0),
    )


def _params(config: UNetConfig | ControlNetConfig, weights: Weights) -> Any:
    return weights(jax.eval_shape(build(config).init_params, jax.random.key(0)))


def _bundle(unet: UNetConfig, params: Any) -> Bundle:
    """Text encoder and autoencoder take no part in a step, and have no weights."""
    return Bundle(
        name="random",
        text_encoder=Component(TextEncoderConfig(), {}),
        unet=Component(unet, params),
        vae=Component(VAEConfig(), {}),
        tokenizer=Path(),
        scheduler_config=SCHEDULER,
    )
