"""Leave one juror out: whether the podium would be another, and which demos would move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gallery.judging.background.reckoner import Job
from gallery.judging.background.task import Task
from gallery.judging.evidence import Evidence
from gallery.judging.reckoning import said_in

MOVES_MOST = 5
"""Demos that are told of each juror, the furthest moved first."""


@dataclass(frozen=True)
class Move:
    """One demo's rank with and without a juror."""

    demo: int
    rank: int
    without: int


@dataclass(frozen=True)
class Without:
    """The ranking without one juror, under a pseudonym."""

    juror: str
    joined: tuple[int, ...]
    left: tuple[int, ...]
    decides: bool
    """Whether the podium is another, or in another order."""
    moved: int
    """So many demos change their rank."""
    moves: tuple[Move, ...]


def task_for(evidence: Evidence) -> Task:
    jurors = {one.juror for one in (*evidence.looks, *evidence.comparisons)}
    return Task("influence", evidence.event, evidence.model_dump_json(), len(jurors))


def looks_behind(task: Task) -> int:
    """From how many looks and comparisons it was reckoned."""
    evidence = Evidence.model_validate_json(task.told)
    return len(evidence.looks) + len(evidence.comparisons)


def reckon(told: str) -> Iterator[dict[str, Any]]:
    """A part for each juror; each costs what a ranking costs."""
    from gallery.judging.ranking.influence import each_influence

    said = said_in(Evidence.model_validate_json(told))
    for one in each_influence(*said):
        yield {
            "juror": one.juror,
            "joined": one.joined,
            "left": one.left,
            "decides": one.decides,
            "moved": len(one.moves),
            "moves": [(move.demo, move.rank, move.without) for move in one.moves[:MOVES_MOST]],
        }


def found_in(job: Job) -> Sequence[Without]:
    """Those that change the podium come first."""
    found = [
        Without(
            juror=part["juror"],
            joined=tuple(part["joined"]),
            left=tuple(part["left"]),
            decides=part["decides"],
            moved=part["moved"],
            moves=tuple(Move(*move) for move in part["moves"]),
        )
        for part in job.parts
    ]
    return sorted(
        found, key=lambda one: (not (one.joined or one.left), not one.decides, -one.moved)
    )
