import diffusers
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from inference.models.controlnet import ControlNetModel
from inference.models.denoiser_config import ControlNetConfig
from tests.inference.models.reference import (
    SD15,
    SD21,
    apply,
    assert_equal,
    draw,
    params_of,
    randomize,
    to_numpy,
    to_torch,
)

CONFIGS = {
    "sd15": {**SD15, "conditioning_embedding_out_channels": [16, 32]},
    "sd21, blue first": {
        **SD21,
        "conditioning_embedding_out_channels": [8, 16, 32, 32],
        "controlnet_conditioning_channel_order": "bgr",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_a_controlnet_equals_diffusers(name):
    theirs = randomize(diffusers.ControlNetModel(**CONFIGS[name]))
    config = ControlNetConfig.from_dict(dict(theirs.config))
    params = params_of(theirs, "controlnet")
    sample, text = draw(2, 8, 4, 4), draw(2, 7, 24, seed=2)
    timesteps = np.array([3, 981], np.int32)
    pixels = np.abs(draw(2, 8 * config.downscale, 4 * config.downscale, 3, seed=3))
    inputs = sample, timesteps, text, pixels
    down, mid = apply(config, params, *inputs, method="from_pixels")
    with torch.no_grad():
        expected = theirs(
            to_torch(sample),
            torch.tensor(timesteps),
            torch.tensor(text),
            to_torch(pixels),
        )
    assert len(down) == len(expected.down_block_res_samples)
    for ours, want in zip(down, expected.down_block_res_samples, strict=True):
        assert_equal(ours, to_numpy(want))
    assert_equal(mid, to_numpy(expected.mid_block_res_sample))


@pytest.mark.slow
def test_a_fresh_controlnet_adds_nothing():
    config = ControlNetConfig.from_dict(CONFIGS["sd15"])
    network = ControlNetModel(config)
    params = network.init_params(jax.random.key(0))
    assert float(jnp.abs(params["controlnet_cond_embedding"]["conv_in"]["kernel"]).max()) > 0
    inputs = draw(1, 4, 4, 4), np.ones(1, np.float32), draw(1, 7, 24), draw(1, 8, 8, 3)
    residuals = apply(config, params, *inputs, method="from_pixels")
    assert all(float(jnp.abs(leaf).max()) == 0 for leaf in jax.tree.leaves(residuals))


@pytest.mark.slow
def test_the_condition_embedding_keeps_the_dtype():
    config = ControlNetConfig.from_dict(CONFIGS["sd15"])
    network = ControlNetModel(config, jnp.bfloat16)

    def run(key):
        params = {"params": network.init_params(key)}
        return network.apply(params, jnp.zeros((1, 8, 8, 3)), method="embed_condition")

    assert jax.eval_shape(run, jax.random.key(0)).dtype == jnp.bfloat16
