"""Options of a scheduler that change how it samples, and not what its network means.

A value that is not supported never stops a model: the option is then as if it were absent, and
`left_out` tells, so that people can be told.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from inference.sampling.fields import Config


@dataclass(frozen=True)
class Option:
    """A field of a `scheduler_config.json`: its value where it is absent, and which it may have.

    `fits(value, T)` knows the number of training steps.
    """

    default: Any
    fits: Callable[[Any, int], bool]


Options = Mapping[str, Option]


def one_of(*values: Any) -> Option:
    """One of these, the first where it is absent."""
    return Option(values[0], lambda got, _: any(got is v or _same(got, v) for v in values))


def switch(default: bool) -> Option:
    """True or false."""
    return Option(default, lambda got, _: isinstance(got, bool))


def fixed(value: Any) -> Option:
    """What is always done; any other value is left out."""
    return one_of(value)


def read(options: Options, config: Config, *, train_steps: int) -> dict[str, Any]:
    """The value of every option: as it is configured, or its default."""
    return {
        field: config[field]
        if config.get(field) is not None and option.fits(config[field], train_steps)
        else option.default
        for field, option in options.items()
    }


def left_out(options: Options, config: Config, *, train_steps: int) -> dict[str, Any]:
    """The configured values that are not supported, by field; `null` counts as absent."""
    return {
        field: config[field]
        for field, option in options.items()
        if config.get(field) is not None and not option.fits(config[field], train_steps)
    }


def is_whole(got: Any) -> bool:
    return isinstance(got, int) and not isinstance(got, bool)


def is_number(got: Any) -> bool:
    """A finite number whose square is finite as well."""
    try:
        return isinstance(got, int | float) and not isinstance(got, bool) and abs(got) < 1e15
    except OverflowError:
        return False


def _same(got: Any, value: Any) -> bool:
    """Equal, and of one kind: true is not 1."""
    if isinstance(value, bool) or isinstance(got, bool):
        return got is value
    if isinstance(value, float) and math.isinf(value) and isinstance(got, str):
        return got.lower() == f"{value}"  # how some writers of JSON spell it
    return got == value
