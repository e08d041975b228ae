"""Each sampler is diffusers' scheduler of its name, coefficient by coefficient."""

import inspect
from typing import Any

import diffusers
import numpy as np
import pytest

from inference.sampling import SAMPLERS, NoiseSchedule, build_table
from tests.inference.sampling import linear_map
from tests.inference.sampling.linear_map import LinearMap

STABLE_DIFFUSION = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
ZERO_SNR = {
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "prediction_type": "v_prediction",
}
STABLE_DIFFUSION_1_5 = {
    "_class_name": "PNDMScheduler",
    "_diffusers_version": "0.6.0",
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "num_train_timesteps": 1000,
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
    "clip_sample": False,
}
STABLE_DIFFUSION_2_1 = {
    **STABLE_DIFFUSION_1_5,
    "_class_name": "DDIMScheduler",
    "prediction_type": "v_prediction",
}
ZERO = {"rescale_betas_zero_snr": True}
WITH_THEIR_OWN_FLOOR = ("dpmpp_2m", "dpmpp_2m_sde", "unipc", "euler", "euler_ancestral")
WITHOUT_ZERO_SNR = ("pndm", "heun")
STEPS = (1, 4, 10, 20, 50)
SPACINGS = ("leading", "linspace", "trailing")
PREDICTIONS = ("epsilon", "v_prediction", "sample")
REFUSED_BY_DIFFUSERS = {("euler_ancestral", "sample"), ("pndm", "sample")}
OWN_FIELDS: dict[str, dict[str, Any]] = {
    "ddim": {"set_alpha_to_one": False, "clip_sample": False},
    "ddpm": {"clip_sample": False},
    "pndm": {"set_alpha_to_one": False, "skip_prk_steps": True},
    "dpmpp_2m": {"algorithm_type": "dpmsolver++"},
    "dpmpp_2m_sde": {"algorithm_type": "sde-dpmsolver++"},
    "lcm": {"original_inference_steps": 50},
}
KARRAS = [(name, karras) for name, s in SAMPLERS.items() for karras in {False, s.has_karras}]


def _config(sampler: str, **fields: Any) -> dict[str, Any]:
    spec = SAMPLERS[sampler]
    config = {"_class_name": spec.scheduler, "steps_offset": 1, **STABLE_DIFFUSION}
    return {**config, **OWN_FIELDS.get(sampler, {}), **fields}


def _agree(ours: LinearMap, theirs: LinearMap, *, tolerance: float) -> None:
    np.testing.assert_allclose(
        ours.timesteps, theirs.timesteps, atol=1e-3 if tolerance > 1e-6 else 1e-9
    )
    np.testing.assert_allclose(ours.scale_in, theirs.scale_in, rtol=tolerance)
    np.testing.assert_allclose(ours.init_noise_sigma, theirs.init_noise_sigma, rtol=tolerance)
    np.testing.assert_allclose(ours.from_image, theirs.from_image, rtol=tolerance, atol=tolerance)
    largest = np.abs(theirs.coefficients).max(axis=1, keepdims=True)
    np.testing.assert_allclose(
        ours.coefficients / largest, theirs.coefficients / largest, rtol=0, atol=tolerance
    )


def _same(sampler: str, config: dict[str, Any], steps: int, *, tolerance: float = 1e-9) -> None:
    ours = linear_map.of_table(build_table(sampler, config, steps))
    theirs = linear_map.of_diffusers(SAMPLERS[sampler].scheduler, config, steps)
    _agree(ours, theirs, tolerance=tolerance)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(
    ("sampler", "karras", "prediction_type"),
    [
        (sampler, karras, prediction_type)
        for sampler, karras in KARRAS
        for prediction_type in PREDICTIONS
        if (sampler, prediction_type) not in REFUSED_BY_DIFFUSERS
    ],
)
def test_a_sampler_is_the_linear_map_of_its_scheduler(
    sampler: str, karras: bool, spacing: str, prediction_type: str
) -> None:
    config = _config(sampler, timestep_spacing=spacing, prediction_type=prediction_type)
    if SAMPLERS[sampler].has_karras:
        config["use_karras_sigmas"] = karras
    for steps in STEPS:
        _same(sampler, config, steps)


@pytest.mark.parametrize(
    ("sampler", "fields"),
    [
        (sampler, fields)
        for sampler in SAMPLERS
        for fields in ({}, {"timestep_spacing": "linspace"}, ZERO_SNR)
        if fields is not ZERO_SNR or sampler not in WITHOUT_ZERO_SNR
    ],
)
def test_it_is_also_that_of_the_scheduler_in_single_precision(
    sampler: str, fields: dict[str, Any]
) -> None:
    config = _config(sampler, **fields)
    for steps in (4, 20):
        ours = linear_map.of_table(build_table(sampler, config, steps))
        theirs = linear_map.of_diffusers(SAMPLERS[sampler].scheduler, config, steps, exact=False)
        _agree(ours, theirs, tolerance=1e-5)


