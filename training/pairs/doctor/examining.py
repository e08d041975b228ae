"""All pairs looked at, over all cores, to a diagnosis."""

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from training.errors import UnusableDataset
from training.pairs.doctor.findings import Finding, Pair, Verdict, find, verdict
from training.pairs.doctor.looking import look
from training.pairs.index import PAIRS, PICTURES, PairIndex, Row, open_pairs

MOST = 20_000
"""Pairs that are looked at; of more, row groups at even distances."""
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Diagnosis:
    """`total` pairs are there, `pairs` were looked at."""

    title: str
    total: int
    pairs: tuple[Pair, ...]
    findings: tuple[Finding, ...]
    indices: dict[str, PairIndex]

    @property
    def verdict(self) -> Verdict:
        return verdict(self.findings)

    def row(self, number: int) -> Row:
        """A pair that was looked at, read again."""
        pair = self.pairs[number]
        group, row = pair.place
        return self.indices[pair.split].read(group)[row]

    def __str__(self) -> str:
        """In lines, for who started it."""
        seen = "" if self.total == len(self.pairs) else f" (of {self.total:,}, evenly spread)"
        lines = [f"{self.verdict}: {len(self.pairs):,} pairs of {self.title} looked at{seen}"]
        for each in self.findings:
            lines.append(f"  {each.verdict}: {each.title.lower()}: {each.message}")
            lines += [f"      {each.remedy}"] if each.remedy else []
        return "\n".join(lines)


def examine(
    name: str,
    *,
    pictures: tuple[str, ...] | None = None,
    processes: int = 1,
    most: int = MOST,
    told: Callable[[int, int], object] = lambda _done, _total: None,
) -> Diagnosis:
    """Of a folder, or of `owner/name` on the Hub. Raises UnusableDataset and HubRefusal.

    `pictures` are the columns that are looked at; maps too where there are some, if left out.
    """
    indices = _splits(name, pictures or _pictures_of(name))
    total = sum(index.rows for index in indices.values())
    step = max(1, round(total / most))
    chosen = [
        (split, number)
        for split, index in indices.items()
        for number in range(0, len(index.groups), step)
    ]
    pairs: list[Pair] = []
    count = sum(indices[split].groups[number].rows for split, number in chosen)
    told(0, count)
    if processes == 1:
        _begin(indices)
        for job in chosen:
            pairs += _look(*job)
            told(len(pairs), count)
    else:
        context = multiprocessing.get_context("spawn")
        try:
            with ProcessPoolExecutor(processes, context, _begin_process, (indices,)) as pool:
                for seen in pool.map(_look, *zip(*chosen, strict=True)):
                    pairs += seen
                    told(len(pairs), count)
        except (BrokenProcessPool, BrokenPipeError) as error:  # the latter while one starts
            raise UnusableDataset(
                "a process that looked at pairs must end by itself, got one that was killed, most "
                "likely for want of memory; try again with fewer --processes"
            ) from error
    return Diagnosis(name, total, tuple(pairs), tuple(find(pairs)), indices)


def _pictures_of(name: str) -> tuple[str, ...]:
    """With maps or without; what else is wrong with the data is said where they are opened."""
    try:
        open_pairs(name, split=SPLITS[0])
    except UnusableDataset:
        return PICTURES
    return PAIRS


def _splits(name: str, pictures: tuple[str, ...]) -> dict[str, PairIndex]:
    """Those that are there; a training needs the first."""
    found = {SPLITS[0]: open_pairs(name, split=SPLITS[0], pictures=pictures)}
    for split in SPLITS[1:]:
        try:
            found[split] = open_pairs(name, split=split, pictures=pictures)
        except UnusableDataset:
            continue
    return found


_indices: dict[str, PairIndex]


def _begin(indices: dict[str, PairIndex]) -> None:
    global _indices
    _indices = indices


def _begin_process(indices: dict[str, PairIndex]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    _begin(indices)


def _look(split: str, number: int) -> list[Pair]:
    index = _indices[split]
    return [
        Pair(look(row), row.text, split, index.where(number, at), (number, at))
        for at, row in enumerate(index.read(number))
    ]
