"""How a demo is asked, and what a refusal must be."""

from typing import Any

JSON = {"content-type": "application/json"}


def is_sentence(text: Any) -> bool:
    return isinstance(text, str) and 20 < len(text) < 500 and "\n" not in text and "; " in text
