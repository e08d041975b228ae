"""Letters as people search them: "Éclair" is found by "eclair"."""

import re
import unicodedata


def fold(text: str) -> str:
    """In small letters, without accents; white space and control characters become one blank."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return " ".join(_UNUSUAL.sub(_kept, apart).split())


_UNUSUAL = re.compile(r"[^ -~]")
"""Few of a text's characters: to look at each one takes a hundred times as long."""


def _kept(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character).startswith("C"):
        return " "
    return "" if unicodedata.combining(character) else character
