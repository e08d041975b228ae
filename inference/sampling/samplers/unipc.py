"""UniPC, the unified predictor and corrector, on x0 (Zhao et al. 2023, arXiv 2302.04867).

Both solve from s to t, with h = λ_t − λ_s, over the differences D_k = x0_{s_k} − x0_s of other
predictions, which are at r_k = (λ_{s_k} − λ_s)/h:

    x_t = (σ_t/σ_s)·x_s − α_t·(e^{−h} − 1)·x0_s − α_t·B(h)·Σ_k ρ_k·D_k/r_k

The corrector counts the prediction at t among them (r = 1), the predictor does not. ρ solves
R·ρ = b, the condition for the order, but is ½ where it is a single number. B(h) is −h ("bh1") or
e^{−h} − 1 ("bh2").

An evaluation at t corrects the sample that its network was given, starting from the kept sample y
(the corrected one at s), and predicts the next. The corrected sample is never evaluated again.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from inference.sampling.level import Level, to_x0
from inference.sampling.options import Option, fixed, is_whole, one_of, switch
from inference.sampling.sampler import KARRAS_AND_OTHERS, Sampler
from inference.sampling.samplers.dpmpp_2m import solver_steps
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine

MAX_ORDER = 3


def unipc(
    schedule: NoiseSchedule,
    steps: int,
    *,
    first: int = 0,
    solver_order: int = 2,
    solver_type: str = "bh2",
    lower_order_final: bool = True,
    disable_corrector: Sequence[int] = (),
) -> Table:
    """The order rises from 1 as predictions come in, and falls to 1 with `lower_order_final`.

    Without `lower_order_final`, diffusers divides by h in a last step to no noise (h = ∞) or to
    nowhere (h = 0) and yields NaN; ours is of first order there. With Karras spacing, "sigma_min"
    and one step, diffusers ends at the level that it starts at; ours at that of timestep 0.
    """
    timesteps, sigmas = schedule.solver_sigmas(steps)
    levels = [Level.from_ratio(float(sigma)) for sigma in sigmas]

    def order_at(i: int) -> int:
        left = steps - i if lower_order_final else MAX_ORDER
        if i + 1 == steps and sigmas[i + 1] in (0.0, sigmas[i]):
            left = 1
        return min(solver_order, left, i - first + 1)

    def evaluations() -> Iterator[Evaluation]:
        for i in range(first, steps):
            x0 = to_x0(schedule.prediction_type, levels[i])
            corrected = combine(x=1.0)
            if i > first and i - 1 not in disable_corrector:
                earlier = [levels[i - 1 - k] for k in range(1, order_at(i - 1))]
                x, m = _update(levels[i - 1], levels[i], earlier, solver_type, corrector=True)
                corrected = combine(y=x, m=m)
            earlier = [levels[i - k] for k in range(1, order_at(i))]
            x, m = _update(levels[i], levels[i + 1], earlier, solver_type, corrector=False)
            yield Evaluation(
                timestep=float(timesteps[i]),
                level=levels[i],
                predict=x0,
                preview=x0,
                x=x * corrected + combine(m=m),
                y=corrected,
            )

    return Table.of(evaluations())


def _update(
    s: Level, t: Level, earlier: Sequence[Level], solver_type: str, *, corrector: bool
) -> tuple[float, list[float]]:
    """Coefficients of x_s, and of the predictions, newest first: (at t,) at s, at `earlier`."""
    h = float(t.log_snr - s.log_snr)
    ratios = [float(level.log_snr - s.log_snr) / h for level in earlier]
    if corrector:
        ratios.append(1.0)
    b_h = -h if solver_type == "bh1" else float(np.expm1(-h))
    weights = [
        -t.alpha * b_h * rho / r for rho, r in zip(_rho(h, ratios, b_h), ratios, strict=True)
    ]
    at_s = -t.alpha * float(np.expm1(-h)) - sum(weights)
    at_t = [weights.pop()] if corrector else []
    return t.sigma / s.sigma, [*at_t, at_s, *weights]


def _rho(h: float, ratios: list[float], b_h: float) -> Float[np.ndarray, "k"]:
    """ρ of the system R·ρ = b: R_{jk} = r_k^{j−1}, b_j = j!·φ_{j+1}(−h)·(−h)/B(h)."""
    if len(ratios) < 2:
        return np.full(len(ratios), 0.5)
    powers = np.vander(ratios, increasing=True).T
    right = np.empty(len(ratios))
    phi, factorial = np.expm1(-h) / -h - 1.0, 1.0
    for j in range(len(ratios)):
        right[j] = phi * factorial / b_h
        factorial *= j + 2
        phi = phi / -h - 1.0 / factorial
    return np.linalg.solve(powers, right)


SAMPLER = Sampler(
    name="unipc",
    label="UniPC",
    description="Corrects itself as it goes: good pictures in as few as 10 steps.",
    scheduler="UniPCMultistepScheduler",
    build=unipc,
    defaults={"timestep_spacing": "linspace"},
    fixed={
        "thresholding": fixed(False),
        "predict_x0": fixed(True),
        "solver_p": fixed(None),
        "use_dynamic_shifting": fixed(False),
        "sigma_min": fixed(None),
        "sigma_max": fixed(None),
        "shift_terminal": fixed(None),
    },
    options={
        "solver_order": one_of(2, 1, MAX_ORDER),
        "solver_type": one_of("bh2", "bh1"),
        "lower_order_final": switch(True),
        "disable_corrector": Option(
            (), lambda got, _: isinstance(got, list) and all(map(is_whole, got))
        ),
    },
    sigma_spacings=KARRAS_AND_OTHERS,
    max_steps=solver_steps,
)
