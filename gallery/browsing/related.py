"""Which sets of bits overlap most with a given one: the arithmetic of related submissions."""

from collections.abc import Iterable, Iterator

RAREST = 15
"""The weight of what only two of very many share."""


def weight_of(count: int, total: int) -> int:
    """How much sharing something says that `count` of `total` have: the doublings in between."""
    return max(1, min(RAREST, (total // max(count, 1)).bit_length()))


def nearest(shared: Iterable[tuple[int, int]], *, after: int, limit: int) -> Iterator[int]:
    """The positions with the greatest sum of weights, the greatest first.

    `shared` pairs a set of bits with its weight. The sums of all positions are kept at once, as
    binary numbers written downwards: bit `s` of `planes[k]` says whether the sum at position `s`
    has the digit `2**k`. Among equals those after position `after` come first, so that everybody
    is related to others than the oldest.
    """
    planes: list[int] = []
    for bits, weight in shared:
        for digit in range(weight.bit_length()):
            if weight >> digit & 1:
                _add(planes, bits, digit)
    left = 0
    for plane in planes:
        left |= plane
    while left and limit:
        best = left
        for plane in reversed(planes):
            best = best & plane or best
        found = _next(best, after)
        yield found
        left &= ~(1 << found)
        limit -= 1


def _add(planes: list[int], carry: int, digit: int) -> None:
    while carry:
        while len(planes) <= digit:
            planes.append(0)
        planes[digit], carry = planes[digit] ^ carry, planes[digit] & carry
        digit += 1


def _next(bits: int, after: int) -> int:
    later = bits >> (after + 1)
    if later:
        return after + (later & -later).bit_length()
    return (bits & -bits).bit_length() - 1
