"""Our guided step with a ControlNet: the two programs that the pipeline runs, on any `Devices`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from inference.checkpoints import Bundle, Component, ControlNet
from inference.devices import Devices
from inference.models.build import build
from inference.models.config import ControlNetConfig, TextEncoderConfig, UNetConfig, VAEConfig
from inference.networks import Networks, Place
from inference.sampling.catalogue import build_table
from inference.sampling.denoise import State, fresh
from inference.sampling.table import stack
from tests.bench.inputs import GUIDANCE_SCALE, SCHEDULER, STEPS, Inputs
from tests.bench.models import Model

Weights = Callable[[Any], Any]
"""From a tree of shapes to the parameters."""


def guided_step(model: Model, devices: Devices, weights: Weights) -> Callable[[], State]:
    """The first of `STEPS` DDIM steps of one image on each device; map and text are read before."""
    unet, controlnet = UNetConfig(**model.unet), ControlNetConfig(**model.controlnet)
    networks = Networks(
        _bundle(unet, _params(unet, weights)),
        {"control": ControlNet("control", controlnet, _params(controlnet, weights))},
        devices,
    )
    inputs = Inputs.draw(model)

    def on_each(array: Any) -> Any:
        """[...] as [D, ...]."""
        return np.broadcast_to(array, (devices.count, *np.shape(array)))

    table = build_table("ddim", SCHEDULER, STEPS)
    tables = devices.place(jax.tree.map(on_each, stack([table])))
    place = Place(tables, on_each(np.zeros(1, np.int32)), on_each(np.ones(1, bool)))
    state = jax.tree.map(on_each, jax.device_get(jax.jit(fresh)(inputs.latents)))
    text = networks.read_text(on_each(inputs.text[None].astype(devices.dtype)))
    scale = on_each(np.ones(1, np.float32))
    guidance_scale, keys = GUIDANCE_SCALE * scale, on_each(np.zeros((1, 2), np.uint32))
    none = networks.no_residuals(state, text)
    condition = networks.condition("control", on_each(inputs.control_map), text)

    def step() -> State:
        residuals = networks.control("control", state, place, condition, scale, none)
        return networks.tick(state, place, text, guidance_scale, keys, residuals)

    return step


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
