"""Icon captions: the names in the sets, made into words, and the caption's sentence."""

import hashlib
import re
from collections.abc import Iterable

from training.data.colours import GREY_WORDS, HUE_WORDS, ColourNames

_TONES = re.compile(r"(-(medium-light|medium-dark|light|medium|dark))+$")
_OTHER_TONES = re.compile(r"skin-tone|-tone\d")
_COLOURS = frozenset((*HUE_WORDS, *GREY_WORDS, "gray", "large", "small"))
_SHORT_WORDS = frozenset(("of", "in", "on", "no", "up", "ok", "om", "ox"))
_NOT_PICTURES = re.compile(r"(^|-)flags?(-|$)|flag$|^regionalindicator|^cjk")


def is_wanted(name: str, names: frozenset[str]) -> bool:
    """Whether an icon is drawn: not a flag, a letter of flags, nor another's skin-tone copy."""
    if _NOT_PICTURES.search(name) or _OTHER_TONES.search(name):
        return False
    plain = _TONES.sub("", name)
    return plain == name or plain not in names


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """The words of hyphenated names, by which names without hyphens are taken apart."""
    return frozenset(
        word for name in names for word in name.split("-") if len(word) > 2 or word in _SHORT_WORDS
    )


def split_words(name: str, known: frozenset[str]) -> list[str]:
    """The words of a name: at its hyphens, or else the fewest known words it consists of.

    A run of letters that no known words cover stays one word.
    """
    if "-" in name:
        return name.split("-")
    # best[i]: (cost, words) of name[:i]; an unknown run costs more than any two known words.
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(name) + 1):
        options = []
        for start in range(end):
            piece = name[start:end]
            cost = 1.0 if piece in known else 3.0 + len(piece)
            options.append((best[start][0] + cost, [*best[start][1], piece]))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def subject(words: list[str]) -> str:
    """The name without its colour and size words, which the pixels know better."""
    kept = [word for word in words if word not in _COLOURS]
    return " ".join(kept or words)


def is_held_out(name: str) -> bool:
    """Whether an object of this name is kept from training: a fixed tenth, by the name's hash.

    Spaces and hyphens do not count, so the same object is held out of every set.
    """
    digest = hashlib.sha256(name_key(name).encode()).digest()
    return int.from_bytes(digest[:4], "big") % 10 == 0


def name_key(name: str) -> str:
    """The same for all spellings of a name: letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def caption(name: str, style: str, colours: ColourNames) -> str:
    """The sentence under a picture, such as "a red apple, flat icon".

    A colour that people would dispute is not mentioned.
    """
    adjectives = []
    if not colours.disputed:
        adjectives.append(colours.dominant)
        if colours.second is not None:
            adjectives.append(colours.second)
    phrase = " ".join([" and ".join(adjectives), name]).strip()
    return f"{with_article(phrase)}, {style} icon" if style else with_article(phrase)


def with_article(phrase: str) -> str:
    """The phrase behind "a" or "an", unless it ends in a plural."""
    if re.search(r"[^sui]s$", phrase):
        return phrase
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"
