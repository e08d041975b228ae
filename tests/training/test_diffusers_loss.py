"""The arithmetic of training: as diffusers' `train_controlnet.py` does it in PyTorch.

From the same weights, batches, timesteps and noise: the same losses for fifty steps of AdamW, and
the same gradients in the first, leaf by leaf.
"""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints.renaming import torch_tensors
from inference.models.controlnet import ControlNetModel
from inference.models.unet import UNet2DConditionModel
from inference.sampling.schedule import NoiseSchedule
from tests.tiny import tiny_bundle
from training.loop.checkpoint import initial_state
from training.loop.controlnet import controlnet_config, from_unet
from training.loop.objective import Objective
from training.loop.update import make_update, optimizer
from training.train_controlnet import squared_error

STEPS = 50
RATE = 1e-3
SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory):
    """Our modules with the UNet's and a fresh ControlNet's parameters."""
    unet = tiny_bundle(tmp_path_factory.mktemp("tiny")).unet
    model = ControlNetModel(controlnet_config(unet.config, downscale=2))
    fresh = from_unet(model.init_params(jax.random.key(0)), unet.params)
    return UNet2DConditionModel(unet.config), model, unet.params, fresh


def torch_twins(networks) -> tuple[Any, Any]:
    import diffusers
    import torch

    unet, model, unet_params, params = networks
    twins = []
    for kind, module, weights in (
        (diffusers.UNet2DConditionModel, unet, unet_params),
        (diffusers.ControlNetModel, model, params),
    ):
        config = {k: v for k, v in module.config.to_dict().items() if not k.startswith("_")}
        twin = kind.from_config(config)
        tensors = {
            name: torch.tensor(np.array(leaf, np.float32))
            for name, leaf in torch_tensors(weights, component="unet")
        }
        twin.load_state_dict(tensors)
        twins.append(twin)
    return twins[0].requires_grad_(False), twins[1]


def batches() -> Iterator[dict[str, np.ndarray]]:
    for step in range(STEPS):
        rng = np.random.default_rng(step)
        yield {
            "latents": rng.normal(size=(4, 16, 16, 4)).astype(np.float32),
            "noise": rng.normal(size=(4, 16, 16, 4)).astype(np.float32),
            "timesteps": rng.integers(0, 1000, 4).astype(np.int32),
            "text": rng.normal(size=(4, 5, 16)).astype(np.float32),
            "maps": rng.uniform(size=(4, 32, 32, 3)).astype(np.float32),
        }


def theirs(networks, prediction: str) -> tuple[list[float], dict[str, np.ndarray]]:
    """Losses of all steps and gradients of the first, as the script computes them."""
    import torch
    from diffusers import DDPMScheduler

    unet, controlnet = torch_twins(networks)
    scheduler = DDPMScheduler(**SCHEDULER, prediction_type=prediction)
    adam = torch.optim.AdamW(controlnet.parameters(), lr=RATE, weight_decay=1e-2)
    losses, first = [], {}
    for batch in batches():
        tensors = {name: torch.tensor(array) for name, array in batch.items()}
        for name in ("latents", "noise", "maps"):
            tensors[name] = tensors[name].permute(0, 3, 1, 2)
        latents, noise, t = tensors["latents"], tensors["noise"], tensors["timesteps"].long()
        noisy = scheduler.add_noise(latents, noise, t)
        down, mid = controlnet(noisy, t, tensors["text"], tensors["maps"], return_dict=False)
        predicted = unet(
            noisy,
            t,
            encoder_hidden_states=tensors["text"],
            down_block_additional_residuals=down,
            mid_block_additional_residual=mid,
        ).sample
        wanted = noise if prediction == "epsilon" else scheduler.get_velocity(latents, noise, t)
        loss = torch.nn.functional.mse_loss(predicted, wanted)
        loss.backward()
        if not first:
            first = {name: p.grad.numpy().copy() for name, p in controlnet.named_parameters()}
        torch.nn.utils.clip_grad_norm_(controlnet.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
        losses.append(loss.item())
    return losses, first


def ours(networks, prediction: str) -> tuple[list[float], dict[str, np.ndarray]]:
    unet, model, unet_params, params = networks
    schedule = NoiseSchedule.from_config({**SCHEDULER, "prediction_type": prediction})
    objective = Objective(schedule)

    def loss(params, batch, key):
        error = squared_error((unet, model), (unet_params, params), objective, **batch).mean()
        return error, {"loss": error}

    transformation = optimizer(weight_decay=1e-2, b2=0.999)
    update = make_update(loss, transformation, mesh=None, ema_decay=None)
    state = initial_state(params, transformation, averaged=False)
    losses, key = [], jax.random.key(0)
    arrays = [jax.tree.map(jnp.asarray, batch) for batch in batches()]
    first = jax.jit(jax.grad(lambda p: loss(p, arrays[0], key)[0]))(state.params)
    for batch in arrays:
        state, found = update(state, batch, key, jnp.float32(RATE))
        losses.append(float(found["loss"].total))
    return losses, dict(torch_tensors(first, component="controlnet"))


@pytest.mark.slow
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_fifty_steps_have_the_losses_and_the_gradients_of_diffusers(
    networks, prediction: str
) -> None:
    (mine, gradients), (other, wanted) = ours(networks, prediction), theirs(networks, prediction)

    np.testing.assert_allclose(mine, other, rtol=1e-3)
    assert mine[-1] < mine[0]
    assert gradients.keys() == wanted.keys()
    apart = {
        name: np.linalg.norm(gradients[name] - leaf) / max(np.linalg.norm(leaf), 1e-8)
        for name, leaf in wanted.items()
    }
    assert max(apart.values()) < 1e-4, max(apart, key=apart.__getitem__)
