"""A mistake in the host's file, as a sentence for somebody who writes TOML."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails


def told_of(item: ErrorDetails) -> str:
    """Of pydantic's first: where it is, what is wanted there, and what came."""
    kind, limits = item["type"], item.get("ctx", {})
    parts = [str(part) for part in item["loc"] if part != "[key]"]
    where = ".".join(parts) or "the file"
    got = _shown(item["input"])
    match kind:
        case "missing":
            return f"{where} must be there, got nothing; add it"
        case "extra_forbidden":
            return f"{where} must be one of the keys of docs/hosting.md, got another; remove it"
        case "value_error":
            return f"{where}: {limits['error']}"
        case "string_pattern_mismatch" if item["loc"][-1] == "[key]":
            return (
                f"{where} must be lower-case letters, digits and hyphens, at most 40, since it is "
                "a path; rename it"
            )
        case "string_pattern_mismatch":
            return f"{where} must be up to 40 letters, digits and hyphens, got {got}; rename it"
    wanted = _wanted(kind, limits)
    return f"{where} must be {wanted}, got {got}; write that instead"


def _wanted(kind: str, limits: Mapping[str, Any]) -> str:
    plain = {
        "string_type": "text in quotes",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "finite_number": "a number",
        "bool_type": "true or false",
        "list_type": "a list in brackets",
        "dict_type": "a table",
        "model_type": "a table",
        "model_attributes_type": "a table",
    }
    match kind:
        case "literal_error":
            return f"one of {limits['expected']}"
        case "greater_than_equal":
            return f"{limits['ge']:g} or more"
        case "less_than_equal":
            return f"{limits['le']:g} or less"
        case "string_too_short" | "too_short":
            return "something, and not empty"
        case "string_too_long":
            return f"of at most {limits['max_length']:,} characters"
        case "too_long":
            return f"of at most {limits['max_length']} entries"
    return plain.get(kind, "as docs/hosting.md says")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
