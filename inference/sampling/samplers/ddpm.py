"""Denoising diffusion probabilistic models (Ho et al. 2020, arXiv 2006.11239), on fewer timesteps.

Equations 6 and 7, for a step from t to t' with ᾱ' = ᾱ_{t'}, α = ᾱ_t/ᾱ', β = 1 − α:

    x_{t'} = √ᾱ'·β/(1 − ᾱ_t)·x0 + √α·(1 − ᾱ')/(1 − ᾱ_t)·x_t + √v·ξ
    v = β·(1 − ᾱ')/(1 − ᾱ_t)   "fixed_small"        v = β   "fixed_large"

The last step ends at no noise. "fixed_large" still draws noise in it unless t = 0, as in diffusers;
"fixed_small" does not, where diffusers adds 1e-10 of it, which nobody can see.
"""

import math

from inference.sampling.level import Level, to_x0
from inference.sampling.options import fixed, one_of
from inference.sampling.sampler import Sampler
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine

VARIANCE_TYPES = ("fixed_small", "fixed_small_log", "fixed_large")


def ddpm(
    schedule: NoiseSchedule, steps: int, *, first: int = 0, variance_type: str = "fixed_small"
) -> Table:
    """The ancestral sampler. "fixed_small_log" is "fixed_small" by another route."""
    large = variance_type == "fixed_large"
    timesteps = schedule.whole_timesteps(steps)[first:]
    return Table.of(
        (
            _step(schedule, t, then, large=large)
            for t, then in zip(
                timesteps,
                [*map(schedule.level, timesteps[1:]), Level(1.0, 0.0)],
                strict=True,
            )
        )
    )


def _step(schedule: NoiseSchedule, t: int, then: Level, *, large: bool) -> Evaluation:
    now = schedule.level(t)
    alpha = (now.alpha / then.alpha) ** 2
    beta = 1.0 - alpha
    remaining = (then.sigma / now.sigma) ** 2
    variance = beta if large else beta * remaining
    x0 = to_x0(schedule.prediction_type, now)
    return Evaluation(
        timestep=t,
        level=now,
        predict=x0,
        preview=x0,
        x=combine(
            x=math.sqrt(alpha) * remaining,
            m=[then.alpha * beta / now.sigma**2],
            noise=math.sqrt(variance) if t > 0 else 0.0,
        ),
        y=combine(),
    )


SAMPLER = Sampler(
    name="ddpm",
    label="DDPM",
    description="The original random walk: natural texture, and it wants 100 steps or more.",
    scheduler="DDPMScheduler",
    build=ddpm,
    twins=("DDPMParallelScheduler",),
    defaults={"timestep_spacing": "leading"},
    fixed={"clip_sample": fixed(False), "thresholding": fixed(False)},
    options={"variance_type": one_of(*VARIANCE_TYPES)},
)
