"""The noise schedule as it is read from a configuration."""

import numpy as np
import pytest

from inference.errors import UnsupportedConfig
from inference.sampling import NoiseSchedule


def test_a_schedule_of_zero_terminal_snr_starts_where_it_did_and_ends_in_pure_noise() -> None:
    config = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
    plain = NoiseSchedule.from_config(config)
    rescaled = NoiseSchedule.from_config({**config, "rescale_betas_zero_snr": True})
    assert rescaled.alphas_cumprod[0] == pytest.approx(plain.alphas_cumprod[0], rel=1e-12)
    assert rescaled.alphas_cumprod[-1] == 0.0
    assert (np.diff(rescaled.alphas_cumprod) < 0).all()
    assert rescaled.sigmas[-1] == pytest.approx(4096, rel=1e-6)


def test_the_level_below_timestep_0_is_where_sampling_ends() -> None:
    assert NoiseSchedule.from_config({"set_alpha_to_one": True}).level(-1) == (1.0, 0.0)
    kept = NoiseSchedule.from_config({"set_alpha_to_one": False})
    assert kept.level(-1) == kept.level(0)


def test_null_counts_as_absent() -> None:
    schedule = NoiseSchedule.from_config(
        {"trained_betas": None, "timestep_spacing": None},
        defaults={"timestep_spacing": "trailing"},
    )
    assert schedule.timestep_spacing == "trailing"
    assert schedule.train_steps == 1000


def test_a_field_of_the_configuration_beats_the_default() -> None:
    schedule = NoiseSchedule.from_config(
        {"timestep_spacing": "linspace"}, defaults={"timestep_spacing": "trailing"}
    )
    assert schedule.timestep_spacing == "linspace"


def test_a_schedule_that_leaves_its_betas_out_has_those_of_its_class() -> None:
    schedule = NoiseSchedule.from_config({"_class_name": "LCMScheduler"})
    assert 1.0 - schedule.alphas_cumprod[0] == pytest.approx(0.00085)


@pytest.mark.parametrize("steps", [1, 7, 61, 103, 999, 1000])
def test_trailing_spacing_has_as_many_timesteps_as_steps(steps: int) -> None:
    schedule = NoiseSchedule.from_config({"timestep_spacing": "trailing"})
    timesteps = schedule.whole_timesteps(steps)
    assert len(timesteps) == steps
    assert timesteps[0] == 999
    assert min(timesteps) >= 0


def test_an_offset_never_points_past_the_last_timestep() -> None:
    schedule = NoiseSchedule.from_config({"timestep_spacing": "leading", "steps_offset": 1})
    assert schedule.whole_timesteps(1000)[:2] == [999, 999]


@pytest.mark.parametrize(
    ("field", "got", "expected"),
    [
        ("beta_schedule", "zigzag", "linear, scaled_linear, squaredcos_cap_v2, sigmoid, laplace"),
        ("beta_start", "small", "a finite number"),
        ("beta_start", float("nan"), "a finite number"),
        ("beta_end", 1.5, "between 0 and 1"),
        ("num_train_timesteps", 0, "at least 2"),
        ("num_train_timesteps", 10**9, "at most 100000"),
        ("num_train_timesteps", 1000.5, "a whole number"),
        ("trained_betas", [0.1, 0.2], "a list of 1000 numbers"),
        ("trained_betas", "many", "a list of 1000 numbers"),
        ("prediction_type", "flow_prediction", "epsilon, v_prediction, sample"),
        ("snr_shift_scale", 0, "from 0.001 to 1000"),
    ],
)
def test_an_unsupported_field_is_named_with_its_value_and_what_is_supported(
    field: str, got: object, expected: str
) -> None:
    with pytest.raises(UnsupportedConfig) as caught:
        NoiseSchedule.from_config({field: got})
    assert caught.value.field == field
    assert f"scheduler_config.json: {field} must be" in str(caught.value)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("field", "got"),
    [
        ("timestep_spacing", "random"),
        ("final_sigmas_type", "sigma_max"),
        ("rescale_betas_zero_snr", "yes"),
        ("use_karras_sigmas", 1),
        ("steps_offset", -1),
        ("steps_offset", 1000),
        ("set_alpha_to_one", []),
    ],
)
def test_a_field_of_the_spacing_that_is_not_supported_counts_as_absent(
    field: str, got: object
) -> None:
    defaults = {"timestep_spacing": "trailing"}
    odd, plain = (NoiseSchedule.from_config(c, defaults=defaults) for c in ({field: got}, {}))
    np.testing.assert_array_equal(odd.alphas_cumprod, plain.alphas_cumprod)
    assert odd.whole_timesteps(10) == plain.whole_timesteps(10)
    assert (odd.sigma_spacing, odd.final_sigma) == (plain.sigma_spacing, plain.final_sigma)
    assert odd.level(-1) == plain.level(-1)


def test_betas_that_leave_no_signal_are_refused() -> None:
    with pytest.raises(UnsupportedConfig, match="beta_schedule must be one with noise and signal"):
        NoiseSchedule.from_config({"beta_start": 0.5, "beta_end": 0.9})
