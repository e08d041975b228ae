"""Whatever scheduler a model came with, it loads, and what is done otherwise is told."""

from typing import Any

import diffusers
import numpy as np
import pytest

from inference.errors import UnsupportedConfig
from inference.sampling import SAMPLERS, build_table, read_scheduler

CONFIG = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}

EXACT = {
    "PNDMScheduler": "pndm",
    "FlaxPNDMScheduler": "pndm",
    "DDIMScheduler": "ddim",
    "DDIMParallelScheduler": "ddim",
    "FlaxDDIMScheduler": "ddim",
    "DDPMScheduler": "ddpm",
    "DDPMParallelScheduler": "ddpm",
    "DPMSolverMultistepScheduler": "dpmpp_2m",
    "FlaxDPMSolverMultistepScheduler": "dpmpp_2m",
    "EulerDiscreteScheduler": "euler",
    "FlaxEulerDiscreteScheduler": "euler",
    "EulerAncestralDiscreteScheduler": "euler_ancestral",
    "UniPCMultistepScheduler": "unipc",
    "HeunDiscreteScheduler": "heun",
    "LCMScheduler": "lcm",
}
NEAREST = {
    "CogVideoXDDIMScheduler": "ddim",
    "CogVideoXDPMScheduler": "dpmpp_2m",
    "ConsistencyDecoderScheduler": "lcm",
    "DDIMInverseScheduler": "ddim",
    "DEISMultistepScheduler": "dpmpp_2m",
    "DPMSolverMultistepInverseScheduler": "dpmpp_2m",
    "DPMSolverSDEScheduler": "dpmpp_2m_sde",
    "DPMSolverSinglestepScheduler": "dpmpp_2m",
    "IPNDMScheduler": "pndm",
    "KDPM2AncestralDiscreteScheduler": "euler_ancestral",
    "KDPM2DiscreteScheduler": "heun",
    "LMSDiscreteScheduler": "dpmpp_2m",
    "RePaintScheduler": "ddpm",
    "SASolverScheduler": "dpmpp_2m_sde",
    "ScoreSdeVpScheduler": "ddpm",
    "TCDScheduler": "lcm",
    "UnCLIPScheduler": "ddpm",
    "HexagonalEulerScheduler": "euler",
    "SomethingOf2031Scheduler": "dpmpp_2m",
}
OTHER_NETWORKS = {
    "AmusedScheduler": "discrete tokens",
    "BlockRefinementScheduler": "discrete tokens",
    "CMStochasticIterativeScheduler": "EDM preconditioning",
    "CosineDPMSolverMultistepScheduler": "EDM preconditioning",
    "DDPMWuerstchenScheduler": "continuous time",
    "DiscreteDDIMScheduler": "discrete tokens",
    "EDMDPMSolverMultistepScheduler": "EDM preconditioning",
    "EDMEulerScheduler": "EDM preconditioning",
    "EDMOf2031Scheduler": "EDM preconditioning",
    "EntropyBoundScheduler": "discrete tokens",
    "FlowMapEulerDiscreteScheduler": "flow matching",
    "FlowMatchEulerDiscreteScheduler": "flow matching",
    "FlowMatchHeunDiscreteScheduler": "flow matching",
    "FlowMatchLCMScheduler": "flow matching",
    "FlowMatchOf2031Scheduler": "flow matching",
    "HeliosDMDScheduler": "flow matching",
    "HeliosScheduler": "flow matching",
    "KarrasVeScheduler": "EDM preconditioning",
    "LTXEulerAncestralRFScheduler": "flow matching",
    "MiniMaxH3Scheduler": "flow matching",
    "PiflowScheduler": "flow matching",
    "RFD4ProteinaScheduler": "flow matching",
    "SCMScheduler": "TrigFlow",
    "ScoreSdeVeScheduler": "a variance-exploding process",
    "VQDiffusionScheduler": "discrete tokens",
}


