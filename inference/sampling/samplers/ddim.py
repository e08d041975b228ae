"""Denoising diffusion implicit models (Song et al. 2021, arXiv 2010.02502).

Equation 12 with σ = 0, in terms of the predicted x0:

    x_{t'} = α_{t'}·x0 + σ_{t'}·(x_t − α_t·x0)/σ_t

diffusers steps from t to t' = t − ⌊T/n⌋ rather than to the next timestep that it visits. The two
differ for "linspace" spacing and where n does not divide T, so a sample is then taken to be
slightly more or less noisy than it is. We follow it.
"""

from inference.sampling.level import to_x0
from inference.sampling.options import fixed
from inference.sampling.sampler import Sampler
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine


def ddim(schedule: NoiseSchedule, steps: int, *, first: int = 0) -> Table:
    """The deterministic sampler, η = 0."""
    stride = schedule.train_steps // steps
    timesteps = schedule.whole_timesteps(steps)[first:]
    return Table.of(_step(schedule, t, t - stride) for t in timesteps)


def _step(schedule: NoiseSchedule, t: int, t_next: int) -> Evaluation:
    now, then = schedule.level(t), schedule.level(t_next)
    x0 = to_x0(schedule.prediction_type, now)
    ratio = then.sigma / now.sigma
    return Evaluation(
        timestep=t,
        level=now,
        predict=x0,
        preview=x0,
        x=combine(x=ratio, m=[then.alpha - ratio * now.alpha]),
        y=combine(),
    )


SAMPLER = Sampler(
    name="ddim",
    label="DDIM",
    description="The plain deterministic sampler: steady from 20 steps on.",
    scheduler="DDIMScheduler",
    build=ddim,
    twins=("DDIMParallelScheduler",),
    defaults={"timestep_spacing": "leading", "set_alpha_to_one": True},
    fixed={"clip_sample": fixed(False), "thresholding": fixed(False)},
)
