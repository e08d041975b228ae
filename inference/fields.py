"""Fields of a request that are checked when it is made: each out of bounds is told in one sentence.

Each of these gives a validator for pydantic's `Annotated`; all raise InvalidRequest, and `picture`
InvalidImage. `name` is the field's as a person reads it.
"""

import math
from collections.abc import Mapping
from typing import Any

from PIL import Image
from pydantic import BeforeValidator

from inference.errors import InvalidImage, InvalidRequest, shown
from inference.images import read_image


def whole(name: str, low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> int:
        number = _number(value)
        if number is None or number != int(number) or not low <= number <= high:
            raise InvalidRequest(
                f"{name} must be a whole number from {low} to {high}, got {shown(value)}; "
                "choose one in that range",
                field=name,
            )
        return int(number)

    return BeforeValidator(check)


def real(name: str, low: float, high: float) -> BeforeValidator:
    def check(value: Any) -> float:
        number = _number(value)
        if number is None or not low <= number <= high:
            raise InvalidRequest(
                f"{name} must be a number from {low:g} to {high:g}, got {shown(value)}; "
                "choose one in that range",
                field=name,
            )
        return number

    return BeforeValidator(check)


def one_of(name: str, choices: tuple[int, ...]) -> BeforeValidator:
    def check(value: Any) -> int | None:
        number = None if value is None else _number(value)
        if value is not None and number not in choices:
            raise InvalidRequest(
                f"{name} must be one of {', '.join(map(str, choices))}, got {shown(value)}; "
                "choose one of them",
                field=name,
            )
        return None if number is None else int(number)

    return BeforeValidator(check)


def yes_or_no(name: str) -> BeforeValidator:
    def check(value: Any) -> bool | None:
        if not isinstance(value, bool | None):
            raise InvalidRequest(
                f"{name} must be yes or no, or left to the model, got {shown(value)}; choose one",
                field=name,
            )
        return value

    return BeforeValidator(check)


def text(name: str, most: int) -> BeforeValidator:
    def check(value: Any) -> str:
        if not isinstance(value, str) or len(value) > most:
            got = f"{len(value):,} characters" if isinstance(value, str) else shown(value)
            raise InvalidRequest(
                f"{name} must be a text of at most {most:,} characters, got {got}; shorten it",
                field=name,
            )
        odd = next((c for c in value if c == "\0" or "\ud800" <= c <= "\udfff"), None)
        if odd is not None:
            raise InvalidRequest(
                f"{name} must be a text of characters, got U+{ord(odd):04X} at place "
                f"{value.index(odd) + 1}, which is none; write it anew without",
                field=name,
            )
        return value

    return BeforeValidator(check)


def numbers(name: str, most: int) -> BeforeValidator:
    def check(value: Any) -> dict[str, int | float]:
        given = value if isinstance(value, Mapping) else {"": value}
        named = all(isinstance(one, str) and 0 < len(one) <= 40 for one in given)
        if not named or len(given) > most or None in map(_number, given.values()):
            raise InvalidRequest(
                f"{name} must be up to {most} numbers by name, got {shown(value)}; "
                "leave out what is none",
                field=name,
            )
        return dict(given)

    return BeforeValidator(check)


def picture(name: str) -> BeforeValidator:
    def check(value: Any) -> Image.Image:
        if value is None:
            raise InvalidImage(
                f"{name} must be a picture, got none; upload or draw one", field=name
            )
        return read_image(value, field=name)

    return BeforeValidator(check)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None
