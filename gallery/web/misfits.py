"""Validation errors in sentences: what was expected, what came, what to do."""

from collections.abc import Mapping
from typing import Any

from gallery.errors import Invalid
from gallery.refusals import came, expected, kind_of, place, short


def misfit(error: Mapping[str, Any], *, for_program: bool) -> Invalid:
    """One of pydantic's errors. A program is sent to the page that says what to send."""
    part, *path = error["loc"]
    wanted = "a JSON object was expected, got"
    fix = "correct it, as /api/docs shows" if for_program else "correct it and send it again"
    if error["type"] == "json_invalid":
        why = f"{error['ctx']['error']}, at character {path[0]}"
        return Invalid(f"{wanted} something else ({why}); {fix}", field=part)
    if not path and error["type"] == "string_unicode":  # a name that is no text
        name = short(error["input"])
        return Invalid(f"“{name}” is unknown here; {fix}", field=name)
    if not path:
        return Invalid(f"{wanted} {kind_of(error['input'])}; {fix}", field=part)
    field = place(error, after=1)
    return Invalid(f"“{field}” {expected(error)}, got {came(error)}; {fix}", field=field)
