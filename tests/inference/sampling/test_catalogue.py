"""The door to the samplers: names, bounds, and configurations of all kinds."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.errors import InferenceError, InvalidRequest
from inference.sampling import MAX_EVALUATIONS, SAMPLERS, Table, build_table, most_steps

CONFIG = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}


def test_building_tables_does_not_load_jax() -> None:
    code = (
        "import sys; from inference.sampling import build_table;"
        "build_table('unipc', {}, 10);"
        "print(sorted({'jax', 'torch', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_sampler_says_what_it_is() -> None:
    for name, sampler in SAMPLERS.items():
        assert sampler.name == name
        assert sampler.label
        assert sampler.description.endswith(".")


def test_an_unknown_sampler_is_answered_with_the_names() -> None:
    with pytest.raises(InvalidRequest) as caught:
        build_table("karras", CONFIG, 20)
    assert caught.value.field == "sampler"
    assert all(name in str(caught.value) for name in SAMPLERS)


@pytest.mark.parametrize("steps", [0, -1, 1001, 10**6])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_steps_out_of_bounds_are_answered_with_the_bounds(sampler: str, steps: int) -> None:
    with pytest.raises(InvalidRequest, match=r"steps must be 1 to \d+ for .*got") as caught:
        build_table(sampler, CONFIG, steps)
    assert caught.value.field == "steps"


@pytest.mark.slow
@pytest.mark.parametrize("spacing", ["leading", "linspace", "trailing"])
@pytest.mark.parametrize("sampler", sorted(SAMPLERS.keys() - {"lcm"}))
def test_the_most_steps_that_are_admitted_make_a_table(sampler: str, spacing: str) -> None:
    steps = SAMPLERS[sampler].max_steps(1000)
    table = build_table(sampler, {**CONFIG, "timestep_spacing": spacing}, steps)
    assert table.steps == steps
    assert len(table) <= MAX_EVALUATIONS
    assert all(np.isfinite(leaf).all() for leaf in table.rows)


def test_lcm_makes_no_more_steps_than_it_was_distilled_with() -> None:
    assert build_table("lcm", CONFIG, 50).steps == 50
    with pytest.raises(InvalidRequest, match="steps must be 1 to 50 for LCM with this model"):
        build_table("lcm", CONFIG, 51)


def test_steps_that_fall_on_one_noise_level_are_refused() -> None:
    config = {**CONFIG, "timestep_spacing": "leading", "steps_offset": 1}
    with pytest.raises(InvalidRequest, match="distinct noise levels"):
        build_table("dpmpp_2m", config, 999)


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, float("nan"), float("inf")])
def test_a_strength_out_of_bounds_is_refused(strength: float) -> None:
    with pytest.raises(InvalidRequest, match="strength must be above 0 and at most 1") as caught:
        build_table("euler", CONFIG, 20, strength=strength)
    assert caught.value.field == "strength"


def test_a_strength_that_leaves_no_step_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="raise the strength or the steps"):
        build_table("euler", CONFIG, 20, strength=0.04)


def test_karras_spacing_of_another_scheduler_is_no_concern_of_ddim() -> None:
    config = {**CONFIG, "_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": True}
    assert build_table("ddim", config, 20).steps == 20


def test_the_options_of_one_solver_are_not_those_of_another() -> None:
    config = {**CONFIG, "_class_name": "UniPCMultistepScheduler", "solver_order": 3}
    plain = {**CONFIG, "_class_name": "DPMSolverMultistepScheduler"}
    ours, reference = build_table("dpmpp_2m", config, 20), build_table("dpmpp_2m", plain, 20)
    np.testing.assert_array_equal(ours.rows.update, reference.rows.update)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_karras_spacing_is_taken_where_it_is_asked_for_and_else_refused(sampler: str) -> None:
    plain, spaced = CONFIG, {**CONFIG, "use_karras_sigmas": True}
    if not SAMPLERS[sampler].has_karras:
        with pytest.raises(
            InvalidRequest, match=r"must be asked of dpmpp_2m, .*heun, got"
        ) as caught:
            build_table(sampler, plain, 20, karras=True)
        assert caught.value.field == "karras spacing"
        assert build_table(sampler, plain, 20, karras=False).steps == 20
        return
    asked, configured = (
        build_table(sampler, plain, 20, karras=True),
        build_table(sampler, spaced, 20),
    )
    np.testing.assert_array_equal(asked.rows.update, configured.rows.update)
    off = build_table(sampler, {**spaced, "use_beta_sigmas": True}, 20, karras=False)
    np.testing.assert_array_equal(off.rows.update, build_table(sampler, plain, 20).rows.update)
    assert not np.array_equal(asked.rows.update, off.rows.update)


@pytest.mark.parametrize("sampler", sorted(SAMPLERS))
def test_zero_terminal_snr_is_taken_where_it_is_asked_for(sampler: str) -> None:
    plain = {**CONFIG, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}
    rescaled = {**plain, "rescale_betas_zero_snr": True}
    for asked, config, same in ((True, plain, rescaled), (False, rescaled, plain)):
        ours = build_table(sampler, config, 10, zero_snr=asked)
        np.testing.assert_array_equal(ours.rows.update, build_table(sampler, same, 10).rows.update)
        np.testing.assert_array_equal(
            ours.rows.predict, build_table(sampler, same, 10).rows.predict
        )


json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["linear", "squaredcos_cap_v2", "v_prediction", "sample", "trailing"]),
    st.sampled_from(["linspace", "sigma_min", "bh1", "heun", "fixed_large"]),
    st.sampled_from([sampler.scheduler for sampler in SAMPLERS.values()]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=1),
)
FIELDS = [
    "_class_name",
    "algorithm_type",
    "beta_end",
    "beta_schedule",
    "beta_start",
    "clip_sample",
    "disable_corrector",
    "euler_at_final",
    "final_sigmas_type",
    "lambda_min_clipped",
    "lower_order_final",
    "num_train_timesteps",
    "original_inference_steps",
    "prediction_type",
    "rescale_betas_zero_snr",
    "set_alpha_to_one",
    "sigma_min",
    "skip_prk_steps",
    "solver_order",
    "solver_p",
    "solver_type",
    "steps_offset",
    "timestep_scaling",
    "timestep_spacing",
    "snr_shift_scale",
    "thresholding",
    "trained_betas",
    "use_beta_sigmas",
    "use_exponential_sigmas",
    "use_lu_lambdas",
    "use_karras_sigmas",
    "variance_type",
]
fields = st.sampled_from(FIELDS)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SAMPLERS)),
    st.dictionaries(fields, json_values, max_size=4),
    st.integers(-2, 60),
    st.floats(),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
)
def test_whatever_a_configuration_holds_it_makes_a_table_or_an_error_of_ours(
    sampler: str,
    config: dict[str, Any],
    steps: int,
    strength: float,
    karras: bool | None,
    zero_snr: bool | None,
) -> None:
    try:
        table = build_table(
            sampler, config, steps, strength=strength, karras=karras, zero_snr=zero_snr
        )
    except InferenceError:
        return
    assert isinstance(table, Table)
    assert all(np.isfinite(leaf).all() for leaf in table.rows)


@pytest.mark.parametrize("most", [7, 50])
def test_most_steps_is_where_a_sampler_begins_to_refuse(most: int) -> None:
    config = {"_class_name": "LCMScheduler", "original_inference_steps": most}
    assert most_steps("lcm", config, at_most=200) == most
    build_table("lcm", config, most)
    with pytest.raises(InvalidRequest, match=f"steps must be 1 to {most} "):
        build_table("lcm", config, most + 1)
    assert most_steps("euler", config, at_most=200) == 200
