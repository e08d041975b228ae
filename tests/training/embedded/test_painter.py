"""Painting in training: the few steps, from a picture behind noise on."""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from training.embedded.painter import Painter, levels
from training.evaluation.strength import strengthened
from training.loop import base
from training.loop.diffusion import add_noise, clean

STRENGTH = 2.0


@dataclass(frozen=True)
class Toys:
    """A base, a ControlNet that sees the last two of three samples, and something to paint."""

    painter: Painter
    params: dict
    latents: jax.Array
    text: jax.Array
    conditions: dict


@pytest.fixture(scope="module")
def toys(runs: Path) -> Toys:
    begun = base.load(runs / "base" / "model")
    canny = load_controlnet(runs / "canny" / "model", dtype=np.float32)
    painter = Painter(
        begun, {"canny": ControlNetModel(canny.config)}, {"canny": (1, 3)}, {"canny": STRENGTH}
    )
    # What two steps have trained says next to nothing: here it is to be heard.
    unet = dict(begun.params["unet"])
    unet["conv_out"] = jax.tree.map(lambda leaf: 3000.0 * leaf, unet["conv_out"])
    loud = strengthened(canny.params, 3000.0)
    params = {**begun.params, "unet": unet, "controlnets": {"canny": loud}}
    rng = np.random.default_rng(0)
    maps = {"canny": jnp.asarray(rng.integers(0, 256, (2, 1, 32, 4)), jnp.uint8)}
    conditions = painter.read(
        params,
        maps,
        rows=jnp.asarray([5, 6, 7]),
        lines=jnp.asarray([0, 0, 1]),
        versions=jnp.zeros(3, jnp.int32),
        size=32,
    )
    text = painter.text(params, jnp.asarray(rng.integers(0, 20, (3, 12))))
    return Toys(
        painter, params, jax.random.normal(jax.random.key(1), (3, 16, 16, 4)), text, conditions
    )


@pytest.mark.slow
def test_a_controlnet_acts_on_its_span_alone_as_strongly_as_it_will_when_packaged(
    toys: Toys,
) -> None:
    times = jnp.full(3, 499)
    velocity = toys.painter.velocity(toys.params, toys.latents, times, toys.text, toys.conditions)

    unet = toys.painter.base.unet
    plain = unet.apply({"params": toys.params["unet"]}, toys.latents, times, toys.text)
    here = slice(1, 3)
    residuals = toys.painter.controlnets["canny"].apply(
        {"params": strengthened(toys.params["controlnets"]["canny"], STRENGTH)},
        toys.latents[here],
        times[here],
        toys.text[here],
        toys.conditions["canny"],
    )
    led = unet.apply(
        {"params": toys.params["unet"]},
        toys.latents[here],
        times[here],
        toys.text[here],
        *residuals,
    )
    np.testing.assert_allclose(velocity[0], plain[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(velocity[here], led, rtol=1e-3, atol=1e-3)
    assert np.abs(velocity[here] - plain[here]).max() > 0.05


@pytest.mark.slow
def test_painting_begins_with_the_picture_behind_the_noise_of_its_step(toys: Toys) -> None:
    key = jax.random.key(3)
    last = len(levels()) - 1

    painted = toys.painter.paint(
        key,
        toys.params,
        toys.latents,
        toys.text,
        toys.conditions,
        beginnings=jnp.asarray([last, last, 0]),
    )

    times = jnp.full(3, levels()[last])
    noise = jax.random.normal(jax.random.split(key, last + 1)[last], toys.latents.shape)
    noisy, _ = add_noise(toys.latents, noise, times)
    velocity = toys.painter.velocity(toys.params, noisy, times, toys.text, toys.conditions)
    once = clean(noisy, velocity, times)
    np.testing.assert_allclose(painted[:2], once[:2], rtol=1e-3, atol=1e-3)
    # Who begins with pure noise has seen nothing of the picture.
    other = toys.painter.paint(
        key,
        toys.params,
        0 * toys.latents,
        toys.text,
        toys.conditions,
        beginnings=jnp.zeros(3, jnp.int32),
    )
    np.testing.assert_allclose(painted[2], other[2], rtol=1e-3, atol=1e-3)
    assert np.abs(painted[:2] - other[:2]).max() > 0.05


def test_painting_is_done_at_the_levels_of_the_sampler() -> None:
    assert levels().tolist() == [999, 759, 499, 259]
