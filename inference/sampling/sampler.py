"""What the catalogue knows about a sampler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from inference.sampling.options import Options
from inference.sampling.table import MAX_EVALUATIONS, Table


def every_train_step(train_steps: int) -> int:
    """The largest number of steps, where each makes one evaluation."""
    return min(train_steps, MAX_EVALUATIONS)


KARRAS_AND_OTHERS = ("karras", "exponential", "beta")


@dataclass(frozen=True)
class Sampler:
    """A sampler, how it is called, and how it reads a scheduler configuration.

    `build(schedule, steps, *, first, **options)` makes its table, of the steps from `first` on.
    """

    name: str
    label: str
    description: str
    """One line, for the person who chooses."""
    scheduler: str
    """diffusers' class for it."""
    build: Callable[..., Table]
    twins: tuple[str, ...] = ()
    """Other classes of diffusers that sample in the same way."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What diffusers' class takes for fields of the noise schedule that a configuration lacks."""
    forced: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the noise schedule that diffusers' class does not read, and what it does."""
    fixed: Options = field(default_factory=dict)
    """Fields of diffusers' class that change the result, each with the only value supported.

    Absent means that value, even for `clip_sample` and `skip_prk_steps`, where diffusers' classes
    mean the opposite: they were written for pixels, and latents are not bounded by 1.
    """
    options: Options = field(default_factory=dict)
    """The keywords of `build`, which a configuration of diffusers' class for this very sampler
    sets."""
    sigma_spacings: tuple[str, ...] = ()
    """The keys of `spacing.SIGMAS` that it can follow."""
    max_steps: Callable[[int], int] = every_train_step
    """The largest number of steps for T training steps."""

    @property
    def has_karras(self) -> bool:
        return "karras" in self.sigma_spacings
