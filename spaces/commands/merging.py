"""Three-way merge of lines (diff3; Khanna, Kunal and Pierce 2007), for `update`.

Where only one side changed the base, its lines are taken; where both did, differently, both are
shown between markers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

YOURS, MIDDLE, TEMPLATES = "<<<<<<< yours\n", "=======\n", ">>>>>>> template\n"
_MARKED = re.compile(rb"^<<<<<<< yours\r?$", re.MULTILINE)
Lines = Sequence[str]


@dataclass(frozen=True)
class Merged:
    """The lines of both sides in one text; `conflicts` counts the places that are marked."""

    text: str
    conflicts: int


def merge(base: str, yours: str, theirs: str) -> Merged:
    """`theirs` is the newer template's text; line ends are as `yours` has them."""
    if "\r\n" in yours:
        merged = merge(_unix(base), _unix(yours), _unix(theirs))
        return Merged(merged.text.replace("\n", "\r\n"), merged.conflicts)
    b, y, t = (text.splitlines(keepends=True) for text in (base, yours, theirs))
    out: list[str] = []
    conflicts = 0
    for old, own, new in _pieces(b, y, t):
        if own == new or new == old:
            out += own
        elif own == old:
            out += new
        else:
            conflicts += 1
            out += [YOURS, *_ended(own), MIDDLE, *_ended(new), TEMPLATES]
    return Merged("".join(out), conflicts)


def has_conflicts(content: bytes) -> bool:
    """Whether a file holds places that were marked and not decided yet."""
    return _MARKED.search(content) is not None


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _pieces(base: Lines, yours: Lines, theirs: Lines) -> Iterator[tuple[Lines, Lines, Lines]]:
    """The three texts cut at all lines of the base that both sides kept: by turns what lies
    between, and what was kept."""
    at_b = at_y = at_t = 0
    for b, y, t, length in (*_kept(base, yours, theirs), (len(base), len(yours), len(theirs), 0)):
        yield base[at_b:b], yours[at_y:y], theirs[at_t:t]
        same = base[b : b + length]
        yield same, same, same
        at_b, at_y, at_t = b + length, y + length, t + length


def _kept(base: Lines, yours: Lines, theirs: Lines) -> Iterator[tuple[int, int, int, int]]:
    """Runs of the base's lines that are in both: where in each of the three, and how many."""
    left, right = _matches(base, yours), _matches(base, theirs)
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].a, right[j].a)
        end = min(left[i].a + left[i].size, right[j].a + right[j].size)
        if start < end:
            y = left[i].b + start - left[i].a
            t = right[j].b + start - right[j].a
            yield start, y, t, end - start
        if left[i].a + left[i].size <= right[j].a + right[j].size:
            i += 1
        else:
            j += 1


def _matches(base: Lines, other: Lines) -> Sequence:
    return SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()


def _ended(lines: Lines) -> Lines:
    """With an end to the last line, so that a marker stands on its own."""
    if lines and not lines[-1].endswith("\n"):
        return [*lines[:-1], lines[-1] + "\n"]
    return lines
