"""A ControlNet in training: where it begins, and with what it goes on."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from training.embedded import train_control
from training.errors import UnlikeStart
from training.loop.base import load
from training.loop.controlnet import controlnet_config, from_unet, started


@pytest.mark.slow
def test_a_fresh_controlnet_changes_nothing(runs: Path) -> None:
    base = load(runs / "base" / "model")
    model = ControlNetModel(controlnet_config(base.unet.config, downscale=2))
    params = from_unet(model.init_params(jax.random.key(0)), base.params["unet"])
    latents = jax.random.normal(jax.random.key(1), (2, 16, 16, 4))
    text = jax.random.normal(jax.random.key(2), (2, 5, 128))
    times = jnp.asarray([0.0, 999.0])
    maps = jnp.ones((2, 32, 32, 3))

    residuals = model.apply({"params": params}, latents, times, text, maps, method="from_pixels")

    apply = functools.partial(base.unet.apply, {"params": base.params["unet"]}, latents, times)
    np.testing.assert_array_equal(apply(text), apply(text, *residuals))


@pytest.mark.slow
def test_a_controlnet_begins_as_its_unet(runs: Path) -> None:
    base = load(runs / "base" / "model")
    trained = load_controlnet(runs / "canny" / "model")
    model = ControlNetModel(controlnet_config(base.unet.config, downscale=2))

    params = from_unet(model.init_params(jax.random.key(0)), base.params["unet"])

    np.testing.assert_array_equal(
        params["down_blocks_0"]["resnets_0"]["conv1"]["kernel"],
        base.params["unet"]["down_blocks_0"]["resnets_0"]["conv1"]["kernel"],
    )
    assert jax.tree.structure(params) == jax.tree.structure(trained.params)


@pytest.mark.slow
def test_a_controlnet_goes_on_from_one_that_fits(runs: Path) -> None:
    like = load_controlnet(runs / "canny" / "model", dtype=np.float32).params

    params = started(runs / "canny" / "model", like=like)

    jax.tree.map(np.testing.assert_array_equal, params, like)
    narrower = jax.tree.map(lambda leaf: leaf[..., :1], like)
    with pytest.raises(UnlikeStart, match="trained on this base"):
        started(runs / "canny" / "model", like=narrower)


@pytest.mark.slow
def test_a_base_may_go_on_learning_beside_its_controlnet(runs: Path, tmp_path: Path) -> None:
    before = load(runs / "base" / "model")
    train_control.train(
        train_control.Config(
            runs / "icons",
            runs / "base" / "model",
            tmp_path / "unlocked",
            latents=runs / "autoencoder",
            start=runs / "canny" / "model",
            unlocked=True,
            steps=2,
            batch_size=2,
        )
    )
    after = load(tmp_path / "unlocked" / "base")
    kernels = [one.params["unet"]["conv_in"]["kernel"] for one in (before, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0
    decoders = [jax.tree.leaves(one.params["vae"]) for one in (before, after)]
    for one, other in zip(*decoders, strict=True):
        np.testing.assert_array_equal(one, other)
    assert load_controlnet(tmp_path / "unlocked" / "model").config.in_channels == 4
