"""Names as people read them: which two are the same, whether there is anything to read, which way.

Unicode has many ways to write what looks alike: with and without accents (École, École), in other
case (ÉCOLE), with wide letters, other spaces, or characters between that nobody sees.
"""

import re
import unicodedata

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
"""Marks that people leave out and still mean the same word: accents, and the points of Hebrew and
Arabic. Those that make another letter (of kana, of Indian scripts, of Thai) are none of them."""
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U00016fe4"
    "\U0001d159\U000e0100-\U000e01ef]"
)
"""They count as letters, marks or signs and show nothing: fillers, blanks, choosers of variants."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_SHOWING = frozenset("LNPS")
"""Of Unicode's categories: letters, numbers, punctuation, signs."""

_LEFTWARDS = frozenset({"R", "AL", "AN"})
"""Unicode's classes of what runs from right to left: Hebrew, Arabic and its numbers."""


def name_key(name: str) -> str:
    """Two names are the same when their keys are."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = _ACCENTS.sub("", _BLANK.sub("", apart))
    kept = "".join(c for c in plain if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def is_visible(text: str) -> bool:
    """Whether any of its characters shows something."""
    return any(unicodedata.category(c)[0] in _SHOWING for c in _BLANK.sub("", text))


def isolated(words: object) -> str:
    """Words that keep their direction to themselves, where no tag can say so: in a sentence.

    Else an Arabic name takes the quotation mark, the number or the name behind it along to its
    left. What runs as our sentences do stays as it is.
    """
    text = str(words)
    if any(unicodedata.bidirectional(c) in _LEFTWARDS for c in text):
        return f"\u2068{text}\u2069"
    return text
