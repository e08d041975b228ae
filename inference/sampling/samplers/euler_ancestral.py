"""Ancestral sampling with Euler steps (k-diffusion's `sample_euler_ancestral`).

Go down to σ_down, then add fresh noise σ_up so that the level is σ' again:

    σ_up² = σ'²·(σ² − σ'²)/σ²        σ_down² = σ'² − σ_up²
    x' = (σ_down/σ)·x + (1 − σ_down/σ)·x0 + σ_up·ξ

diffusers refuses networks that predict the sample here; the arithmetic is the same, so we do not.
"""

import math

from inference.sampling.level import Level, to_x0
from inference.sampling.sampler import Sampler
from inference.sampling.samplers.euler import initial_noise
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine


def euler_ancestral(schedule: NoiseSchedule, steps: int, *, first: int = 0) -> Table:
    timesteps, sigmas = schedule.sampling_sigmas(steps)
    return Table.of(
        (
            _step(schedule, float(timesteps[i]), float(sigmas[i]), float(sigmas[i + 1]))
            for i in range(first, steps)
        ),
        init_noise_sigma=initial_noise(schedule, float(sigmas.max())),
    )


def _step(schedule: NoiseSchedule, timestep: float, sigma: float, sigma_next: float) -> Evaluation:
    level = Level.from_ratio(sigma)
    x0 = to_x0(schedule.prediction_type, level, scale_in=level.alpha)
    ratio = sigma_next / sigma
    sigma_up = sigma_next * math.sqrt(1.0 - ratio**2)
    sigma_down = sigma_next * ratio
    return Evaluation(
        timestep=timestep,
        level=(1.0, sigma),
        scale_in=level.alpha,
        predict=x0,
        preview=x0,
        x=combine(x=sigma_down / sigma, m=[1.0 - sigma_down / sigma], noise=sigma_up),
        y=combine(),
    )


SAMPLER = Sampler(
    name="euler_ancestral",
    label="Euler ancestral",
    description="Adds fresh noise at every step: lively, and different at each number of steps.",
    scheduler="EulerAncestralDiscreteScheduler",
    build=euler_ancestral,
    defaults={"timestep_spacing": "linspace"},
    forced={"final_sigmas_type": "zero"},
)