@pytest.mark.parametrize(
    "published", [STABLE_DIFFUSION_1_5, STABLE_DIFFUSION_2_1], ids=["1.5", "2.1"]
)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_published_configuration_is_read_as_from_config_reads_it(
    sampler: str, published: dict[str, Any]
) -> None:
    ours = linear_map.of_table(build_table(sampler, published, 20))
    if sampler == "dpmpp_2m_sde":
        published = {**published, "algorithm_type": "sde-dpmsolver++"}
    theirs = linear_map.of_diffusers(SAMPLERS[sampler].scheduler, published, 20)
    _agree(ours, theirs, tolerance=1e-9)


@pytest.mark.parametrize(
    ("sampler", "karras"), [(s, k) for s, k in KARRAS if s not in WITHOUT_ZERO_SNR]
)
def test_zero_terminal_snr_works_as_in_diffusers(sampler: str, karras: bool) -> None:
    config = _config(sampler, **ZERO_SNR)
    if SAMPLERS[sampler].has_karras:
        config["use_karras_sigmas"] = karras
    for steps in STEPS:
        _same(sampler, config, steps)


@pytest.mark.parametrize("sampler", WITHOUT_ZERO_SNR)
def test_zero_terminal_snr_works_for_schedulers_that_cannot_be_configured_so(sampler: str) -> None:
    config = _config(sampler, **ZERO_SNR)
    alphas_cumprod = NoiseSchedule.from_config(config).alphas_cumprod.copy()
    alphas_cumprod[-1] = 2.0**-24
    for steps in STEPS:
        ours = linear_map.of_table(build_table(sampler, config, steps))
        theirs = linear_map.of_diffusers(
            SAMPLERS[sampler].scheduler, config, steps, alphas_cumprod=alphas_cumprod
        )
        _agree(ours, theirs, tolerance=1e-9)


@pytest.mark.parametrize(
    ("sampler", "fields"),
    [
        ("ddim", {"set_alpha_to_one": True}),
        ("ddpm", {"variance_type": "fixed_large"}),
        ("ddpm", {"variance_type": "fixed_small_log"}),
        ("pndm", {"set_alpha_to_one": True}),
        ("euler", {"final_sigmas_type": "sigma_min"}),
        ("dpmpp_2m", {"solver_type": "heun"}),
        ("dpmpp_2m", {"solver_type": "heun", "final_sigmas_type": "sigma_min"}),
        ("dpmpp_2m", {"final_sigmas_type": "sigma_min", "lower_order_final": False}),
        ("dpmpp_2m", {"final_sigmas_type": "sigma_min", "euler_at_final": True}),
        ("dpmpp_2m", {"final_sigmas_type": "sigma_min", "use_karras_sigmas": True}),
        ("dpmpp_2m_sde", {"solver_type": "heun"}),
        ("dpmpp_2m_sde", {"final_sigmas_type": "sigma_min", "lower_order_final": False}),
        ("unipc", {"solver_order": 1}),
        ("unipc", {"solver_order": 3}),
        ("unipc", {"solver_order": 3, "solver_type": "bh1"}),
        ("unipc", {"solver_type": "bh1", "use_karras_sigmas": True}),
        ("unipc", {"solver_order": 3, "disable_corrector": [0, 3]}),
        (
            "unipc",
            {"solver_order": 3, "lower_order_final": False, "final_sigmas_type": "sigma_min"},
        ),
        ("unipc", {"final_sigmas_type": "sigma_min", "use_karras_sigmas": True}),
        ("lcm", {"original_inference_steps": 100, "timestep_scaling": 3.0}),
        ("dpmpp_2m", {"solver_order": 1, "final_sigmas_type": "sigma_min"}),
        ("dpmpp_2m_sde", {"solver_order": 1}),
        ("dpmpp_2m", {"use_lu_lambdas": True}),
        ("dpmpp_2m_sde", {"use_lu_lambdas": True}),
        (
            "dpmpp_2m",
            {"algorithm_type": "deis", "solver_type": "logrho", "final_sigmas_type": "sigma_min"},
        ),
    ],
)
def test_the_options_of_a_scheduler_are_kept(sampler: str, fields: dict[str, Any]) -> None:
    going_nowhere = sampler == "unipc" and fields.keys() >= {
        "final_sigmas_type",
        "use_karras_sigmas",
    }
    for steps in (4, 20) if going_nowhere else (1, 4, 20):
        _same(sampler, _config(sampler, **fields), steps)


SPREAD = [(name, kind) for name, s in SAMPLERS.items() for kind in s.sigma_spacings if kind != "lu"]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
@pytest.mark.parametrize(("sampler", "kind"), SPREAD)
def test_every_spacing_of_sigma_is_that_of_its_scheduler(
    sampler: str, kind: str, prediction_type: str, spacing: str
) -> None:
    fields = {"timestep_spacing": spacing, "prediction_type": prediction_type}
    config = _config(sampler, **fields, **{f"use_{kind}_sigmas": True})
    for steps in (1, 4, 20):
        _same(sampler, config, steps)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("sampler", "karras"), KARRAS)
