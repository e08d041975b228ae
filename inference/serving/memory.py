"""ControlNets in device memory: which to load next, and which to drop for it.

A job begins only when all ControlNets that it names are resident. Those that are in use, and pinned
ones, stay. Memory is shared out in this order:

1. What fits beside what is there is loaded at once.
2. So is what fits once ControlNets are dropped that no job needs any more, least recently used
   first.
3. Otherwise it waits until it is due: `patience` ticks after the job came in or its ControlNet was
   dropped, or at once when nothing else can run. From then on no image takes a seat that needs what
   has to go, so that it goes when those are done that sit already. One job is due at a time, and
   what it needs stays until the job has begun.

Clients take turns in this too: each has one job in line here, and goes behind the others when
something is loaded for it. So an endless stream of jobs for one ControlNet keeps a job for another
waiting for `patience` ticks, for images that sit already, and for one such turn of each client
before it; never for what came in later.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Fits = Callable[[frozenset[str]], bool]
"""Whether ControlNets of these names fit in device memory together."""


@dataclass(frozen=True)
class Wanted:
    """What to drop, at once, and what to load then, in this order."""

    load: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """A job that has not begun, as the memory sees it."""

    job: int
    client: str
    names: frozenset[str]
    since: int
    """The tick at which it came in."""
    arrival: int
    """Its number among all jobs and loads."""


class Memory:
    """Which ControlNets are resident, on their way, in favour, or to go."""

    def __init__(self, *, fits: Fits, pinned: Collection[str], patience: int) -> None:
        self._fits = fits
        self._pinned = frozenset(pinned)
        self._patience = patience
        self._resident: dict[str, int] = {}
        self._loading: set[str] = set()
        self._dropped: dict[str, int] = {}
        self._granted: dict[str, int] = {}
        self._due: Candidate | None = None
        self._leaving: frozenset[str] = frozenset()

    def can_hold(self, names: frozenset[str]) -> bool:
        """Whether a job that needs these can ever begin."""
        return not names or self._fits(names | self._pinned)

    def may_begin(self, job: int, names: frozenset[str]) -> bool:
        """Whether all are here, and none of them is to go for somebody else."""
        is_due = self._due is not None and self._due.job == job
        return names <= self._resident.keys() and (is_due or not names & self._leaving)

    def load(self, name: str, *, clients: Iterable[str], arrival: int) -> None:
        """It is on its way, for these clients."""
        self._loading.add(name)
        self._granted |= dict.fromkeys(clients, arrival)

    def ready(self, name: str, *, tick: int) -> None:
        self._loading.discard(name)
        self._resident[name] = tick

    def drop(self, name: str, *, tick: int) -> None:
        """It is here no longer, or could not be loaded."""
        self._loading.discard(name)
        if self._resident.pop(name, None) is not None:
            self._dropped[name] = tick
        self._leaving -= {name}

    def used(self, names: Iterable[str], *, tick: int) -> None:
        for name in names:
            if name in self._resident:
                self._resident[name] = tick

    def had_its_turn(self, job: int) -> None:
        if self._due is not None and self._due.job == job:
            self._due, self._leaving = None, frozenset()

    def wanted(
        self, waiting: Sequence[Candidate], *, used: frozenset[str], tick: int, is_stuck: bool
    ) -> Wanted:
        """What `waiting` jobs ask for, beside what sitting images have `used`."""
        clients = {candidate.client for candidate in waiting}
        self._granted = {who: at for who, at in self._granted.items() if who in clients}
        held = set(self._resident) | self._loading
        needed = {name for candidate in waiting for name in candidate.names}
        kept = self._pinned | used | (self._due.names if self._due else frozenset())
        load: list[str] = []
        drop: list[str] = []
        self._leaving = frozenset()
        for one in self._in_turn(waiting):
            lacking = sorted(one.names - held)
            kept_now = kept | one.names
            spare = [name for name in self._oldest() if name in held and name not in kept_now]
            leaving = self._first(held | one.names, [n for n in spare if n not in needed])
            if leaving is None and self._is_due(one, tick=tick, is_stuck=is_stuck):
                self._due = one
                kept |= one.names
                leaving = self._first(held | one.names, self._going(one, held))
                if leaving is not None and used & set(leaving):
                    self._leaving = frozenset(leaving)
                    held |= one.names  # nobody takes the room that it waits for
                    continue
            if leaving is None:
                continue
            drop += leaving
            load += lacking
            kept |= one.names
            held = held - set(leaving) | one.names
        return Wanted(load=tuple(load), drop=tuple(drop))

    def _in_turn(self, waiting: Sequence[Candidate]) -> list[Candidate]:
        """One job of each client that lacks something; who is due first, then who waits longest."""
        held = self._resident.keys() | self._loading
        firsts: dict[str, Candidate] = {}
        for one in waiting:
            if not one.names <= held:
                firsts.setdefault(one.client, one)

        def turn(one: Candidate) -> tuple[bool, int]:
            is_due = self._due is not None and self._due.job == one.job
            return not is_due, max(one.arrival, self._granted.get(one.client, 0))

        return sorted(firsts.values(), key=turn)

    def _is_due(self, one: Candidate, *, tick: int, is_stuck: bool) -> bool:
        if self._due is not None:
            return self._due.job == one.job
        since = max([one.since, *(self._dropped.get(name, 0) for name in one.names)])
        return (is_stuck and not self._loading) or tick - since >= self._patience

    def _going(self, one: Candidate, held: Collection[str]) -> list[str]:
        return [n for n in self._oldest() if n in held and n not in self._pinned | one.names]

    def _oldest(self) -> list[str]:
        """Resident ones, the least recently used first."""
        return sorted(self._resident, key=lambda name: (self._resident[name], name))

    def _first(self, names: Collection[str], spare: Sequence[str]) -> list[str] | None:
        """The shortest head of `spare` without which `names` fit; None where none is enough."""
        for count in range(len(spare) + 1):
            if self._fits(frozenset(names) - frozenset(spare[:count])):
                return list(spare[:count])
        return None
