"""ControlNet initialisation: the configuration that fits a UNet, and what it begins with."""

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from inference.checkpoints import load_controlnet
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from training.errors import UnlikeStart
from training.loop.checkpoint import Params


def controlnet_config(unet: UNetConfig, downscale: int) -> ControlNetConfig:
    """The ControlNet that fits a UNet, for maps of `downscale` pixels a latent cell."""
    shared = {field.name for field in dataclasses.fields(ControlNetConfig)} & {
        field.name for field in dataclasses.fields(UNetConfig)
    }
    return ControlNetConfig(
        **{name: getattr(unet, name) for name in shared},
        conditioning_embedding_out_channels=tuple(16 * 2**i for i in range(downscale.bit_length())),
    )


def from_unet(controlnet: Params, unet: Params) -> Params:
    """A ControlNet's fresh parameters with the UNet's where the two have the same parts.

    Source: Zhang et al. 2023, section 3.1: a copy of the way down, behind convolutions of zeros.
    """
    return {name: unet.get(name, tree) for name, tree in controlnet.items()}


def started(source: str | Path, *, like: Params) -> Params:
    """The parameters of a trained ControlNet. Raises UnlikeStart where its shapes are others."""
    params = jax.tree.map(jnp.asarray, load_controlnet(source, dtype=np.float32).params)
    if jax.tree.map(jnp.shape, params) != jax.tree.map(jnp.shape, like):
        raise UnlikeStart(
            f"the ControlNet to start from must have the shapes that fit the base, got others in "
            f"{source}; give one that was trained on this base, for maps of as many channels"
        )
    return params
