"""Letters as people search them: "Éclair" is found by "eclair"."""

import unicodedata


def fold(text: str) -> str:
    """In small letters, without accents; white space and control characters become one blank."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = (" " if unicodedata.category(c).startswith("C") else c for c in apart)
    return " ".join("".join(c for c in kept if not unicodedata.combining(c)).split())
