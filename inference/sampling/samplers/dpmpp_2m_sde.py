"""SDE-DPM-Solver++(2M): `dpmpp_2m` for the reverse SDE (Lu et al. 2022, arXiv 2211.01095).

With h, D0 and D1 as in `dpmpp_2m`:

    x_t = (σ_t/σ_s)·e^{−h}·x_s + α_t·(1 − e^{−2h})·(D0 + ½·D1) + σ_t·√(1 − e^{−2h})·ξ

and for "heun" α_t·((1 − e^{−2h})/(−2h) + 1) as the coefficient of D1. The last step is one of first
order for the same reasons as there.
"""

import math
from collections.abc import Iterator

import numpy as np

from inference.sampling.level import Level, to_x0
from inference.sampling.options import fixed
from inference.sampling.sampler import Sampler
from inference.sampling.samplers.dpmpp_2m import (
    DPM_SOLVER_FIXED,
    DPM_SOLVER_OPTIONS,
    DPM_SOLVER_SPACINGS,
    ends_in_first_order,
    solver_steps,
)
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Coefficients, Evaluation, Table, combine


def dpmpp_2m_sde(
    schedule: NoiseSchedule,
    steps: int,
    *,
    first: int = 0,
    solver_order: int = 2,
    solver_type: str = "midpoint",
    lower_order_final: bool = True,
    euler_at_final: bool = False,
) -> Table:
    timesteps, sigmas = schedule.solver_sigmas(steps)
    levels = [Level.from_ratio(float(sigma)) for sigma in sigmas]
    plain_end = ends_in_first_order(
        schedule, steps, lower_order_final=lower_order_final, euler_at_final=euler_at_final
    )

    def evaluations() -> Iterator[Evaluation]:
        for i in range(first, steps):
            x0 = to_x0(schedule.prediction_type, levels[i])
            plain = solver_order == 1 or i == first or (plain_end and i + 1 == steps)
            yield Evaluation(
                timestep=float(timesteps[i]),
                level=levels[i],
                predict=x0,
                preview=x0,
                x=_update(levels[i], levels[i + 1], None if plain else levels[i - 1], solver_type),
                y=combine(),
            )

    return Table.of(evaluations())


def _update(s: Level, t: Level, before: Level | None, solver_type: str) -> Coefficients:
    h = t.log_snr - s.log_snr
    decay = float(np.exp(-h))
    fresh = -float(np.expm1(-2.0 * h))
    x, noise = t.sigma / s.sigma * decay, t.sigma * math.sqrt(fresh)
    d0 = t.alpha * fresh
    if before is None or h == 0.0:
        return combine(x=x, m=[d0], noise=noise)
    r = float((s.log_snr - before.log_snr) / h)
    d1 = d0 / 2 if solver_type == "midpoint" else t.alpha * float(1.0 - fresh / (2.0 * h))
    return combine(x=x, m=[d0 + d1 / r, -d1 / r], noise=noise)


SAMPLER = Sampler(
    name="dpmpp_2m_sde",
    label="DPM++ 2M SDE",
    description="DPM++ 2M with fresh noise at every step: more texture, from 25 steps on.",
    scheduler="DPMSolverMultistepScheduler",
    build=dpmpp_2m_sde,
    defaults={"timestep_spacing": "linspace"},
    fixed={**DPM_SOLVER_FIXED, "algorithm_type": fixed("sde-dpmsolver++")},
    options=DPM_SOLVER_OPTIONS,
    sigma_spacings=DPM_SOLVER_SPACINGS,
    max_steps=solver_steps,
)
