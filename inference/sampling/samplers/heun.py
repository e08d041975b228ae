"""Heun's method on the probability-flow ODE (Karras et al. 2022, arXiv 2206.00364, alg. 1).

    d  = (x − x0)/σ               x' = x + (σ' − σ)·d             the predictor, an Euler step
    d' = (x' − x0')/σ'            x'' = x + (σ' − σ)·(d + d')/2   the corrector, from the kept x

The last step goes to σ' = 0, where there is no slope, so it has no corrector: n steps make 2n − 1
evaluations. Rows are written in x0, not in d: of a schedule that begins at σ = 4096, (σ' − σ)·d
all but cancels x, and float32 would keep only four digits of x'.
"""

from collections.abc import Iterator

from inference.sampling.level import Level, to_x0
from inference.sampling.options import fixed
from inference.sampling.sampler import KARRAS_AND_OTHERS, Sampler
from inference.sampling.samplers.euler import initial_noise
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.table import MAX_EVALUATIONS, Coefficients, Evaluation, Table, combine


def heun(schedule: NoiseSchedule, steps: int, *, first: int = 0) -> Table:
    timesteps, sigmas = schedule.sampling_sigmas(steps)

    def evaluations() -> Iterator[Evaluation]:
        for i in range(first, steps):
            sigma, sigma_next = float(sigmas[i]), float(sigmas[i + 1])
            last = i + 1 == steps
            ratio = sigma_next / sigma
            predicted = combine(x=ratio, m=[1.0 - ratio])
            yield _evaluate(
                schedule, timesteps[i], sigma, x=predicted, y=combine(x=1.0), completes=last
            )
            if not last:
                here, there = (ratio - 1.0) / 2, (1.0 - 1.0 / ratio) / 2
                corrected = combine(x=there, y=1.0 + here, m=[-there, -here])
                yield _evaluate(schedule, timesteps[i + 1], sigma_next, x=corrected, y=combine())

    return Table.of(
        evaluations(),
        init_noise_sigma=initial_noise(schedule, float(sigmas.max())),
    )


def _evaluate(
    schedule: NoiseSchedule,
    timestep: float,
    sigma: float,
    *,
    x: Coefficients,
    y: Coefficients,
    completes: bool = True,
) -> Evaluation:
    level = Level.from_ratio(sigma)
    x0 = to_x0(schedule.prediction_type, level, scale_in=level.alpha)
    return Evaluation(
        timestep=float(timestep),
        level=(1.0, sigma),
        scale_in=level.alpha,
        predict=x0,
        preview=x0,
        x=x,
        y=y,
        completes=completes,
    )


SAMPLER = Sampler(
    name="heun",
    label="Heun",
    description="Looks twice at every step: accurate with few steps, and each takes twice as long.",
    scheduler="HeunDiscreteScheduler",
    build=heun,
    defaults={"timestep_spacing": "linspace"},
    forced={"final_sigmas_type": "zero"},
    fixed={"clip_sample": fixed(False)},
    sigma_spacings=KARRAS_AND_OTHERS,
    max_steps=lambda train_steps: min(train_steps, (MAX_EVALUATIONS + 1) // 2),
)
