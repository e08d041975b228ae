"""Annotator settings: the numbers that a picture is read with, each with its bounds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.errors import InvalidRequest, shown

Number = int | float


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A number from `low` to `high`, `default` unless it is given.

    `name` is what pictures and requests call it, `called` what sentences do; `step` is that of a
    slider, and a whole one means whole numbers.
    """

    name: str
    called: str
    low: Number
    high: Number
    step: Number
    default: Number

    def read(self, value: Any) -> Number:
        """The number. Raises InvalidRequest."""
        is_whole = self.step == int(self.step)
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        if number is not None and self.low <= number <= self.high and math.isfinite(number):
            if not is_whole:
                return float(number)
            if number == int(number):
                return int(number)
        raise InvalidRequest(
            f"{self.called} must be a {'whole ' if is_whole else ''}number from {self.low:g} to "
            f"{self.high:g}, got {shown(value)}; choose one in that range",
            field=self.called,
        )


def read_settings(
    known: Sequence[Setting], given: Mapping[str, Any], *, of: str
) -> dict[str, Number]:
    """Those that are given, checked; None is as if it were not. `of` names the annotator.

    Raises InvalidRequest, for one that it has not as well.
    """
    by_name = {setting.name: setting for setting in known}
    for name in given:
        if name not in by_name:
            has = ", ".join(by_name) or "none"
            raise InvalidRequest(
                f"a setting of {of} must be one of {has}, got {shown(name)}; leave it out",
                field="annotator settings",
            )
    return {name: by_name[name].read(value) for name, value in given.items() if value is not None}
