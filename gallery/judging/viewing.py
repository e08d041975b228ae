"""In which order a juror looks: their own, balanced over all, and what they skip comes back last.

What is seen early is scored otherwise than what is seen late, and what follows something strong
otherwise than what follows something weak. So the orders are the rows of a Latin square in which
each demo follows each other once (Williams 1949), as far as there are rows; jurors who see a part
of the demos see them in that order.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256


def viewing_order(
    event: str,
    juror: int,
    *,
    own: Collection[int],
    demos: Collection[int],
    jurors: Collection[int],
) -> tuple[int, ...]:
    """A juror's own demos in order. `event` is its slug, and it decides who stands where.

    `demos` are all that were handed in, `jurors` all who ever were asked: nobody's order changes
    when some of either have gone, or when jurors with higher ids come.
    """
    circle = sorted(demos, key=lambda demo: sha256(f"{event} {demo}".encode()).digest())
    place = {demo: at for at, demo in enumerate(circle)}
    start = int(_evenly(sorted(jurors).index(juror)) * len(circle))
    return tuple(sorted(own, key=lambda demo: _turn(place[demo] - start, len(circle))))


def still_to_see(
    order: Sequence[int], *, done: Collection[int], skipped: Iterable[int] = ()
) -> tuple[int, ...]:
    """What is left, in order; what was skipped comes last, and what was skipped last, very last.

    `skipped` are ids in the order of skipping, as often as it was done.
    """
    last = {demo: at for at, demo in enumerate(skipped)}
    left = [demo for demo in order if demo not in done]
    return tuple(sorted(left, key=lambda demo: last.get(demo, -1)))


def _turn(step: int, count: int) -> int:
    """When it is the turn of who stands so many steps further: 0, 1, -1, 2, -2, … come in order."""
    step %= count
    return 2 * step - 1 if 0 < step <= count // 2 else 2 * (-step % count)


def _evenly(number: int) -> float:
    """The number's digits behind the point, backwards in base two: 0, 1/2, 1/4, 3/4, 1/8, …

    However many come, they lie evenly between 0 and 1 (van der Corput 1935).
    """
    digits = f"{number:b}"
    return int(digits[::-1], 2) / 2 ** len(digits)
