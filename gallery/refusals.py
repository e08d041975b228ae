"""Validation errors in words for people: what was expected, what came, what to do.

Pydantic's own sentences speak of its classes ("Input should be a valid tuple"), and its places name
the validators that it passed. Nothing of either gets out: a kind of error that is not known here is
told in general words.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from gallery.names import isolated

SHOWN = 60
"""Characters of what came."""
NAME = re.compile(r"[\w-]+")
REPO_ID = r"^[\w.-]{1,96}(/[\w.-]{1,96})?$"
"""`owner/name` on the Hub; its oldest models have a name alone."""
SPACE_ID = r"^[\w.-]{1,96}/[\w.-]{1,96}$"
DIGEST = r"^[0-9a-f]{64}$"
"""Of a stored picture."""
ADDRESS = r"^https?://[^\s/]\S*$"
NO_ADDRESS = r"^(https?://[^\s/]\S*)?$"
"""An address, or an empty text."""
SHAPES = {
    REPO_ID: "owner/name, as in huggingface.co/owner/name",
    SPACE_ID: "owner/name, as in huggingface.co/spaces/owner/name",
    DIGEST: "the digest of a picture that was uploaded here",
    ADDRESS: "an address that begins with https://",
    NO_ADDRESS: "an address that begins with https://, or empty",
}
"""What a text of each pattern looks like."""

Error = ErrorDetails | Mapping[str, Any]


def place(error: Error, *, after: int = 0) -> str:
    """`("content", "links", 0, "url")` is `content.links.0.url`, as one writes it.

    The first `after` parts are left out, and so is what is no name, unless somebody sent it as one:
    that is a validator's note to itself.
    """
    *above, last = error["loc"][after:]
    names = [str(part) for part in above if NAME.fullmatch(str(part))]
    is_theirs = error["type"] == "extra_forbidden"
    return ".".join([*names, short(str(last))] if is_theirs or NAME.fullmatch(str(last)) else names)


def expected(error: Error) -> str:
    """What must hold, to complete "“title” …"."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "must be there"
        case "extra_forbidden":
            return "is unknown here"
        case "string_type" | "string_sub_type" | "string_unicode":
            return "must be text"
        case "string_too_short" | "too_short":
            least = limits["min_length"]
            unit = "characters" if error["type"] == "string_too_short" else "entries"
            return "must not be empty" if least == 1 else f"must have at least {least} {unit}"
        case "string_too_long":
            return f"may have {limits['max_length']} characters"
        case "too_long":
            return f"may have {limits['max_length']} entries"
        case "string_pattern_mismatch":
            return f"must be {SHAPES.get(limits['pattern'], 'in another form')}"
        case "enum" | "literal_error":
            return f"must be one of {_choices(limits['expected'])}"
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float":
            return "must be a whole number"
        case "float_type" | "float_parsing" | "finite_number":
            return "must be a number"
        case "greater_than_equal":
            return f"must be at least {limits['ge']}"
        case "greater_than":
            return f"must be greater than {limits['gt']}"
        case "less_than_equal":
            return f"must be at most {limits['le']}"
        case "less_than":
            return f"must be less than {limits['lt']}"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "tuple_type" | "list_type" | "set_type" | "frozen_set_type":
            return "must be a list"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a JSON object"
        case kind if kind.startswith(("date_", "datetime_", "timezone_")):
            return "must be a date like 2023-04-24"
        case "value_error" if "UploadFile" in str(limits.get("error")):
            return "must be a file"
    return "is not as it must be"


def came(error: Error) -> str:
    """What stood there, in few words; of what is too long, how long it is."""
    value = error["input"]
    limits = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return kind_of(value)
        case "string_too_long":
            return str(len(value))
        case "too_long":
            return str(limits.get("actual_length") or len(value))
    return _quoted(value)


def kind_of(value: object) -> str:
    """What came in the place of an object, without the whole of it."""
    match value:
        case None:
            return "nothing"
        case dict():
            names = ", ".join(f"“{short(name)}”" for name in [*value][:8])
            return f"an object with {names}" if value else "an empty object"
        case list():
            return "a list"
        case bytes():
            return "a body that does not say Content-Type: application/json"
    return _quoted(value)


def short(value: object) -> str:
    """The beginning of a value, in characters that can be shown."""
    text = value if isinstance(value, str) else _json(value)
    text = "".join(c if c.isprintable() else "�" for c in text[: SHOWN + 1])
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _quoted(value: object) -> str:
    if value == "":
        return "an empty text"
    return f"“{isolated(short(value))}”" if isinstance(value, str) else short(value)


def _json(value: object) -> str:
    if isinstance(value, Mapping | list | tuple | str | int | float | None):
        return json.dumps(value, default=lambda _: "…", ensure_ascii=False)
    return "something else"


def _choices(told: str) -> str:
    """Pydantic's `'a', 'b' or 'c'` without its quotation marks."""
    return told.replace("'", "")