def test_every_scheduler_of_diffusers_is_in_one_of_the_tables() -> None:
    names = {name for name in dir(diffusers) if name.endswith("Scheduler")}
    assert names - EXACT.keys() - NEAREST.keys() - OTHER_NETWORKS.keys() == set()


@pytest.mark.parametrize(("name", "sampler"), EXACT.items())
def test_a_scheduler_that_is_a_sampler_here_is_taken_without_a_word(
    name: str, sampler: str
) -> None:
    scheduler = read_scheduler({"_class_name": name, **CONFIG})
    assert (scheduler.sampler, scheduler.notices) == (sampler, ())


@pytest.mark.parametrize(("name", "sampler"), NEAREST.items())
def test_for_any_other_scheduler_the_nearest_sampler_is_taken_and_said(
    name: str, sampler: str
) -> None:
    config = {"_class_name": name, **CONFIG, "snr_shift_scale": 1.0}
    scheduler = read_scheduler(config)
    assert scheduler.sampler == sampler
    assert len(scheduler.notices) == 1
    assert name in scheduler.notices[0]
    assert SAMPLERS[sampler].label in scheduler.notices[0]
    plain = build_table(sampler, {"_class_name": SAMPLERS[sampler].scheduler, **CONFIG}, 8)
    np.testing.assert_array_equal(build_table(sampler, config, 8).rows.update, plain.rows.update)


@pytest.mark.parametrize("asked", SAMPLERS)
@pytest.mark.parametrize("name", [*EXACT, *NEAREST])
def test_a_sampler_that_is_asked_for_works_from_the_levels_of_any_scheduler(
    name: str, asked: str
) -> None:
    config = {"_class_name": name, **CONFIG, "timestep_spacing": "trailing", "snr_shift_scale": 1.0}
    own = {"_class_name": SAMPLERS[asked].scheduler, **CONFIG, "timestep_spacing": "trailing"}
    ours, theirs = build_table(asked, config, 10), build_table(asked, own, 10)
    np.testing.assert_array_equal(ours.rows.update, theirs.rows.update)
    np.testing.assert_array_equal(ours.rows.timestep, theirs.rows.timestep)


@pytest.mark.parametrize(("name", "meaning"), OTHER_NETWORKS.items())
def test_what_changes_the_meaning_of_the_network_is_refused_and_says_so(
    name: str, meaning: str
) -> None:
    with pytest.raises(UnsupportedConfig, match=f"this one is for {meaning}, where") as caught:
        read_scheduler({"_class_name": name, **CONFIG})
    assert caught.value.field == "_class_name"
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"prediction_type": "flow_prediction"}, "this one is for flow matching"),
        ({"prediction_type": "flow"}, "this one is for flow matching"),
        ({"use_flow_sigmas": True}, "this one is for flow matching"),
        ({"timestep_type": "continuous"}, "this one is for EDM preconditioning"),
        ({"sigma_data": 0.5}, "this one is for EDM preconditioning"),
        ({"prediction_type": "wavelets"}, "epsilon, v_prediction, sample"),
        ({"beta_schedule": "zigzag"}, "beta_schedule must be one of"),
    ],
)
def test_fields_that_change_the_meaning_of_the_network_are_refused(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnsupportedConfig, match=words):
        read_scheduler({"_class_name": "UniPCMultistepScheduler", **CONFIG, **fields})


