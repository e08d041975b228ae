"""Text input, made safe to keep: bounded, and without characters that cannot be shown."""

import re
import unicodedata

from gallery.errors import Invalid
from gallery.names import is_visible

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reverse what stands behind them, so that one name can look like another."""
ROW_MAX = 2**31 - 1
"""The largest number that a row's id can have in either database."""
EMAIL = re.compile(r"[^\s@\"<>()\[\],;:\\]{1,64}@[^\s@\"<>()\[\],;:\\]{1,180}\.[^\s@\"<>().]{2,60}")


def line(value: str, *, field: str, what: str, most: int, least: int = 1) -> str:
    """One line, spaces evened out. `what` names it: "the title". Raises `Invalid`."""
    return _bounded(" ".join(value.split()), field=field, what=what, most=most, least=least)


def paragraphs(value: str, *, field: str, what: str, most: int, least: int = 0) -> str:
    """Several lines, as typed. Raises `Invalid`."""
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _bounded(text, field=field, what=what, most=most, least=least)


def email_address(value: str, *, field: str = "email") -> str:
    """An address in small letters. Raises `Invalid`."""
    address = line(value, field=field, what="the e-mail address", most=254).lower()
    if not EMAIL.fullmatch(address):
        raise Invalid(
            f"an e-mail address looks like name@example.org, got “{address}”; correct it",
            field=field,
        )
    return address


def own_path(value: str | None) -> str:
    """Where to go next: a path of this site as it came, or `/` for anything else."""
    if not value or len(value) > 2000 or not value.isprintable() or "\\" in value:
        return "/"
    if not value.startswith("/") or value.startswith(("//", "/sign-in", "/sign-out")):
        return "/"
    return value


def count_of(number: int, one: str, several: str) -> str:
    """`1 demo`, `2 demos`."""
    return f"{number} {one if number == 1 else several}"


def percent(share: float) -> str:
    """`74 %`, of 0.74."""
    return f"{round(100 * share)} %"


def row_id(value: int | str, *, what: str, field: str) -> int:
    """A row's number as a form sends it. Raises `Invalid`."""
    try:
        number = int(value)
    except ValueError:
        number = 0
    if not 0 < number <= ROW_MAX:
        raise Invalid(f"{what} must be chosen from the list; choose one again", field=field)
    return number


def _bounded(text: str, *, field: str, what: str, most: int, least: int) -> str:
    text = unicodedata.normalize("NFC", text)
    if any(
        c in TURNING or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t") for c in text
    ):
        raise Invalid(
            f"{what} must be plain text, got characters that cannot be shown; type it again",
            field=field,
        )
    if not is_visible(text):
        text = ""  # what nobody sees says nothing
    if len(text) < least:
        expected = "not be empty" if least == 1 else f"have at least {least} characters"
        got = f", got {len(text)}" if least > 1 else ""
        raise Invalid(f"{what} must {expected}{got}; write it", field=field)
    if len(text) > most:
        raise Invalid(
            f"{what} may have {most} characters, got {len(text)}; shorten it", field=field
        )
    return text
