"""A team's block list: words that its demo does not paint."""

import re
import unicodedata
from collections.abc import Sequence

from inference.errors import InvalidRequest


def require_allowed(prompt: str, blocked: Sequence[str]) -> None:
    """Raises InvalidRequest where one of the blocked words, or all words of a phrase in their
    order, are in the prompt: as whole words, however they are spelled by case, accents, wide
    letters, invisible characters or what stands between them."""
    said = f" {_plain(prompt)} "
    for words in blocked:
        if f" {_plain(words)} " in said:
            raise InvalidRequest(
                f"prompt must do without “{words}” in this demo, got it; choose other words",
                field="words of the prompt",  # and not what an empty prompt is told
            )


def _plain(text: str) -> str:
    """Words alone, with single spaces between them."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    seen = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(re.findall(r"\w+", seen.replace("_", " ")))
