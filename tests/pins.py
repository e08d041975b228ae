"""What requirements.txt pins, by its parts and blocks."""

import re
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

FILE = Path(__file__).parents[1] / "requirements.txt"
REST = "# The rest"
"""The line below which nothing is that serving needs; the Makefile looks for it."""


def normal(name: str) -> str:
    """As package indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(*blocks: str) -> set[str]:
    """The packages below the comments that begin so."""
    lines = FILE.read_text().splitlines()
    starts = [next(at for at, line in enumerate(lines) if line == f"# {each}") for each in blocks]
    return {each for start in starts for each in _names(takewhile(str.strip, lines[start + 1 :]))}


def for_serving() -> set[str]:
    """The packages that `make run` installs."""
    lines = FILE.read_text().splitlines()
    assert REST in lines
    return _names(takewhile(lambda line: line != REST, lines))


def _names(lines: Iterable[str]) -> set[str]:
    return {normal(re.split(r"==|\[", line)[0]) for line in lines if "==" in line}
