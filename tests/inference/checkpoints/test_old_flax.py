"""What diffusers' Flax pipelines computed (tests/golden/make_old_flax.py), computed here.

One difference is on purpose: the old code approximated GELU with tanh. PyTorch, where the weights
of Stable Diffusion were trained, does not, and neither do we. So the denoisers are compared twice:
as they are, and, ten times as strictly, with that approximation put in.
"""

import json
from contextlib import nullcontext
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints.bundle import Component
from inference.checkpoints.source import LocalFolder
from inference.checkpoints.weights import load_weights
from inference.models.attention import GatedProjection
from inference.models.build import build
from inference.models.clip_config import TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.vae_config import VAEConfig
from inference.sampling import build_table
from inference.sampling.denoise import sample
from tests.inference.models.reference import apply, assert_equal

GOLDEN = Path(__file__).parents[2] / "golden" / "old_flax"


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "outputs.npz") as arrays:
        return dict(arrays)


def _load(subfolder, config_type):
    return Component(*load_weights(LocalFolder(GOLDEN), subfolder, config_type, np.float32))


def _tanh_gelu(call, args, kwargs, context):
    if not isinstance(context.module, GatedProjection):
        return call(*args, **kwargs)
    proj = context.module.get_variable("params", "proj")
    linear, gate = jnp.split(args[0] @ proj["kernel"] + proj["bias"], 2, axis=-1)
    return linear * nn.gelu(gate, approximate=True)


def test_the_text_encoder_agrees(golden):
    text_encoder = _load("text_encoder", TextEncoderConfig)
    ours = apply(text_encoder.config, text_encoder.params, golden["input_ids"])
    assert_equal(ours, golden["text"])


@pytest.mark.slow
def test_the_autoencoder_agrees(golden):
    vae = _load("vae", VAEConfig)
    mean, logvar = apply(vae.config, vae.params, golden["images"], method="encode")
    assert_equal(mean, golden["mean"])
    assert_equal(logvar, golden["logvar"])
    decoded = apply(vae.config, vae.params, golden["sample"], method="decode")
    assert_equal(decoded, golden["decoded"])


@pytest.mark.parametrize("gelu", [pytest.param("exact", marks=pytest.mark.slow), "tanh"])
def test_the_denoisers_agree(golden, gelu):
    unet, controlnet = _load("unet", UNetConfig), _load("controlnet", ControlNetConfig)
    inputs = golden["sample"], golden["timesteps"], golden["text"]
    full = golden["control_map"]
    maps = np.concatenate([full[:, :16, :16], full[:, 16:32, :16]])
    tolerance = 5e-4 if gelu == "exact" else 5e-5
    with nn.intercept_methods(_tanh_gelu) if gelu == "tanh" else nullcontext():
        down, mid = apply(controlnet.config, controlnet.params, *inputs, maps, method="from_pixels")
        controlled = apply(unet.config, unet.params, *inputs, down, mid)
    assert_equal(mid, golden["mid"], tolerance)
    for i, residual in enumerate(down):
        assert_equal(residual, golden[f"down_{i}"], tolerance)
    assert_equal(controlled, golden["unet_controlled"], tolerance)


@pytest.mark.slow
def test_the_whole_pipeline_paints_the_same_picture(golden):
    text_encoder, vae = _load("text_encoder", TextEncoderConfig), _load("vae", VAEConfig)
    unet, controlnet = _load("unet", UNetConfig), _load("controlnet", ControlNetConfig)
    ids = np.concatenate([golden["negative_ids"][:1], golden["input_ids"][:1]])
    text = apply(text_encoder.config, text_encoder.params, ids)
    condition = apply(
        controlnet.config, controlnet.params, golden["control_map"], method="embed_condition"
    )
    unet_network, control_network = build(unet.config), build(controlnet.config)

    @jax.jit
    def network(latents, timesteps):
        pair, times = jnp.repeat(latents, 2, axis=0), jnp.repeat(timesteps, 2)
        down, mid = control_network.apply(
            {"params": controlnet.params}, pair, times, text, jnp.repeat(condition, 2, axis=0)
        )
        halved = [0.5 * leaf for leaf in down]
        out = unet_network.apply(
            {"params": unet.params}, pair, times, text, tuple(halved), 0.5 * mid
        )
        return out[:1] + 3.0 * (out[1:] - out[:1])

    config = json.loads((GOLDEN / "scheduler" / "scheduler_config.json").read_text())
    table = build_table("ddim", config, 4)
    keys = jax.random.split(jax.random.key(0), 1)
    latents = sample(table, network, jnp.asarray(golden["latents"]), keys)
    unscaled = np.asarray(latents) / vae.config.scaling_factor
    pixels = apply(vae.config, vae.params, unscaled, method="decode")
    picture = np.clip(np.asarray(pixels) / 2 + 0.5, 0, 1)
    assert golden["picture"].std() > 0.2
    assert np.abs(picture - golden["picture"]).max() < 1 / 255
