"""Doubles: pictures that are there twice, scaled or compressed otherwise, by perceptual hash."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from training.pairs.doctor.looking import Facts

FAR = 3
"""Bits of 64 in which the hashes of one picture may differ. Cut into four, two such hashes share a
quarter, so only those that do are compared."""
UNLIKE = 4.0
"""Levels of 255 by which their thumbnails may differ on average: hashes know no colours."""
COMPARED = 50
"""In a quarter that very many share, each is compared with so many of the next."""


def doubles(facts: Sequence[Facts]) -> list[list[int]]:
    """Groups of two and more numbers of one picture, each in order."""
    parent = list(range(len(facts)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    for one, other in _close(facts):
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    groups: dict[int, list[int]] = defaultdict(list)
    for number in range(len(facts)):
        groups[root(number)].append(number)
    return [group for group in groups.values() if len(group) > 1]


def _close(facts: Sequence[Facts]) -> Iterator[tuple[int, int]]:
    """Pairs of numbers whose pictures are the same to the eye."""
    thumbs = [np.frombuffer(each.thumb, np.uint8).astype(np.int16) for each in facts]
    for quarter in range(4):
        buckets: dict[int, list[int]] = defaultdict(list)
        for number, each in enumerate(facts):
            if each.problem is None and not each.is_even:
                buckets[each.hash >> 16 * quarter & 0xFFFF].append(number)
        for bucket in buckets.values():
            bucket.sort(key=lambda number: (facts[number].hash, facts[number].thumb))
            for at, one in enumerate(bucket):
                for other in bucket[at + 1 : at + 1 + COMPARED]:
                    if (facts[one].hash ^ facts[other].hash).bit_count() <= FAR and (
                        np.abs(thumbs[one] - thumbs[other]).mean() <= UNLIKE
                    ):
                        yield one, other
