"""Small juries, the rules said once more in the plainest way, and every assignment tried."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from hypothesis import strategies as st

from gallery.judging.assignment.wish import Demo, Juror, Look, Wish

TOPICS = ("depth", "canny", "faces")


def wish(count: int, people: int, /, **changes: object) -> Wish:
    """Demos from 1, jurors from 101."""
    values = {
        "demos": tuple(Demo(number) for number in range(1, count + 1)),
        "jurors": tuple(Juror(number) for number in range(101, 101 + people)),
    }
    return Wish(**{**values, **changes})  # pyright: ignore[reportArgumentType]


@st.composite
def wishes(draw: st.DrawFn, *, most_demos: int = 7, most_jurors: int = 6) -> Wish:
    """Fresh ones, and such in the middle of an evening, some scored, some gone."""
    topics = st.frozensets(st.sampled_from(TOPICS), max_size=2)
    ids = range(1, 1 + draw(st.integers(1, most_demos)))
    capacity = st.none() | st.integers(0, most_demos)
    share = st.just(100) | st.sampled_from((50, 30))
    numbers = range(101, 101 + draw(st.integers(1, most_jurors)))
    look = st.tuples(st.integers(1, len(ids) + 1), st.integers(101, 101 + len(numbers)))
    few, many = st.frozensets(look, max_size=4), st.frozensets(look, max_size=12)
    return Wish(
        demos=tuple(Demo(each, draw(topics)) for each in ids),
        jurors=tuple(Juror(each, draw(topics), draw(share), draw(capacity)) for each in numbers),
        looks=draw(st.integers(1, 3)),
        anchors=draw(st.frozensets(st.sampled_from(ids), max_size=2)),
        conflicts=draw(few),
        done=draw(st.just(frozenset()) | few),
        kept=draw(st.just(frozenset()) | many),
    )


def broken(wish: Wish, looks: frozenset[Look]) -> list[str]:
    """The rules that new looks break; said as for people, without matrices."""
    demos = {demo.id for demo in wish.demos}
    jurors = {juror.id: juror for juror in wish.jurors}
    done = {look for look in wish.done - wish.conflicts if look[0] in demos}
    made = done | looks
    found = []
    if looks & wish.done or any(demo not in demos or juror not in jurors for demo, juror in looks):
        found.append("known and new")
    if looks & wish.conflicts:
        found.append("conflicts")
    seen = Counter(demo for demo, _ in made)
    if any(seen[demo] < wish.looks for demo in demos):
        found.append("looks")
    free = {(d, j) for d in demos for j in jurors} - wish.conflicts
    if any(look not in made for look in free if look[0] in wish.anchors):
        found.append("anchors")
    if not hang_together(demos, made):
        found.append("connected")
    if not found and not are_fair(wish, looks):
        found.append("loads")
    return found


def are_fair(wish: Wish, looks: frozenset[Look]) -> bool:
    load = Counter(juror for _, juror in looks | wish.done)
    return any(
        all(
            low <= load[juror.id] <= high
            for juror, (low, high) in zip(wish.jurors, each, strict=True)
        )
        for each in _fair_loads(wish)
    )


@lru_cache
def _fair_loads(wish: Wish) -> set[tuple[tuple[int, int], ...]]:
    """For each level the bounds of all, who stand at their floor or their ceiling apart."""
    demos = {demo.id for demo in wish.demos}
    everybody = []
    for juror in wish.jurors:
        done = sum(each == juror.id for _, each in wish.done)
        free = {(demo, juror.id) for demo in demos} - wish.conflicts - wish.done
        floor = done + sum(demo in wish.anchors for demo, _ in free)
        ceiling = done + len(free)
        if juror.capacity is not None:
            if floor > max(done, juror.capacity):
                return set()
            ceiling = min(ceiling, max(done, juror.capacity))
        everybody.append((juror.share, floor, ceiling))
    return {
        tuple(
            (
                max(floor, min(ceiling, level * share // 2000)),
                max(floor, min(ceiling, -(-level * share // 2000))),
            )
            for share, floor, ceiling in everybody
        )
        for level in range(20 * (1 + max((c * 100 // s + 1 for s, _, c in everybody), default=0)))
    }


def hang_together(demos: set[int], made: set[Look] | frozenset[Look]) -> bool:
    if not demos:
        return True
    reached, before = {min(demos)}, set()
    while reached != before:
        before = reached
        jurors = {juror for demo, juror in made if demo in reached}
        reached = reached | {demo for demo, juror in made if juror in jurors}
    return demos <= reached


def every_assignment(wish: Wish) -> Iterator[frozenset[Look]]:
    """All that break no rule."""
    demos = [demo.id for demo in wish.demos]
    free = [(d, j.id) for d in demos for j in wish.jurors]
    free = [look for look in free if look not in wish.conflicts and look not in wish.done]
    for count in range(len(free) + 1):
        for looks in combinations(free, count):
            if not broken(wish, frozenset(looks)):
                yield frozenset(looks)


def changes(wish: Wish, looks: frozenset[Look]) -> int:
    """What is new beside what was kept, and what of it is no more though it is not done."""
    demos = {demo.id for demo in wish.demos}
    done = {look for look in wish.done - wish.conflicts if look[0] in demos}
    return len(looks - wish.kept) + len(wish.kept - looks - done)


def matches(wish: Wish, looks: frozenset[Look]) -> int:
    known = {demo.id: demo.topics for demo in wish.demos}
    topics = {juror.id: juror.topics for juror in wish.jurors}
    done = {look for look in wish.done - wish.conflicts if look[0] in known}
    return sum(bool(known[d] & topics.get(j, frozenset())) for d, j in looks | done)
