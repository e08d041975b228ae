"""What an examination found, and the verdict: go, mend first, or stop, each with what to do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from training.pairs.doctor.belonging import foreign
from training.pairs.doctor.doubles import doubles
from training.pairs.doctor.looking import Facts

FEW = 500
"""Pairs that are too few to learn control from."""
FEW_PICTURES = 50
"""Pictures that are too few for a text-to-image model: it soon knows them by heart."""
LONG_TEXT = 320
"""Characters that CLIP's 77 tokens hold, about."""


class Verdict(StrEnum):
    GO = "go"
    MEND = "mend first"
    STOP = "stop"


@dataclass(frozen=True)
class Pair:
    """A pair that was looked at. `where` is for people; `place` is its group and row."""

    facts: Facts
    text: str
    split: str
    where: str
    place: tuple[int, int]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is empty where nothing is wrong; `examples` are
    numbers of pairs that show it."""

    verdict: Verdict
    title: str
    message: str
    remedy: str = ""
    examples: tuple[int, ...] = ()


def find(pairs: Sequence[Pair]) -> list[Finding]:
    """All findings, the worst first."""
    found = [
        _readable(pairs),
        _count(pairs),
        *_sizes(pairs),
        *(_maps(pairs) if _have_maps(pairs) else [_no_maps()]),
        *_captions(pairs),
        *_doubles(pairs),
    ]
    order = [Verdict.STOP, Verdict.MEND, Verdict.GO]
    return sorted(found, key=lambda finding: order.index(finding.verdict))


def verdict(findings: Sequence[Finding]) -> Verdict:
    """That of the worst."""
    told = {finding.verdict for finding in findings}
    return next(each for each in (Verdict.STOP, Verdict.MEND, Verdict.GO) if each in {*told, "go"})


def _readable(pairs: Sequence[Pair]) -> Finding:
    bad = [number for number, pair in enumerate(pairs) if pair.facts.problem]
    if not bad:
        what = "picture and every map" if _have_maps(pairs) else "picture"
        return Finding(Verdict.GO, "Files", f"Every {what} can be read.")
    first = pairs[bad[0]]
    return Finding(
        Verdict.STOP,
        "Files",
        f"{_share(len(bad), pairs)} cannot be read; {first.where}: {first.facts.problem}.",
        "Prepare the data again from its source: a training stops at such a pair.",
    )


def _count(pairs: Sequence[Pair]) -> Finding:
    training = sum(pair.split == "train" for pair in pairs)
    held_out = len(pairs) - training
    few, why = (
        (FEW, "published ControlNets saw 50,000 and up")
        if _have_maps(pairs)
        else (FEW_PICTURES, "a model soon knows a few by heart")
    )
    if training < few:
        return Finding(
            Verdict.MEND,
            "Number of pairs",
            f"There are {training:,} pairs to train on.",
            f"Add more, {few} at least: {why}.",
        )
    if not held_out:
        return Finding(
            Verdict.MEND,
            "Number of pairs",
            "No pair is held out, so no figure can tell what is learnt.",
            "Prepare with --held-out 0.01, or more of a few hundred.",
        )
    return Finding(
        Verdict.GO, "Number of pairs", f"{training:,} to train on, {held_out:,} held out."
    )


def _sizes(pairs: Sequence[Pair]) -> Iterator[Finding]:
    apart = [
        n
        for n, p in _read(pairs)
        if p.facts.has_map and _aspect(p.facts.size) != _aspect(p.facts.map_size)
    ]
    if apart:
        yield Finding(
            Verdict.STOP,
            "Sizes",
            f"{_share(len(apart), pairs)} have a map of another shape than the picture, so they "
            "do not lie on each other.",
            "Make both of one shape, or prepare the data again with an annotator.",
            tuple(apart),
        )
        return
    sizes = Counter(pair.facts.size for _, pair in _read(pairs))
    if len(sizes) > 1:
        yield Finding(
            Verdict.MEND,
            "Sizes",
            f"The pictures have {len(sizes)} sizes, most of them {_size(sizes)}.",
            "A training fits them all to one size while it runs; to prepare them with --size does "
            "that once.",
        )
    elif sizes:
        maps = ", and so have their maps" if _have_maps(pairs) else ""
        yield Finding(Verdict.GO, "Sizes", f"All pictures have {_size(sizes)} pixels{maps}.")


def _have_maps(pairs: Sequence[Pair]) -> bool:
    """All of a data set's have, or none."""
    return any(pair.facts.has_map for pair in pairs)


def _maps(pairs: Sequence[Pair]) -> list[Finding]:
    return [_even(pairs), _belonging(pairs)]


def _no_maps() -> Finding:
    return Finding(
        Verdict.GO,
        "Maps",
        "There are none, or none are read: a text-to-image model learns without, a ControlNet does "
        "not.",
    )


