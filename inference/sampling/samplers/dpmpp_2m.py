"""DPM-Solver++(2M), multistep and of second order (Lu et al. 2022, arXiv 2211.01095, alg. 2).

From s to t, on the predictions at s and at s' before it, with h = λ_t − λ_s:

    D0 = x0_s        D1 = (x0_s − x0_{s'})/r        r = (λ_s − λ_{s'})/h

    x_t = (σ_t/σ_s)·x_s − α_t·(e^{−h} − 1)·(D0 + ½·D1)                       "midpoint"
    x_t = (σ_t/σ_s)·x_s − α_t·(e^{−h} − 1)·D0 + α_t·((e^{−h} − 1)/h + 1)·D1   "heun"

The first step has no D1, and with `solver_order` 1 none has. Neither has the last where it ends at
no noise (h = ∞), where the configuration asks for it (`euler_at_final`), or where there are fewer
than 15 steps (`lower_order_final`); those 15 are counted before image-to-image leaves any out.
"""

from collections.abc import Iterator

import numpy as np

from inference.sampling.level import Level, to_x0
from inference.sampling.options import fixed, one_of, switch
from inference.sampling.sampler import KARRAS_AND_OTHERS, Sampler
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine

SOLVER_TYPES = ("midpoint", "heun")
FEW_STEPS = 15


def dpmpp_2m(
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
            x, m = _update(levels[i], levels[i + 1], None if plain else levels[i - 1], solver_type)
            yield Evaluation(
                timestep=float(timesteps[i]),
                level=levels[i],
                predict=x0,
                preview=x0,
                x=combine(x=x, m=m),
                y=combine(),
            )

    return Table.of(evaluations())


def _update(
    s: Level, t: Level, before: Level | None, solver_type: str
) -> tuple[float, list[float]]:
    """Coefficients of x_s, and of x0_s and x0_{s'}."""
    h = t.log_snr - s.log_snr
    d0 = -t.alpha * float(np.expm1(-h))
    if before is None or h == 0.0:
        return t.sigma / s.sigma, [d0]
    r = float((s.log_snr - before.log_snr) / h)
    d1 = d0 / 2 if solver_type == "midpoint" else t.alpha * float(np.expm1(-h) / h + 1.0)
    return t.sigma / s.sigma, [d0 + d1 / r, -d1 / r]


def ends_in_first_order(
    schedule: NoiseSchedule, steps: int, *, lower_order_final: bool, euler_at_final: bool
) -> bool:
    """Whether the last step has no second-order term."""
    return (
        euler_at_final
        or (lower_order_final and steps < FEW_STEPS)
        or schedule.final_sigmas_type == "zero"
    )


def solver_steps(train_steps: int) -> int:
    """n + 1 distinct timesteps are needed for n steps."""
    return train_steps - 1


DPM_SOLVER_OPTIONS = {
    "solver_order": one_of(2, 1),
    "solver_type": one_of(*SOLVER_TYPES),
    "lower_order_final": switch(True),
    "euler_at_final": switch(False),
}

DPM_SOLVER_FIXED = {
    "thresholding": fixed(False),
    "lambda_min_clipped": fixed(float("-inf")),
    "variance_type": fixed(None),
    "use_dynamic_shifting": fixed(False),
}

DPM_SOLVER_SPACINGS = (*KARRAS_AND_OTHERS, "lu")

SAMPLER = Sampler(
    name="dpmpp_2m",
    label="DPM++ 2M",
    description="Sharp, detailed pictures in 15 to 25 steps: a good first choice.",
    scheduler="DPMSolverMultistepScheduler",
    build=dpmpp_2m,
    defaults={"timestep_spacing": "linspace"},
    fixed={**DPM_SOLVER_FIXED, "algorithm_type": fixed("dpmsolver++")},
    options=DPM_SOLVER_OPTIONS,
    sigma_spacings=DPM_SOLVER_SPACINGS,
    max_steps=solver_steps,
)
