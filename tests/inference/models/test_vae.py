import diffusers
import jax
import numpy as np
import pytest
import torch

from inference.models.vae_config import VAEConfig
from tests.inference.models.reference import (
    apply,
    assert_equal,
    draw,
    params_of,
    randomize,
    to_numpy,
    to_torch,
)

SMALL = {
    "block_out_channels": [16, 32],
    "down_block_types": ["DownEncoderBlock2D"] * 2,
    "up_block_types": ["UpDecoderBlock2D"] * 2,
    "norm_num_groups": 8,
    "layers_per_block": 2,
}
CONFIGS = {
    "stable diffusion": SMALL,
    "no quantisation, no attention": {
        **SMALL,
        "use_quant_conv": False,
        "use_post_quant_conv": False,
        "mid_block_add_attention": False,
        "latent_channels": 3,
        "shift_factor": 0.1,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_an_autoencoder_equals_diffusers(name):
    theirs = randomize(diffusers.AutoencoderKL(**CONFIGS[name]))
    config = VAEConfig.from_dict(dict(theirs.config))
    params, images, key = params_of(theirs, "vae"), draw(2, 8, 12, 3), jax.random.key(3)
    pixels, mean, logvar = apply(config, params, images, key)
    noise = np.asarray(jax.random.normal(key, mean.shape))
    with torch.no_grad():
        posterior = theirs.encode(to_torch(images)).latent_dist
        latents = posterior.mean + torch.exp(0.5 * posterior.logvar) * to_torch(noise)
        expected = theirs.decode(latents).sample
    assert_equal(mean, to_numpy(posterior.mean))
    assert_equal(logvar, to_numpy(posterior.logvar))
    assert_equal(pixels, to_numpy(expected))


@pytest.mark.slow
def test_pictures_of_odd_sizes_encode_as_in_diffusers():
    theirs = randomize(diffusers.AutoencoderKL(**SMALL))
    images = draw(1, 9, 15, 3)
    mean, _ = apply(VAEConfig.from_dict(SMALL), params_of(theirs, "vae"), images, method="encode")
    with torch.no_grad():
        assert_equal(mean, to_numpy(theirs.encode(to_torch(images)).latent_dist.mean))


def test_the_shift_is_zero_where_there_is_none():
    assert VAEConfig.from_dict({"shift_factor": None}).shift == 0.0
    assert VAEConfig.from_dict({"shift_factor": 0.25}).shift == 0.25
    assert VAEConfig(block_out_channels=(8, 8, 8)).downscale == 4
