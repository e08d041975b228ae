"""Why a wish has no answer: the rule that cannot hold, and the smallest changes that help."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from gallery.judging.assignment.change import Change, counted, listed, smallest_changes
from gallery.judging.assignment.connected import parts
from gallery.judging.assignment.program import Left, Program
from gallery.judging.assignment.wish import Wish


class Rule(StrEnum):
    """What may not be able to hold, in the order in which it is looked at."""

    ANCHORS = "anchors"
    LOOKS = "looks"
    ROOM = "room"
    CONNECTED = "connected"


@dataclass(frozen=True)
class Impossible:
    """The answer to a wish that no assignment fulfils."""

    rule: Rule
    problem: str
    """What was expected, and what came."""
    changes: tuple[Change, ...]
    """Each is enough by itself; the smallest first, and there is always one."""

    def __str__(self) -> str:
        return f"{self.problem}; {', or '.join(map(str, self.changes))}"


def explain(wish: Wish, *, left: Left) -> Impossible:
    """Of a wish that is impossible: the first rule that cannot hold, and what would help."""
    program = Program(wish)
    for rule, look in _LOOKED_AT.items():
        problem = look(program)
        if problem is not None:
            return Impossible(rule, problem, smallest_changes(wish, left=left))
    problem = _falls_apart(program)
    return Impossible(Rule.CONNECTED, problem, smallest_changes(wish, left=left))


def _too_many_anchors(program: Program) -> str | None:
    over = np.flatnonzero(program.floor > program.room)
    if not over.size:
        return None
    at = int(over[np.argmax((program.floor - program.room)[over])])
    juror, floor, room = program.jurors[at], int(program.floor[at]), int(program.room[at])
    others = "" if over.size == 1 else f", and {counted(over.size - 1, 'other juror')} too few"
    return (
        f"with the demos that all look at, juror {juror.id} should take on "
        f"{counted(floor, 'look')}, but has room for {room}{others}"
    )


def _too_few_may(program: Program) -> str | None:
    """A demo that fewer may look at than looks are wanted."""
    wish = program.wish
    may = Counter(demo for demo, _ in [*program.open, *program.settled])
    few = [demo.id for demo in program.demos if may[demo.id] < wish.looks]
    if not few:
        return None
    worst = min(few, key=lambda demo: (may[demo], demo))
    barred = sum((worst, juror.id) in wish.conflicts for juror in program.jurors)
    others = "" if len(few) == 1 else f" (and {counted(len(few) - 1, 'other demo')} by too few)"
    seen = (
        f"can be seen by {counted(may[worst], 'juror')} only"
        if may[worst]
        else "can be seen by nobody"
    )
    why = "there are no more"
    if barred:
        why = f"{barred} {'is' if barred == 1 else 'are'} in conflict"
    return f"demo {worst} should get {counted(wish.looks, 'look')}, but {seen}{others}, since {why}"


def _too_little_room(program: Program) -> str | None:
    """Demos whose jurors cannot take on all their looks: the smallest cut of a flow.

    Nodes: the source, demos, jurors, the sink.
    """
    demos, jurors, looks = len(program.demos), len(program.jurors), len(program.open)
    source, sink = 0, demos + jurors + 1
    left = [np.full(demos, source), 1 + program.demo, 1 + demos + np.arange(jurors)]
    right = [1 + np.arange(demos), 1 + demos + program.juror, np.full(jurors, sink)]
    room = program.ceiling - program.floor
    limits = np.concatenate([program.need, np.ones(looks, np.int64), room]).astype(np.int32)
    where = (np.concatenate(left), np.concatenate(right))
    graph = sparse.csr_array((limits, where), (sink + 1, sink + 1))
    flow = csgraph.maximum_flow(graph, source, sink)
    lack = int(program.need.sum() - flow.flow_value)
    if not lack:
        return None
    rest = sparse.csr_array(graph - flow.flow)
    rest.eliminate_zeros()
    reached = set(csgraph.breadth_first_order(rest, source, return_predecessors=False).tolist())
    short = [demo.id for at, demo in enumerate(program.demos) if 1 + at in reached]
    total = program.wish.looks * len(short)
    each = (
        f"{counted(program.wish.looks, 'look')} each, {total} in all"
        if len(short) > 1
        else f"{counted(total, 'look')}"
    )
    return (
        f"{listed('demo', short)} should get {each}, but those who may look at "
        f"{'them' if len(short) > 1 else 'it'} have room for {total - lack}"
    )


def _falls_apart(program: Program) -> str:
    part = parts(program, np.ones(len(program.open), bool))[: len(program.demos)]
    sizes = np.bincount(part)
    present = np.unique(part)
    expected = "demos should hang together through jurors who look at several"
    if present.size < 2:
        total = counted(int(program.ceiling.sum()), "look")
        return f"{expected}, but the room of all jurors, {total}, does not reach"
    smallest = present[np.argmin(sizes[present])]
    few = [demo.id for demo, each in zip(program.demos, part, strict=True) if each == smallest]
    return f"{expected}, but nobody may look at {listed('demo', few)} and at another"


_LOOKED_AT = {
    Rule.ANCHORS: _too_many_anchors,
    Rule.LOOKS: _too_few_may,
    Rule.ROOM: _too_little_room,
}