def _even(pairs: Sequence[Pair]) -> Finding:
    blank = [n for n, pair in _read(pairs) if pair.facts.map_is_even]
    share = len(blank) / max(1, len(pairs))
    if share <= 0.02:
        rest = f" but for {len(blank)}" if blank else ""
        return Finding(Verdict.GO, "Empty maps", f"All maps show something{rest}.")
    return Finding(
        Verdict.STOP if share > 0.2 else Verdict.MEND,
        "Empty maps",
        f"{_share(len(blank), pairs)} have a map of one even colour: they teach to ignore the map.",
        "Look at the pictures below; leave such ones out, or choose an annotator that sees "
        "something in them.",
        tuple(blank),
    )


def _belonging(pairs: Sequence[Pair]) -> Finding:
    suspect = [int(n) for n in np.flatnonzero(foreign([pair.facts for pair in pairs]))]
    redrawn = sum(pair.facts.redrawn is not None for pair in pairs)
    share = len(suspect) / max(1, len(pairs))
    how = "drawing them again" if redrawn > len(pairs) / 2 else "comparing where lines are"
    most = 0.01 if redrawn > len(pairs) / 2 else 0.1
    if share <= most:
        return Finding(
            Verdict.GO, "Maps and pictures", f"Maps belong to their pictures, told by {how}."
        )
    return Finding(
        Verdict.STOP if share > 0.2 else Verdict.MEND,
        "Maps and pictures",
        f"{_share(len(suspect), pairs)} seem to have the map of another picture, told by {how}.",
        "Check how files were put together (names in one order, numbers without gaps), or prepare "
        "the data again from its pictures with an annotator.",
        tuple(suspect),
    )


def _captions(pairs: Sequence[Pair]) -> Iterator[Finding]:
    empty = [n for n, pair in enumerate(pairs) if not pair.text]
    share = len(empty) / max(1, len(pairs))
    texts = Counter(pair.text for pair in pairs if pair.text)
    most, count = texts.most_common(1)[0] if texts else ("", 0)
    long = sum(len(pair.text) > LONG_TEXT for pair in pairs)
    if share > 0.2:
        yield Finding(
            Verdict.MEND,
            "Captions",
            f"{_share(len(empty), pairs)} have no caption.",
            "Write some, or have a captioning model do it: without words the map has to say it "
            "all, and the prompt is not heeded beside it.",
            tuple(empty),
        )
    elif count > 0.5 * len(pairs) and len(pairs) > 1:
        yield Finding(
            Verdict.MEND,
            "Captions",
            f"{_share(count, pairs)} say the same, {most[:80]!r}.",
            "Say of each picture what is on it.",
        )
    elif long > 0.1 * len(pairs):
        yield Finding(
            Verdict.MEND,
            "Captions",
            f"{_share(long, pairs)} are longer than the 77 tokens that a text encoder reads.",
            "Put what matters first, or shorten them.",
        )
    else:
        yield Finding(Verdict.GO, "Captions", f"{len(texts):,} different ones.")


def _doubles(pairs: Sequence[Pair]) -> Iterator[Finding]:
    groups = doubles([pair.facts for pair in pairs])
    twice = [number for group in groups for number in group[1:]]
    across = [group for group in groups if len({pairs[number].split for number in group}) > 1]
    if across:
        yield Finding(
            Verdict.MEND,
            "Held out",
            f"{len(across):,} pictures are both held out and trained on, so figures would be too "
            "good.",
            "Take them out of one side; python -m training.prepare splits by the picture itself.",
            tuple(number for group in across for number in group[:2]),
        )
    share = len(twice) / max(1, len(pairs))
    if share > 0.02:
        yield Finding(
            Verdict.MEND,
            "Doubles",
            f"{_share(len(twice), pairs)} are there before, the same to the eye.",
            "Leave the doubles out: what is there often is learnt by heart.",
            tuple(number for group in groups for number in group[:2]),
        )
    else:
        rest = f" but for {len(twice)}" if twice else ""
        yield Finding(Verdict.GO, "Doubles", f"No picture is there twice{rest}.")


def _read(pairs: Sequence[Pair]) -> Iterator[tuple[int, Pair]]:
    return ((n, pair) for n, pair in enumerate(pairs) if pair.facts.problem is None)


def _aspect(size: tuple[int, int]) -> float:
    return round(size[0] / size[1], 2)


def _size(sizes: Counter[tuple[int, int]]) -> str:
    (width, height), _ = sizes.most_common(1)[0]
    return f"{width}×{height}"


def _share(count: int, pairs: Sequence[Pair]) -> str:
    share = count / max(1, len(pairs))
    return (
        f"{count:,} of {len(pairs):,} pairs ({share:.0%})"
        if share >= 0.01
        else (f"{count:,} of {len(pairs):,} pairs")
    )
