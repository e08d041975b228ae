"""Engine counts: what an engine has done since it began, for whoever watches it. No JAX."""

from collections.abc import Iterable
from dataclasses import Field, dataclass, fields


@dataclass(frozen=True)
class Budget:
    """Bytes of ControlNets on each device, and in host memory; None is without a bound. One that is
    read passes through host memory in any case."""

    device: int | None = None
    host: int | None = None


@dataclass(frozen=True)
class Occupancy:
    """How much of the budget is taken, and what was loaded, dropped and not to be had so far."""

    resident: int = 0
    loading: int = 0
    device_bytes: int = 0
    host_bytes: int = 0
    budget: Budget = Budget()
    loads: int = 0
    drops: int = 0
    failures: int = 0


@dataclass
class Counts:
    """`tick_seconds` are those of ticks alone, without what was compiled; `slots` are those of one
    picture size, and `slots_taken` of all sizes together."""

    waiting: int = 0
    running: int = 0
    slots: int = 0
    slots_taken: int = 0
    ticks: int = 0
    tick_seconds: float = 0.0
    images: int = 0
    failures: int = 0
    compilations: int = 0
    residents: Occupancy = Occupancy()


def total(counts: Iterable[Counts]) -> Counts:
    """Of several engines together; a bound that one of them lacks, all lack."""
    each = list(counts)
    if not each:
        return Counts()
    residents = [one.residents for one in each]
    budgets = [one.budget for one in residents]
    budget = Budget(*(_bound([getattr(one, of.name) for one in budgets]) for of in fields(Budget)))
    held = {of.name: sum(getattr(one, of.name) for one in residents) for of in _sums(Occupancy)}
    done = {of.name: sum(getattr(one, of.name) for one in each) for of in _sums(Counts)}
    return Counts(**done, residents=Occupancy(**held, budget=budget))


def _sums(kind: type[Counts | Occupancy]) -> list[Field]:
    return [one for one in fields(kind) if one.name not in ("budget", "residents")]


def _bound(bounds: list[int | None]) -> int | None:
    known = [one for one in bounds if one is not None]
    return sum(known) if len(known) == len(bounds) else None
