"""Pseudo linear multistep sampling, F-PNDM without its Runge-Kutta start.

In Liu et al. 2022 (arXiv 2202.09778), equation 12 extrapolates ε from the last four evaluations,
and equation 9 takes the step from t to t':

    e    = (55·e_i − 59·e_{i−1} + 37·e_{i−2} − 9·e_{i−3})/24        and lower orders at the start
    x_t' = √(ᾱ'/ᾱ)·x_t − (ᾱ' − ᾱ)·e/(ᾱ·√(1 − ᾱ') + √(ᾱ·(1 − ᾱ)·ᾱ'))

The first step is taken twice, the second time from the kept sample with the mean of the slopes at
both ends (PLMS in latent-diffusion, by K. Crowson): n steps make n + 1 evaluations.

diffusers extrapolates the network's outputs as they are and makes an ε of the result, so a network
that predicts v has its v extrapolated. It steps by ⌊T/n⌋, as in `ddim`. We follow it in both, and
treat networks that predict the sample, which it refuses, in the same way. Two things differ:

- ᾱ_T = 0 becomes 2⁻²⁴, where diffusers' class ignores `rescale_betas_zero_snr` and so samples with
  other levels than the network was trained on.
- Image-to-image starts where the other samplers start, with its first step taken twice. diffusers
  cuts its list of timesteps, in which the second stands twice, as if it did not: the sample
  starts one step too noisy, and one step is never taken.
"""

import math
from collections.abc import Iterator

from inference.sampling.level import Level, to_epsilon, to_x0
from inference.sampling.options import fixed
from inference.sampling.sampler import Sampler
from inference.sampling.schedule import ALPHA_BAR_FLOOR, NoiseSchedule
from inference.sampling.table import (
    MAX_EVALUATIONS,
    Coefficients,
    Evaluation,
    Table,
    combine,
)

ADAMS_BASHFORTH = {
    1: (1.0,),
    2: (3 / 2, -1 / 2),
    3: (23 / 12, -16 / 12, 5 / 12),
    4: (55 / 24, -59 / 24, 37 / 24, -9 / 24),
}


def pndm(schedule: NoiseSchedule, steps: int, *, first: int = 0) -> Table:
    stride = schedule.train_steps // steps
    timesteps = schedule.whole_timesteps(steps)[first:]

    def evaluations() -> Iterator[Evaluation]:
        start, *rest = timesteps
        x = _transfer(schedule, start, start - stride, m=[1.0])
        yield _evaluate(schedule, start, x=x, y=combine(x=1.0), completes=not rest)
        for i, t in enumerate(rest, start=1):
            if i == 1:
                again = _transfer(schedule, t + stride, t, m=[0.5, 0.5], from_kept=True)
                yield _evaluate(schedule, t, x=again, y=combine(m=[0.0, 1.0]))
            weights = _weights(i + 1)
            x = _transfer(schedule, t, t - stride, m=weights[:-1], kept=weights[-1])
            yield _evaluate(schedule, t, x=x, y=combine(y=1.0))

    return Table.of(evaluations())


def _weights(order: int) -> list[float]:
    """On m_i, m_{i−1}, …, and last on the first prediction, which y keeps.

    The second evaluation is not one of the four, so the first prediction would be the fifth back.
    """
    if order <= 4:
        return list(ADAMS_BASHFORTH[order])
    return [*ADAMS_BASHFORTH[4], 0.0]


def _level(schedule: NoiseSchedule, t: int) -> Level:
    level = schedule.level(min(t, schedule.train_steps - 1))
    return level if level.alpha > 0.0 else Level.from_alpha_bar(ALPHA_BAR_FLOOR)


def _transfer(
    schedule: NoiseSchedule,
    t: int,
    t_next: int,
    *,
    m: list[float],
    kept: float = 0.0,
    from_kept: bool = False,
) -> Coefficients:
    """Equation 9 with e = Σ m[k]·m_{i−k} + kept·y, from x, or from the sample in y."""
    now, then = _level(schedule, t), _level(schedule, t_next)
    change = then.alpha**2 - now.alpha**2
    slope = -change / (now.alpha**2 * then.sigma + now.alpha * now.sigma * then.alpha)
    sample, output = to_epsilon(schedule.prediction_type, now)
    on_sample = math.sqrt(then.alpha**2 / now.alpha**2) + slope * sample
    on_output = slope * output
    return combine(
        x=0.0 if from_kept else on_sample,
        y=on_sample if from_kept else on_output * kept,
        m=[on_output * weight for weight in m],
    )


def _evaluate(
    schedule: NoiseSchedule, t: int, *, x: Coefficients, y: Coefficients, completes: bool = True
) -> Evaluation:
    return Evaluation(
        timestep=t,
        level=_level(schedule, t),
        predict=(0.0, 1.0),
        preview=to_x0(schedule.prediction_type, _level(schedule, t)),
        x=x,
        y=y,
        completes=completes,
    )


SAMPLER = Sampler(
    name="pndm",
    label="PNDM",
    description="The sampler that Stable Diffusion 1 came with: smooth, and it wants 50 steps.",
    scheduler="PNDMScheduler",
    build=pndm,
    defaults={"timestep_spacing": "leading", "set_alpha_to_one": False},
    fixed={"skip_prk_steps": fixed(True)},
    max_steps=lambda train_steps: min(train_steps, MAX_EVALUATIONS - 1),
)
