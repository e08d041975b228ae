import diffusers
import jax
import jax.extend
import jax.numpy as jnp
import numpy as np
import pytest
import torch

from inference.models.blocks import encoded_shapes
from inference.models.denoiser_config import UNetConfig
from inference.models.unet import UNet2DConditionModel
from tests.inference.models.reference import (
    SD15,
    SD21,
    UP,
    apply,
    assert_equal,
    draw,
    params_of,
    randomize,
    to_numpy,
    to_torch,
)

THREE_LEVELS = {
    **SD15,
    "block_out_channels": [32, 64, 64],
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
    "attention_head_dim": [2, 4, 8],
}

CONFIGS = {
    "sd15": {**SD15, "up_block_types": UP},
    "sd21": {**SD21, "up_block_types": UP},
    "odd": {
        **THREE_LEVELS,
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"],
        "layers_per_block": [2, 1, 1],
        "transformer_layers_per_block": [1, 1, 2],
        "only_cross_attention": [True, False, False],
        "norm_num_groups": 8,
        "norm_eps": 1e-3,
        "flip_sin_to_cos": False,
        "freq_shift": 1,
        "in_channels": 8,
        "out_channels": 8,
    },
    "no middle": {**SD15, "up_block_types": UP, "mid_block_type": None},
}


def _pair(config: dict):
    theirs = randomize(diffusers.UNet2DConditionModel(**config))
    ours = UNetConfig.from_dict(dict(theirs.config))
    return theirs, ours, params_of(theirs, "unet")


# The latent grids: one that halves evenly, and one that does not.
GRIDS = {"sd15": (8, 12), "sd21": (7, 9), "odd": (8, 8), "no middle": (4, 4)}


@pytest.mark.parametrize(
    "name", ["sd15", "sd21", "odd", pytest.param("no middle", marks=pytest.mark.slow)]
)
def test_a_unet_that_has_read_the_text_equals_diffusers(name):
    theirs, config, params = _pair(CONFIGS[name])
    sample, text = draw(2, *GRIDS[name], config.in_channels), draw(2, 7, 24, seed=2)
    timesteps = np.array([3.0, 981.5], np.float32)
    read = apply(config, params, text, method="read_text")
    ours = apply(config, params, sample, timesteps, read)
    with torch.no_grad():
        expected = theirs(to_torch(sample), torch.tensor(timesteps), torch.tensor(text))
    assert_equal(ours, to_numpy(expected.sample))


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_the_shapes_of_what_it_encodes_are_known_without_computing_it(name: str) -> None:
    config = UNetConfig.from_dict(CONFIGS[name])
    unet = UNet2DConditionModel(config)
    height, width = GRIDS[name]

    def encode(x, temb, text):
        params = unet.init_params(jax.random.key(0))
        read = unet.apply({"params": params}, text, method="read_text")
        return unet.apply({"params": params}, x, temb, read, method="encode")

    first = config.block_out_channels[0]
    x, temb = jnp.zeros((2, height, width, first)), jnp.zeros((2, 4 * first))
    text = jnp.zeros((2, 3, config.cross_attention_dim))
    middle, skips = jax.eval_shape(encode, x, temb, text)
    told = encoded_shapes(config, height, width)
    assert told == (tuple(skip.shape[1:] for skip in skips), middle.shape[1:])


@pytest.mark.slow
def test_residuals_are_added_where_diffusers_adds_them():
    theirs, config, params = _pair(CONFIGS["sd15"])
    sample, text, timesteps = draw(1, 8, 8, 4), draw(1, 7, 24, seed=2), np.array([7], np.int32)
    shapes = [(1, 8, 8, 32), (1, 8, 8, 32), (1, 4, 4, 32), (1, 4, 4, 64)]
    down = tuple(draw(*shape, seed=i) for i, shape in enumerate(shapes))
    mid = draw(1, 4, 4, 64, seed=9)
    ours = apply(config, params, sample, timesteps, text, down, mid)
    with torch.no_grad():
        expected = theirs(
            to_torch(sample),
            torch.tensor(timesteps),
            torch.tensor(text),
            down_block_additional_residuals=tuple(to_torch(x) for x in down),
            mid_block_additional_residual=to_torch(mid),
        )
    assert_equal(ours, to_numpy(expected.sample))


@pytest.mark.slow
def test_bfloat16_reaches_every_layer():
    config = UNetConfig.from_dict(CONFIGS["sd21"])
    unet = UNet2DConditionModel(config, jnp.bfloat16)
    inputs = [jnp.zeros(s) for s in ((1, 8, 8, 4), (1,), (1, 7, 24))]

    def run(key):
        return unet.apply({"params": unet.init_params(key)}, *inputs)

    assert jax.eval_shape(run, jax.random.key(0)).dtype == jnp.bfloat16
    params = jax.eval_shape(unet.init_params, jax.random.key(0))
    jaxpr = jax.make_jaxpr(lambda p: unet.apply({"params": p}, *inputs))(params)
    dtypes = _input_dtypes(jaxpr.jaxpr, {"conv_general_dilated", "concatenate"})
    wide = [name for name, dtype, size in dtypes if dtype == jnp.float32 and size > 1000]
    assert not wide


def _input_dtypes(jaxpr, wanted):
    for equation in jaxpr.eqns:
        if equation.primitive.name in wanted:
            for value in equation.invars:
                yield equation.primitive.name, value.aval.dtype, value.aval.size
        for inner in jax.extend.core.jaxprs_in_params(equation.params):
            yield from _input_dtypes(inner, wanted)


@pytest.mark.slow
def test_fresh_parameters_have_unit_gain_and_the_saved_shapes():
    config = UNetConfig.from_dict(CONFIGS["sd15"])
    params = UNet2DConditionModel(config).init_params(jax.random.key(0))
    kernel = params["mid_block"]["resnets_0"]["conv1"]["kernel"]
    assert kernel.shape == (3, 3, 64, 64)
    assert float(kernel.std()) == pytest.approx((9 * 64) ** -0.5, rel=0.02)
    assert float(params["conv_norm_out"]["scale"].min()) == 1.0
    shapes = jax.eval_shape(UNet2DConditionModel(config).init_params, jax.random.key(0))
    assert jax.tree.map(jnp.shape, params) == jax.tree.map(lambda leaf: leaf.shape, shapes)
