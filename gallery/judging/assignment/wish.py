"""What is asked of an assignment: demos, jurors, and the rules between them."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256

from gallery.errors import Invalid

Look = tuple[int, int]
"""The id of a demo, and the id of the juror who looks at it."""


@dataclass(frozen=True)
class Demo:
    """What of a demo matters to who looks at it."""

    id: int
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Juror:
    """What of a juror matters to what they look at."""

    id: int
    topics: frozenset[str] = frozenset()
    share: int = 100
    """Per cent of what a juror with all their time looks at."""
    capacity: int | None = None
    """Looks at most, those that are done included; None: as many as there are."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Demos and jurors as they are now, and what holds between them.

    A look that is done stays, also of a juror who has gone. One that is done at a demo that has
    gone, or that is in conflict by now, is set aside: it counts as the juror's work alone.
    """

    demos: tuple[Demo, ...]
    jurors: tuple[Juror, ...]
    looks: int = 3
    """At each demo, at least."""
    anchors: frozenset[int] = frozenset()
    """Demos that everybody looks at who may."""
    conflicts: frozenset[Look] = frozenset()
    done: frozenset[Look] = frozenset()
    kept: frozenset[Look] = frozenset()
    """What was assigned so far; of it as little as possible changes."""

    def __post_init__(self) -> None:
        """Raises Invalid for what no event can mean."""
        if self.looks < 1:
            raise Invalid(
                f"looks at a demo must be at least 1, got {self.looks}; ask for one or more",
                field="looks",
            )
        _require_distinct((demo.id for demo in self.demos), field="demos")
        _require_distinct((juror.id for juror in self.jurors), field="jurors")
        for juror in self.jurors:
            if not 1 <= juror.share <= 100:
                raise Invalid(
                    f"a juror's share must be from 1 to 100 per cent, got {juror.share} for juror "
                    f"{juror.id}; leave out who has no time",
                    field="share",
                )
            if juror.capacity is not None and juror.capacity < 0:
                raise Invalid(
                    f"a juror's capacity must be 0 looks or more, got {juror.capacity} for juror "
                    f"{juror.id}; give a number of looks, or none",
                    field="capacity",
                )
        unknown = sorted(self.anchors - {demo.id for demo in self.demos})
        if unknown:
            raise Invalid(
                f"a demo that all look at must be among the demos, got {unknown[0]}; "
                "choose another one",
                field="anchors",
            )

    def with_newcomers(self, count: int, *, capacity: int | None) -> "Wish":
        """With more jurors, of whom nothing else is known."""
        first = 1 + max((juror.id for juror in self.jurors), default=0)
        first = max(first, 1 + max((juror for _, juror in self.conflicts | self.done), default=0))
        newcomers = (Juror(first + number, capacity=capacity) for number in range(count))
        return replace(self, jurors=(*self.jurors, *newcomers))


def choose_anchors(wish: Wish, count: int, before: Collection[int] = frozenset()) -> frozenset[int]:
    """The demos that all can look at best: those that all were to see `before`, then those with
    fewest conflicts, then those seen most."""
    jurors = {juror.id for juror in wish.jurors}
    barred = Counter(demo for demo, juror in wish.conflicts if juror in jurors)
    seen = Counter(demo for demo, _ in (wish.done | wish.kept) - wish.conflicts)
    order = sorted(
        (demo.id for demo in wish.demos),
        key=lambda demo: (demo not in before, barred[demo], -seen[demo], lot((demo, 0)), demo),
    )
    return frozenset(order[:count])


def lot(look: Look) -> int:
    """A number from 0 to 255 that a look draws: among equals it decides, always in the same way."""
    return sha256("{} {}".format(*look).encode()).digest()[0]


def _require_distinct(ids: Iterable[int], *, field: str) -> None:
    twice = [each for each, count in Counter(ids).items() if count > 1]
    if twice:
        raise Invalid(
            f"each of the {field} must be named once, got {min(twice)} twice; leave one out",
            field=field,
        )
