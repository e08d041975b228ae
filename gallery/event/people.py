"""People as an event file names them: by their name on the Hub, or an e-mail address."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from gallery.event.part import Line, Part

HUB_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]+\.[^\s@<>\".]{2,60}")
HUBS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})


def person(value: str) -> str:
    """`@ada-l` and `https://huggingface.co/ada-l` are `ada-l`. Raises `ValueError`.

    An address of the Hub that is no profile is refused: a Space's owner may be an organisation.
    """
    written = value.strip().removeprefix("mailto:")
    if EMAIL.fullmatch(written):
        return written
    name = written.removeprefix("@")
    parts = urlsplit(name if "://" in name else f"https://{name}" if "/" in name else "")
    if parts.hostname in HUBS:
        path = [part for part in parts.path.split("/") if part]
        name = path[0] if len(path) == 1 else ""
    if HUB_NAME.fullmatch(name):
        return name
    raise ValueError(
        f"expected a name on the Hub like ada-l or an e-mail address, got {value[:80]!r}; "
        "write the name as it stands at the end of their profile's address"
    )


def people(values: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, however often and however written they are named."""
    return tuple({value.casefold(): value for value in reversed(values)}.values())[::-1]


Person = Annotated[Line, AfterValidator(person)]
People = Annotated[tuple[Person, ...], AfterValidator(people)]


class JurorTopics(Part):
    """What a juror knows most about, whether the file or a link made them one."""

    juror: Person
    topics: tuple[Line, ...] = Field(min_length=1, max_length=40)
    """Tags, tasks or controls, as teams write them; capitals do not matter."""