@pytest.mark.parametrize(
    ("name", "field", "got"),
    [
        ("DDIMScheduler", "clip_sample", True),
        ("DDIMScheduler", "thresholding", True),
        ("DDPMScheduler", "variance_type", "learned_range"),
        ("DPMSolverMultistepScheduler", "algorithm_type", "deis"),
        ("DPMSolverMultistepScheduler", "algorithm_type", "dpmsolver"),
        ("DPMSolverMultistepScheduler", "algorithm_type", "sde-dpmsolver"),
        ("DPMSolverMultistepScheduler", "algorithm_type", []),
        ("DPMSolverMultistepScheduler", "solver_order", 3),
        ("DPMSolverMultistepScheduler", "solver_order", True),
        ("DPMSolverMultistepScheduler", "lambda_min_clipped", -5.1),
        ("DPMSolverMultistepScheduler", "euler_at_final", "yes"),
        ("DPMSolverMultistepScheduler", "final_sigmas_type", "sigma_max"),
        ("EulerDiscreteScheduler", "interpolation_type", "log_linear"),
        ("EulerDiscreteScheduler", "sigma_max", 10.0),
        ("EulerDiscreteScheduler", "timestep_spacing", "random"),
        ("LCMScheduler", "original_inference_steps", 5000),
        ("LCMScheduler", "timestep_scaling", "big"),
        ("PNDMScheduler", "skip_prk_steps", False),
        ("PNDMScheduler", "steps_offset", 1000),
        ("UniPCMultistepScheduler", "predict_x0", False),
        ("UniPCMultistepScheduler", "solver_order", 4),
        ("UniPCMultistepScheduler", "disable_corrector", "all"),
        ("UniPCMultistepScheduler", "an_option_of_2031", {"strength": 2}),
        ("SomethingOf2031Scheduler", "rescale_betas_zero_snr", "yes"),
        ("SomethingOf2031Scheduler", "an_option_of_2031", 7),
    ],
)
def test_an_option_that_no_sampler_has_is_left_out_and_named(
    name: str, field: str, got: object
) -> None:
    config = {"_class_name": name, **CONFIG, field: got}
    scheduler = read_scheduler(config)
    said = " ".join(scheduler.notices)
    assert f"is set to {field} " in said
    assert "pictures are made without" in said
    sampler = scheduler.sampler
    without = build_table(sampler, {"_class_name": name, **CONFIG}, 10)
    np.testing.assert_array_equal(build_table(sampler, config, 10).rows.update, without.rows.update)


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"algorithm_type": "sde-dpmsolver++"}, "dpmpp_2m_sde"),
        ({"algorithm_type": "dpmsolver++", "lambda_min_clipped": float("-inf")}, "dpmpp_2m"),
        ({"lambda_min_clipped": "-inf", "thresholding": None}, "dpmpp_2m"),
        ({"use_karras_sigmas": True, "solver_order": 1, "clip_sample": True}, "dpmpp_2m"),
        ({"_diffusers_version": "0.42.0", "steps_offset": 1, "skip_prk_steps": True}, "dpmpp_2m"),
    ],
)
def test_what_is_done_as_configured_is_not_talked_about(fields: dict[str, Any], kept: str) -> None:
    config = {"_class_name": "DPMSolverMultistepScheduler", **CONFIG, **fields}
    scheduler = read_scheduler(config)
    assert (scheduler.sampler, scheduler.notices) == (kept, ())


def test_stochastic_single_step_solvers_come_to_the_stochastic_sampler() -> None:
    config = {"_class_name": "DPMSolverSinglestepScheduler", "algorithm_type": "sde-dpmsolver++"}
    assert read_scheduler(config).sampler == "dpmpp_2m_sde"


def test_a_model_that_names_no_scheduler_gets_the_first_sampler_and_is_told() -> None:
    scheduler = read_scheduler(CONFIG)
    assert scheduler.sampler == "dpmpp_2m"
    assert scheduler.notices[0].startswith("the model names no scheduler")


def test_levels_that_an_unknown_scheduler_leaves_out_are_those_of_stable_diffusion() -> None:
    silent = {"_class_name": "SomethingOf2031Scheduler"}
    notices = read_scheduler(silent).notices
    assert any("that of Stable Diffusion (scaled_linear, 0.00085 to 0.012)" in n for n in notices)
    ours, plain = build_table("ddim", silent, 10), build_table("ddim", {**silent, **CONFIG}, 10)
    np.testing.assert_array_equal(ours.rows.update, plain.rows.update)
