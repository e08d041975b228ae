"""Euler's method on the probability-flow ODE.

Karras et al. 2022 (arXiv 2206.00364), algorithm 1 without its correction.

On x = x0 + σ·ε, with d = (x − x0)/σ the slope of dx/dσ:

    x_{i+1} = x_i + (σ_{i+1} − σ_i)·d_i = (σ_{i+1}/σ_i)·x_i + (1 − σ_{i+1}/σ_i)·x0
"""

from inference.sampling.level import Level, to_x0
from inference.sampling.options import fixed
from inference.sampling.sampler import KARRAS_AND_OTHERS, Sampler
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine


def euler(schedule: NoiseSchedule, steps: int, *, first: int = 0) -> Table:
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
    return Evaluation(
        timestep=timestep,
        level=(1.0, sigma),
        scale_in=level.alpha,
        predict=x0,
        preview=x0,
        x=combine(x=ratio, m=[1.0 - ratio]),
        y=combine(),
    )


def initial_noise(schedule: NoiseSchedule, sigma_max: float) -> float:
    """diffusers adds the variance of x0 for "leading" spacing, which starts below the top level."""
    if schedule.timestep_spacing == "leading":
        return (sigma_max**2 + 1.0) ** 0.5
    return sigma_max


SAMPLER = Sampler(
    name="euler",
    label="Euler",
    description="Simple and smooth: clean, soft pictures in 20 to 30 steps.",
    scheduler="EulerDiscreteScheduler",
    build=euler,
    defaults={"timestep_spacing": "linspace"},
    fixed={
        "interpolation_type": fixed("linear"),
        "sigma_min": fixed(None),
        "sigma_max": fixed(None),
    },
    sigma_spacings=KARRAS_AND_OTHERS,
)
