"""The samplers by name, and the door to them: `build_table`."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from inference.errors import InvalidRequest, shown
from inference.sampling.fields import Config, origin
from inference.sampling.options import read
from inference.sampling.sampler import Sampler
from inference.sampling.samplers import (
    ddim,
    ddpm,
    dpmpp_2m,
    dpmpp_2m_sde,
    euler,
    euler_ancestral,
    heun,
    lcm,
    pndm,
    unipc,
)
from inference.sampling.schedule import SIGMA_FIELDS, NoiseSchedule
from inference.sampling.table import Table

SAMPLERS: dict[str, Sampler] = {
    module.SAMPLER.name: module.SAMPLER
    for module in (
        dpmpp_2m,
        dpmpp_2m_sde,
        unipc,
        euler,
        euler_ancestral,
        heun,
        ddim,
        pndm,
        ddpm,
        lcm,
    )
}
"""In the order in which people are offered them."""


def build_table(
    sampler: str,
    config: Config,
    steps: int,
    *,
    strength: float = 1.0,
    karras: bool | None = None,
    zero_snr: bool | None = None,
) -> Table:
    """The table of `steps` steps with the named sampler, on the schedule in `config`.

    Args:
        sampler: A key of `SAMPLERS`.
        config: A diffusers `scheduler_config.json`, of whichever scheduler the model came with.
            Its noise schedule and spacing always hold; the options of a solver (its order, its
            type) hold where the configuration is of that solver, and as far as they are supported:
            `inference.sampling.scheduler` tells of the others.
        steps: How many steps the whole way from noise takes.
        strength: The part of the way that is gone, in (0, 1]: the last ⌊steps · strength⌋ steps.
        karras: Karras spacing of σ, or the plain one; None for what the configuration says.
        zero_snr: Whether the levels are rescaled to end in pure noise; None as above.

    Raises:
        InvalidRequest: No such sampler, or a value outside what it can do; `field` says which.
        UnsupportedConfig: The noise levels, or what the network predicts, are not known.
    """
    spec = _sampler(sampler)
    schedule = noise_schedule(sampler, config, karras=karras, zero_snr=zero_snr)
    _check_steps(spec, steps, schedule.train_steps)
    first = steps - _steps_gone(steps, strength)
    own = config if origin(config) in (spec.scheduler, *spec.twins, "") else {}
    options = read(spec.options, own, train_steps=schedule.train_steps)
    return spec.build(schedule, steps, first=first, **options)


def noise_schedule(
    sampler: str, config: Config, *, karras: bool | None = None, zero_snr: bool | None = None
) -> NoiseSchedule:
    """The schedule that `build_table` samples on; raises as it does."""
    spec = _sampler(sampler)
    if karras and not spec.has_karras:
        able = [name for name, other in SAMPLERS.items() if other.has_karras]
        raise InvalidRequest(
            f"Karras spacing must be asked of {_listed(able)}, got {sampler}; choose one of them, "
            "or leave Karras spacing out",
            field="karras spacing",
        )
    asked: dict[str, Any] = {}
    if karras is not None:
        asked |= dict.fromkeys(SIGMA_FIELDS, False) | {"use_karras_sigmas": karras}
    if zero_snr is not None:
        asked["rescale_betas_zero_snr"] = zero_snr
    schedule = NoiseSchedule.from_config({**config, **spec.forced, **asked}, defaults=spec.defaults)
    if schedule.sigma_spacing not in spec.sigma_spacings:
        schedule = replace(schedule, sigma_spacing=None)
    return schedule


def _sampler(name: str) -> Sampler:
    if name not in SAMPLERS:
        raise InvalidRequest(
            f"sampler must be one of {_listed(SAMPLERS)}, got {shown(name)}; choose one of them",
            field="sampler",
        )
    return SAMPLERS[name]


def most_steps(sampler: str, config: Config, *, at_most: int) -> int:
    """How many steps `build_table` takes with this sampler and model, up to `at_most`."""
    if _takes(sampler, config, at_most):
        return at_most
    low, high = 1, at_most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _takes(sampler, config, middle) else (low, middle)
    return low


def _takes(sampler: str, config: Config, steps: int) -> bool:
    try:
        build_table(sampler, config, steps)
    except InvalidRequest:
        return False
    return True


def _check_steps(spec: Sampler, steps: int, train_steps: int) -> None:
    most = spec.max_steps(train_steps)
    if not 1 <= steps <= most:
        raise InvalidRequest(
            f"steps must be 1 to {most} for {spec.label} with this model, got {steps}; "
            "20 is a good start",
            field="steps",
        )


def _steps_gone(steps: int, strength: float) -> int:
    """As diffusers' image-to-image pipelines count them."""
    if not (math.isfinite(strength) and 0.0 < strength <= 1.0):
        raise InvalidRequest(
            f"strength must be above 0 and at most 1, got {strength}; 0.6 is a good start",
            field="strength",
        )
    gone = min(int(steps * strength), steps)
    if gone < 1:
        raise InvalidRequest(
            f"strength × steps must be at least 1, got {strength} × {steps}; "
            "raise the strength or the steps",
            field="strength",
        )
    return gone


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
