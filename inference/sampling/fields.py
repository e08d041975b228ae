"""Typed reading of a `scheduler_config.json`: a field is absent, as expected, or an error by name.

`null` counts as absent, as it does in diffusers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from inference.errors import UnsupportedConfig

Config = Mapping[str, Any]

HUGE = 1e15
"""No field is anywhere near it; the squares of smaller numbers are finite."""


def refuse(field: str, got: object, *, expected: str) -> UnsupportedConfig:
    """The error for `field`; the caller raises it."""
    return UnsupportedConfig(field, got, expected=expected, where="scheduler_config.json")


def origin(config: Config) -> str:
    """diffusers' class, without the prefix of its old Flax twin; "" where `config` is silent."""
    return str(config.get("_class_name") or "").removeprefix("Flax")


def integer(config: Config, field: str, default: int, *, at_least: int) -> int:
    got = config.get(field)
    if got is None:
        return default
    if isinstance(got, bool) or not isinstance(got, int) or got < at_least:
        raise refuse(field, got, expected=f"a whole number of at least {at_least}")
    return got


def number(config: Config, field: str, default: float) -> float:
    got = config.get(field)
    if got is None:
        return default
    if isinstance(got, bool) or not isinstance(got, int | float) or not -HUGE < got < HUGE:
        raise refuse(field, got, expected="a finite number")
    return float(got)


def choice(config: Config, field: str, default: str, choices: Sequence[str]) -> str:
    got = config.get(field)
    if got is None:
        return default
    if got not in choices:
        raise refuse(field, got, expected="one of " + ", ".join(choices))
    return got
