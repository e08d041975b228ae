"""Fonts of certificates: those that ship, and, for other scripts, those of the settings' folder.

A letter that no font has would be a box. It is found before anything is drawn, and said.
"""

import struct
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gallery.errors import Invalid
from spaces.look.palette import FONTS, GROTESK, SERIF

WEIGHTS = {GROTESK: 400, SERIF: None}
"""What of a variable font is taken; None where it has one weight."""
TYPES = (".ttf", ".otf")
FILES_MOST = 500
SHOWN = 8
"""Letters that are named when no font has them."""
UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
DECORATION = frozenset({"So", "Sk", "Co", "Cn"})
"""Emoji and the like: left out where no font has them, since no name hangs on them."""


@dataclass(frozen=True)
class Font:
    family: str
    path: Path


def chosen(texts: Iterable[str], folder: Path | None) -> tuple[Font, ...]:
    """The shipped fonts, and as few of the folder's as have the letters that those lack.

    Raises `Invalid` for letters that none has.
    """
    found = list(shipped())
    missing = {sign for text in texts for sign in text if _is_drawn(sign)}
    for font in found:
        missing -= _face(font.path).letters
    offered = _offered(folder)
    while missing:
        path = max(offered, key=lambda one: len(missing & offered[one]), default=None)
        if path is None or not missing & offered[path]:
            break
        found.append(Font(f"fallback-{len(found)}", path))
        missing -= offered[path]
    letters = sorted(sign for sign in missing if unicodedata.category(sign) not in DECORATION)
    if letters:
        raise Invalid(
            "a certificate takes a font for every letter, got none for "
            f"{' '.join(letters[:SHOWN])}{' …' if len(letters) > SHOWN else ''}; ask the "
            "organisers to put one that has them into FONTS_DIR",
            field="fonts",
        )
    return tuple(found)


def drawable(text: str, fonts: Iterable[Font]) -> str:
    """Without decoration that none of the fonts has, and without signs that nobody sees."""
    letters = frozenset().union(*(_face(font.path).letters for font in fonts))
    kept = "".join(sign if sign in letters else " " if sign.isspace() else "" for sign in text)
    return " ".join(kept.split())


@cache
def shipped() -> tuple[Font, ...]:
    """As files of the form that PDFs take, made once a process; the serif first."""
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    folder = Path(_scratch().name)
    made = []
    for family in (SERIF, GROTESK):
        font = TTFont(FONTS[family][0], recalcTimestamp=False)
        weight = WEIGHTS[family]
        if weight is not None:
            font = instancer.instantiateVariableFont(font, {"wght": weight})
        font.flavor = None
        path = folder / f"{family.lower().replace(' ', '-')}.ttf"
        font.save(path)
        made.append(Font(family, path))
    return tuple(made)


@cache
def _scratch() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="certificate-fonts-")


def _offered(folder: Path | None) -> Mapping[Path, frozenset[str]]:
    """What the folder's fonts have; upright ones of a usual weight first, then by name."""
    if folder is None or not folder.is_dir():
        return {}
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in TYPES)
    faces = {path: _face(path) for path in paths[:FILES_MOST]}
    return {path: faces[path].letters for path in sorted(faces, key=lambda one: faces[one].oddness)}


@dataclass(frozen=True)
class _Face:
    letters: frozenset[str] = frozenset()
    oddness: int = 0
    """How far it is from an upright one of a usual weight."""


@cache
def _face(path: Path) -> _Face:
    """Without letters where the file is no font."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            style: Any = font["OS/2"]
            oddness = abs(style.usWeightClass - 400) + 1000 * (style.fsSelection & 1)
            return _Face(frozenset(map(chr, font.getBestCmap() or {})), oddness)
    except (TTLibError, OSError, KeyError, AssertionError, struct.error):
        return _Face()


def _is_drawn(sign: str) -> bool:
    return unicodedata.category(sign) not in UNSEEN and not "\ufe00" <= sign <= "\ufe0f"
