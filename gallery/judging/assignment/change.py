"""A change to a wish that would let it be fulfilled, and the search for the smallest ones."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from gallery.judging.assignment.connected import Cuts
from gallery.judging.assignment.joining import is_possible, joined
from gallery.judging.assignment.program import Left, OutOfTime, Program, Rows
from gallery.judging.assignment.wish import Wish

NAMED = 5
"""Demos or jurors that a sentence names; more are counted."""

PATIENCE = 3.0
"""Seconds for each of those kinds of change that are hard to find."""


@dataclass(frozen=True)
class Change:
    """What of a wish would have to be otherwise."""

    newcomers: int = 0
    capacity: int | None = None
    """Of each newcomer."""
    room: tuple[tuple[int, int], ...] = ()
    """Jurors, and how many looks each would have to take on more than now."""
    ordinary: frozenset[int] = frozenset()
    """Anchors that only some look at."""
    looks: int | None = None

    def applied(self, wish: Wish) -> Wish:
        more = dict(self.room)
        jurors = tuple(
            each
            if each.capacity is None
            else replace(each, capacity=each.capacity + more.get(each.id, 0))
            for each in wish.jurors
        )
        wish = replace(
            wish,
            jurors=jurors,
            anchors=wish.anchors - self.ordinary,
            looks=wish.looks if self.looks is None else self.looks,
        )
        return wish.with_newcomers(self.newcomers, capacity=self.capacity)

    def size(self, wish: Wish) -> int:
        """How much it asks: jurors, looks of theirs, anchors, looks at each demo."""
        fewer = 0 if self.looks is None else wish.looks - self.looks
        return self.newcomers + sum(more for _, more in self.room) + len(self.ordinary) + fewer

    def __str__(self) -> str:
        return " and ".join(self._requests())

    def _requests(self) -> Iterator[str]:
        if self.room:
            more = [by for _, by in self.room]
            jurors = listed("juror", [juror for juror, _ in self.room])
            if len(set(more)) == 1:
                each = " each" if len(more) > 1 else ""
                yield f"ask {jurors} for {counted(more[0], 'more look')}{each}"
            else:
                yield f"ask {jurors} for {counted(sum(more), 'more look')} in all"
        if self.ordinary:
            yield f"let {listed('demo', sorted(self.ordinary))} be seen by some jurors only"
        if self.newcomers:
            each = " with room for " + counted(self.capacity, "look") if self.capacity else ""
            yield f"ask {counted(self.newcomers, 'more juror')}{each}"
        if self.looks is not None:
            yield {1: "look once", 2: "look twice"}.get(self.looks, f"look {self.looks} times")


def smallest_changes(wish: Wish, *, left: Left) -> tuple[Change, ...]:
    """One of each kind that helps by itself, or of two kinds together; the smallest first."""
    found = []
    for kind, seconds in (
        (_newcomers, left()),
        (_fewer_looks, left()),
        (_more_room, PATIENCE),
        (_fewer_anchors, PATIENCE),
    ):
        try:
            change = kind(wish, _at_most(seconds, left))
        except OutOfTime:
            continue
        if change is not None:
            found.append(change)
    return tuple(sorted(found, key=lambda change: change.size(wish))) or (_sure(wish),)


def listed(noun: str, ids: Iterable[int]) -> str:
    """`demo 7`, `demos 7 and 9`, `12 demos`."""
    names = [str(each) for each in ids]
    if len(names) > NAMED:
        return f"{len(names)} {noun}s"
    if len(names) == 1:
        return f"{noun} {names[0]}"
    return f"{noun}s {', '.join(names[:-1])} and {names[-1]}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _newcomers(wish: Wish, left: Left) -> Change | None:
    """As few as can be: with the largest room that somebody has, or else without a limit."""
    limits = [juror.capacity for juror in wish.jurors if juror.capacity is not None]
    largest = max(limits, default=0) if len(limits) == len(wish.jurors) else 0
    if largest:
        most = wish.looks + wish.looks * len(wish.demos) // largest
        count = _fewest(most, lambda count: _helps(wish, Change(count, largest), left))
        if count is not None:
            return Change(count, largest)
    count = _fewest(wish.looks, lambda count: _helps(wish, Change(count), left))
    return None if count is None else Change(count)


def _fewer_looks(wish: Wish, left: Left) -> Change | None:
    fewer = _fewest(
        wish.looks - 1, lambda fewer: _helps(wish, Change(looks=wish.looks - fewer), left)
    )
    return None if fewer is None else Change(looks=wish.looks - fewer)


def _more_room(wish: Wish, left: Left) -> Change | None:
    """The columns are looks `x`, the room `v` added for each juror, and the most `z` of one.

    Each load is at most the room and `v`. As little in all as can be; then spread evenly.
    """
    program = Program(wish)
    looks, jurors = len(program.open), len(program.jurors)
    if not (program.room < program.most).any():
        return None
    each, one = sparse.eye_array(jurors), np.ones((jurors, 1))
    within = sparse.hstack([program.by_juror, -each, 0 * one])
    even = sparse.hstack([sparse.csr_array((jurors, looks)), each, -one])
    rows = [
        program.enough,
        Rows.at_most(sparse.csr_array(within), (program.room - program.floor).astype(float)),
        Rows.at_most(sparse.csr_array(even), np.zeros(jurors)),
    ]
    largest = len(program.demos) + 1.0
    costs = np.concatenate([np.zeros(looks), np.full(jurors, largest), [1]])
    upper = np.concatenate([np.ones(looks), program.most - program.room, [largest]]).astype(float)
    found = joined(
        Cuts(program, program.floor, program.most),
        lambda cuts: program.best(costs, [*rows, *cuts], seconds=left(), upper=upper),
    )
    if found is None:
        return None
    added = found.others[:jurors]
    # What was done beyond a capacity was room already.
    have = [juror.capacity or 0 for juror in program.jurors]
    more = added + np.where(added > 0, program.room - np.array(have), 0)
    pairs = zip(program.jurors, more, strict=True)
    return Change(room=tuple((juror.id, int(by)) for juror, by in pairs if by))


def _fewer_anchors(wish: Wish, left: Left) -> Change | None:
    """`x` and `y`: an anchor is looked at by all who may, or `y` says that it is none."""
    if not wish.anchors:
        return None
    program = Program(replace(wish, anchors=frozenset()))
    anchors = sorted(wish.anchors)
    at = {anchor: place for place, anchor in enumerate(anchors)}
    columns = [column for column, (demo, _) in enumerate(program.open) if demo in at]
    places = [at[program.open[column][0]] for column in columns]
    looks, count = len(program.open), len(columns)
    order = np.arange(count)
    seen = sparse.csr_array((np.ones(count), (order, columns)), (count, looks))
    none = sparse.csr_array((np.ones(count), (order, places)), (count, len(anchors)))
    rows = [
        program.enough,
        program.loads(program.floor, program.ceiling),
        Rows.at_least(sparse.csr_array(sparse.hstack([seen, none])), np.ones(count)),
    ]
    costs = np.concatenate([np.zeros(looks), np.ones(len(anchors))])
    found = joined(
        Cuts(program, program.floor, program.most),
        lambda cuts: program.best(costs, [*rows, *cuts], seconds=left()),
    )
    if found is None:
        return None
    return Change(
        ordinary=frozenset(anchor for anchor, out in zip(anchors, found.others, strict=True) if out)
    )


def _sure(wish: Wish) -> Change:
    """As many newcomers as looks see everything; who has no room for the anchors needs it."""
    program = Program(wish)
    lack = np.maximum(0, program.floor - program.room)
    have = [each.capacity or 0 for each in program.jurors]
    room = tuple(
        (juror.id, int(floor - capacity))
        for juror, floor, capacity, by in zip(
            program.jurors, program.floor, have, lack, strict=True
        )
        if by
    )
    return Change(newcomers=wish.looks, room=room)


def _at_most(seconds: float, left: Left) -> Left:
    after = max(0, left() - seconds)
    return lambda: left() - after


def _helps(wish: Wish, change: Change, left: Left) -> bool:
    return is_possible(Program(change.applied(wish)), left=left)


def _fewest(most: int, helps: Callable[[int], bool]) -> int | None:
    """The smallest number from 1 that helps, where every larger one helps as well."""
    if most < 1 or not helps(most):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        if helps(middle):
            high = middle
        else:
            low = middle + 1
    return low
