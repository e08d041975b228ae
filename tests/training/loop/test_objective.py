"""The training objective: noisy samples and targets as diffusers has them, min-SNR as its paper."""

import jax.numpy as jnp
import numpy as np
import pytest

from training.loop.objective import Objective

SCHEDULER = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
}
T = np.asarray([0, 10, 500, 999])


def objective(prediction: str, *, gamma: float | None = None, zero: bool = False) -> Objective:
    config = {**SCHEDULER, "prediction_type": prediction, "rescale_betas_zero_snr": zero}
    return Objective.of(config, snr_gamma=gamma)


def snr_of(each: Objective) -> np.ndarray:
    alpha_bar = each.schedule.alphas_cumprod[T]
    return alpha_bar / (1 - alpha_bar)


@pytest.mark.parametrize(
    ("prediction", "divisor"),
    [
        ("epsilon", lambda snr: snr),
        ("v_prediction", lambda snr: snr + 1),
        ("sample", lambda snr: 1.0),
    ],
)
def test_min_snr_weighs_as_its_paper_says_for_each_target(prediction: str, divisor) -> None:
    each = objective(prediction, gamma=5.0)
    snr = snr_of(each)

    expected = np.minimum(snr, 5.0) / divisor(snr)

    np.testing.assert_allclose(each.weight(jnp.asarray(T)), expected, rtol=1e-4)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_at_pure_noise_the_weight_is_one(prediction: str) -> None:
    weights = objective(prediction, gamma=5.0, zero=True).weight(jnp.asarray(T))

    assert np.isfinite(weights).all()
    assert float(weights[-1]) == 1.0


def test_without_gamma_all_timesteps_count_alike() -> None:
    np.testing.assert_array_equal(objective("epsilon").weight(jnp.asarray(T)), np.ones(4))


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_noisy_samples_and_targets_are_those_of_diffusers(prediction: str) -> None:
    import torch
    from diffusers import DDPMScheduler

    rng = np.random.default_rng(0)
    latents, noise = rng.normal(size=(2, 4, 3, 3, 4)).astype(np.float32)
    theirs = DDPMScheduler(**SCHEDULER, prediction_type=prediction)
    tensors = [torch.tensor(array) for array in (latents, noise, T)]
    each, arrays = objective(prediction), [jnp.asarray(array) for array in (latents, noise, T)]

    np.testing.assert_allclose(each.noisy(*arrays), theirs.add_noise(*tensors).numpy(), atol=1e-6)
    wanted = noise if prediction == "epsilon" else theirs.get_velocity(*tensors).numpy()
    np.testing.assert_allclose(each.target(*arrays), wanted, atol=1e-6)