def test_what_a_request_asks_for_is_what_diffusers_is_configured_to(
    sampler: str, karras: bool, spacing: str
) -> None:
    plain = _config(sampler, timestep_spacing=spacing)
    asked = {"use_karras_sigmas": karras} if SAMPLERS[sampler].has_karras else {}
    alphas_cumprod = np.array(NoiseSchedule.from_config({**plain, **ZERO}).alphas_cumprod)
    alphas_cumprod[-1] = 2.0**-24
    for zero_snr in (False, True):
        for steps in (4, 20):
            ours = linear_map.of_table(
                build_table(sampler, plain, steps, karras=karras, zero_snr=zero_snr)
            )
            theirs = linear_map.of_diffusers(
                SAMPLERS[sampler].scheduler,
                {**plain, **asked},
                steps,
                alphas_cumprod=alphas_cumprod if zero_snr else None,
            )
            _agree(ours, theirs, tolerance=1e-9)


@pytest.mark.parametrize("sampler", WITH_THEIR_OWN_FLOOR)
def test_noise_prediction_at_pure_noise_is_as_in_diffusers(sampler: str) -> None:
    config = _config(sampler, timestep_spacing="trailing", **ZERO)
    for steps in STEPS:
        _same(sampler, config, steps)


def _with_betas() -> list[str]:
    """diffusers' classes that are configured with betas."""
    every = [name for name in dir(diffusers) if name.endswith("Scheduler")]
    return [
        name
        for name in every
        if "beta_schedule" in inspect.signature(getattr(diffusers, name).__init__).parameters
    ]


@pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")
@pytest.mark.parametrize("name", _with_betas())
def test_the_noise_levels_of_a_scheduler_are_read_as_it_reads_them(name: str) -> None:
    only_cosine = name == "UnCLIPScheduler"
    for fields in ({}, {"beta_schedule": "squaredcos_cap_v2"}, STABLE_DIFFUSION):
        if only_cosine and fields is STABLE_DIFFUSION:
            continue
        with linear_map.double_precision():
            theirs = getattr(diffusers, name).from_config(fields).alphas_cumprod.numpy()
        ours = NoiseSchedule.from_config({"_class_name": name, **fields}).alphas_cumprod
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


@pytest.mark.parametrize("kind", ["sigmoid", "laplace"])
def test_the_rarer_beta_schedules_are_read_as_in_diffusers(kind: str) -> None:
    config = _config("ddpm", beta_schedule=kind)
    for steps in (7, 30):
        _same("ddpm", config, steps)


@pytest.mark.parametrize(
    "fields",
    [
        {"beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02},
        {"beta_schedule": "squaredcos_cap_v2"},
        {"trained_betas": np.linspace(0.001, 0.03, 400).tolist(), "num_train_timesteps": 400},
        {"num_train_timesteps": 200, "beta_end": 0.05},
        {"steps_offset": 0},
    ],
    ids=lambda fields: "-".join(fields),
)
@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_other_noise_schedules_are_read_as_in_diffusers(
    sampler: str, fields: dict[str, Any]
) -> None:
    for steps in (7, 30):
        _same(sampler, _config(sampler, **fields), steps)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_fields_that_a_configuration_lacks_take_the_defaults_of_the_scheduler(sampler: str) -> None:
    bare = {**STABLE_DIFFUSION, **OWN_FIELDS.get(sampler, {})}
    bare.pop("set_alpha_to_one", None)
    _same(sampler, {"_class_name": SAMPLERS[sampler].scheduler, **bare}, 10)


@pytest.mark.parametrize("strength", [0.29, 0.8])
@pytest.mark.parametrize("sampler", sorted(SAMPLERS.keys() - {"pndm"}))
def test_image_to_image_starts_where_diffusers_starts(sampler: str, strength: float) -> None:
    steps = 20
    config = _config(sampler)
    table = build_table(sampler, config, steps, strength=strength)
    # StableDiffusionImg2ImgPipeline.get_timesteps
    first = max(steps - min(int(steps * strength), steps), 0)
    theirs = linear_map.of_diffusers(SAMPLERS[sampler].scheduler, config, steps, first=first)
    _agree(linear_map.of_table(table), theirs, tolerance=1e-9)
    assert table.steps == steps - first


def test_image_to_image_with_pndm_starts_where_ddim_starts() -> None:
    pndm = build_table("pndm", _config("pndm"), 20, strength=0.6)
    ddim = build_table("ddim", _config("ddim"), 20, strength=0.6)
    start, *rest = ddim.rows.timestep
    assert pndm.rows.timestep.tolist() == [start, rest[0], *rest]
    assert pndm.from_image == ddim.from_image
    assert pndm.steps == ddim.steps == 12
