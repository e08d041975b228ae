"""Multistep sampling of a latent consistency model (Luo et al. 2023, arXiv 2310.04378).

The network's x0 is tied to x at t = 0 by the boundary condition (Song et al. 2023,
arXiv 2303.01469, eq. 5), with σ_data = ½ and s = `timestep_scaling`:

    f = c_skip·x + c_out·x0        c_skip = σ_data²/((s·t)² + σ_data²)
                                   c_out  = s·t/√((s·t)² + σ_data²)
    x_{t'} = α_{t'}·f + σ_{t'}·ξ      and x = f after the last

The timesteps are drawn from the `original_inference_steps` that the model was distilled with; the
configured spacing and offset play no part.
"""

import math

import numpy as np

from inference.errors import InvalidRequest
from inference.sampling.level import Level, to_x0
from inference.sampling.options import Option, fixed, is_number, is_whole
from inference.sampling.sampler import Sampler
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import Evaluation, Table, combine

SIGMA_DATA = 0.5


def lcm(
    schedule: NoiseSchedule,
    steps: int,
    *,
    first: int = 0,
    original_inference_steps: int = 50,
    timestep_scaling: float = 10.0,
) -> Table:
    original_inference_steps = min(original_inference_steps, schedule.train_steps)
    if steps > original_inference_steps:
        raise InvalidRequest(
            f"steps must be 1 to {original_inference_steps} for LCM with this model, got {steps}; "
            "use 4 to 8 steps, or another sampler",
            field="steps",
        )
    distilled = _distilled_timesteps(schedule.train_steps, original_inference_steps)
    picked = np.floor(np.linspace(0, len(distilled), steps, endpoint=False)).astype(int)
    timesteps = [int(t) for t in distilled[picked]][first:]
    levels = [schedule.level(t) for t in timesteps]
    return Table.of(
        (
            _step(schedule, t, now, then, scaled=t * timestep_scaling)
            for t, now, then in zip(timesteps, levels, [*levels[1:], None], strict=True)
        )
    )


def _distilled_timesteps(train_steps: int, distilled_steps: int) -> np.ndarray:
    """The timesteps of distillation, descending from the last."""
    stride = train_steps // distilled_steps
    return np.arange(distilled_steps, 0, -1) * stride - 1


def _step(
    schedule: NoiseSchedule, t: int, now: Level, then: Level | None, *, scaled: float
) -> Evaluation:
    norm = scaled**2 + SIGMA_DATA**2
    c_skip, c_out = SIGMA_DATA**2 / norm, scaled / math.sqrt(norm)
    alpha, sigma = then or Level(1.0, 0.0)
    x0 = to_x0(schedule.prediction_type, now)
    return Evaluation(
        timestep=t,
        level=now,
        predict=x0,
        preview=x0,
        x=combine(x=alpha * c_skip, m=[alpha * c_out], noise=sigma),
        y=combine(),
    )


SAMPLER = Sampler(
    name="lcm",
    label="LCM",
    description="For latent consistency models alone: pictures in 1 to 8 steps.",
    scheduler="LCMScheduler",
    build=lcm,
    fixed={"clip_sample": fixed(False), "thresholding": fixed(False)},
    options={
        "original_inference_steps": Option(
            50, lambda got, train_steps: is_whole(got) and 1 <= got <= train_steps
        ),
        "timestep_scaling": Option(10.0, lambda got, _: is_number(got)),
    },
)
