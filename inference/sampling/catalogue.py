"""The samplers by name, and the door to them: `build_table`."""

import math
from collections.abc import Iterable
from dataclasses import replace

from inference.errors import InvalidRequest
from inference.sampling.fields import Config, refuse, require
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
from inference.sampling.schedule import NoiseSchedule
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

_ALGORITHMS = {"dpmsolver++": "dpmpp_2m", "sde-dpmsolver++": "dpmpp_2m_sde"}
_CLASSES = {s.scheduler: s.name for s in SAMPLERS.values() if s.name != "dpmpp_2m_sde"}


def default_sampler(config: Config) -> str:
    """The name of the sampler that a `scheduler_config.json` is of.

    Raises:
        UnsupportedConfig: It is of a class, or an algorithm of DPM-Solver, that is not here.
    """
    origin = _origin(config)
    if origin not in _CLASSES:
        raise refuse(
            "_class_name", config.get("_class_name"), expected=f"one of {_listed(_CLASSES)}"
        )
    if origin == SAMPLERS["dpmpp_2m"].scheduler:
        algorithm = str(config.get("algorithm_type") or "dpmsolver++")
        if algorithm not in _ALGORITHMS:
            raise refuse("algorithm_type", algorithm, expected=f"one of {_listed(_ALGORITHMS)}")
        return _ALGORITHMS[algorithm]
    return _CLASSES[origin]


def build_table(
    sampler: str,
    config: Config,
    steps: int,
    *,
    strength: float = 1.0,
) -> Table:
    """The table of `steps` steps with the named sampler, on the schedule in `config`.

    Args:
        sampler: A key of `SAMPLERS`.
        config: A diffusers `scheduler_config.json`, of whichever scheduler the model came with.
            Its noise schedule and spacing always hold; the options of a solver (its order, its
            type) hold where the configuration is of that solver.
        steps: How many steps the whole way from noise takes.
        strength: The part of the way that is gone, in (0, 1]: the last ⌊steps · strength⌋ steps.

    Raises:
        InvalidRequest: No such sampler, or a value outside what it can do; `field` says which.
        UnsupportedConfig: A field of `config` that changes the result and is not supported.
    """
    spec = _sampler(sampler)
    require(config, spec.fixed)
    schedule = NoiseSchedule.from_config({**config, **spec.forced}, defaults=spec.defaults)
    if not spec.has_karras:
        schedule = replace(schedule, use_karras_sigmas=False)
    _check_steps(spec, steps, schedule.train_steps)
    first = steps - _steps_gone(steps, strength)
    own = _origin(config) in (spec.scheduler, "")
    options = spec.read_options(config if own else {})
    return spec.build(schedule, steps, first=first, **options)


def _sampler(name: str) -> Sampler:
    if name not in SAMPLERS:
        raise InvalidRequest(
            f"sampler must be one of {_listed(SAMPLERS)}, got {name!r}; choose one of them",
            field="sampler",
        )
    return SAMPLERS[name]


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


def _origin(config: Config) -> str:
    """diffusers' class, without the prefix of its old Flax twin; "" where `config` is silent."""
    return str(config.get("_class_name") or "").removeprefix("Flax")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
