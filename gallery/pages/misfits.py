"""Requests that do not fit their form, in sentences: what was expected, what came, what to do."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gallery.errors import Invalid

SHOWN = 60
"""Characters of what came."""


def misfit(error: Mapping[str, Any], *, for_program: bool) -> Invalid:
    """One of pydantic's errors. A program is sent to the page that says what to send."""
    place, *path = error["loc"]
    expected = "a JSON object was expected, got"
    fix = "correct it, as /api/docs shows" if for_program else "correct it and send it again"
    if error["type"] == "json_invalid":
        why = f"{error['ctx']['error']}, at character {path[0]}"
        return Invalid(f"{expected} something else ({why}); {fix}", field=place)
    if not path:
        return Invalid(f"{expected} {_kind(error['input'])}; {fix}", field=place)
    field = ".".join(map(str, path))
    return Invalid(f"{_sentence(error, field)}; {fix}", field=field)


def _sentence(error: Mapping[str, Any], field: str) -> str:
    came = error["input"]
    match error["type"]:
        case "missing":
            return f"“{field}” must be there, got {_kind(came)}"
        case "extra_forbidden":
            return f"“{field}” is unknown here, got {_short(came)}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"“{field}” should be a JSON object, got {_kind(came)}"
    wanted = re.sub(r"^\w+ should ", "should ", error["msg"])
    if not wanted.startswith("should "):
        wanted = f"is not right ({wanted.removeprefix('Value error, ')})"
    return f"“{field}” {wanted}, got {_short(came)}"


def _kind(came: object) -> str:
    """What came in a form's place, without the whole of it."""
    match came:
        case None:
            return "nothing"
        case dict():
            names = ", ".join(f"“{_short(name)}”" for name in [*came][:8])
            return f"an object with {names}" if came else "an empty object"
        case list():
            return "a list"
        case bytes():
            return "a body that does not say Content-Type: application/json"
    return _short(came)


def _short(came: object) -> str:
    text = came if isinstance(came, str) else json.dumps(came, default=str, ensure_ascii=False)
    return (text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…") or "nothing"
