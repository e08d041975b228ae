"""Jurors and organisers at the same moment, on real threads: no score is lost, none is there twice,
and the log tells the same as the ballots."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Ballot, Comparison, Conflict, LogEntry
from gallery.errors import GalleryError
from gallery.judging import ballots, comparisons, conflicts, handing_out, judgings
from gallery.judging.ballots import Said
from tests.gallery.judging.conftest import WHOLE, Jury

JURORS = ("juror", "jo-2")
MACHINES = 2
"""Of each juror, each with the same forms open."""
PRESSES = 12

Kept = tuple[int, int, int, dict[str, int]]
"""A juror's account, a demo, the number and the scores that were acknowledged."""


def at_once(jury: Jury, *calls: tuple[Callable[..., Any], str, dict[str, Any]]) -> list[Any]:
    """What each ended in: what it gave, or its error. Nobody is ready before all are."""
    barrier = Barrier(len(calls))
    for _, who, _ in calls:
        jury.person(who)

    def call(use_case: Callable[..., Any], who: str, options: dict[str, Any]) -> Any:
        barrier.wait()
        try:
            return jury(use_case, who, **options)
        except GalleryError as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call, *one) for one in calls]]


def test_of_two_that_began_on_the_same_number_one_is_told(jury: Jury) -> None:
    demo = jury.demos[0]
    for number in range(5):
        one, other = (
            Said({"craft": 1 + number % 5}, note="one"),
            Said({"idea": number}, note="other"),
        )
        done = at_once(
            jury,
            *(
                (ballots.save, "juror", {"submission_id": demo, "number": number, "said": said})
                for said in (one, other)
            ),
        )
        assert sorted(type(each).__name__ for each in done) == ["Ballot", "Stale"]
        kept = jury.ballot("juror", demo)
        assert kept is not None
        assert kept.number == number + 1
        assert kept.note == ("one" if isinstance(done[0], Ballot) else "other")


def test_the_same_twice_at_once_is_once(jury: Jury) -> None:
    options = {"submission_id": jury.demos[0], "number": 0, "said": WHOLE}
    done = at_once(jury, *((ballots.finish, "juror", options) for _ in range(4)))
    assert [type(one).__name__ for one in done] == ["Ballot"] * 4
    with jury.gallery.database.read() as session:
        actions = session.scalars(select(LogEntry.action).where(LogEntry.action.like("ballot.%")))
        assert sorted(actions) == ["ballot.finished", "ballot.saved"]


def test_two_demos_that_are_finished_at_once_have_two_places(jury: Jury) -> None:
    done = at_once(
        jury,
        *(
            (ballots.finish, "juror", {"submission_id": demo, "number": 0, "said": WHOLE})
            for demo in jury.demos
        ),
    )
    assert sorted(one.position for one in done) == [0, 1, 2]


@pytest.mark.parametrize("seed", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_whatever_meets_no_acknowledged_score_is_lost(jury: Jury, seed: int) -> None:
    names = [name for name in JURORS for _ in range(MACHINES)]
    actors = {name: jury.person(name) for name in (*JURORS, "organiser")}
    acknowledged: list[Kept] = []
    barrier = Barrier(len(names) + 2)

    def press(name: str, chance: Random) -> None:
        """With whatever number this machine last heard of: often another was quicker."""
        heard: dict[int, int] = defaultdict(int)
        barrier.wait()
        for _ in range(PRESSES):
            demo = chance.choice(jury.demos)
            said = Said({"craft": chance.randint(1, 5), "idea": chance.randint(0, 9)})
            use_case = chance.choice((ballots.save, ballots.finish))
            options = {"submission_id": demo, "number": heard[demo], "said": said}
            kept = attempt(jury, use_case, actors[name], **options)
            if isinstance(kept, Ballot):
                heard[demo] = kept.number
                acknowledged.append((kept.account_id, demo, kept.number, dict(said.scores)))
            else:
                found = jury.ballot(name, demo)
                heard[demo] = 0 if found is None else found.number
            left, right = chance.sample(jury.demos, 2)
            better = chance.choice(comparisons.ANSWERS)
            options = {"left": left, "right": right, "better": better}
            attempt(jury, comparisons.compare, actors[name], **options)

    def organise(chance: Random) -> None:
        barrier.wait()
        for _ in range(PRESSES // 3):
            attempt(jury, judgings.close, actors["organiser"], reason="enough")
            attempt(jury, judgings.reopen, actors["organiser"], reason="one was late")
            attempt(
                jury, ballots.skip, actors["jo-2"], submission_id=jury.demos[1], reason="asleep"
            )
            away = {"account_id": actors["jo-2"].account_id, "reason": "ill"}
            is_away = chance.random() < 0.5
            attempt(jury, handing_out.set_away, actors["organiser"], is_away=is_away, **away)

    def declare() -> None:
        barrier.wait()
        attempt(
            jury, conflicts.declare, actors["jo-2"], submission_id=jury.demos[2], reason="a friend"
        )

    with ThreadPoolExecutor(len(names) + 2) as pool:
        done = [pool.submit(press, name, Random(f"{seed} {at}")) for at, name in enumerate(names)]
        done += [pool.submit(organise, Random(seed)), pool.submit(declare)]
        for one in done:
            one.result()
    assert acknowledged
    assert_all_is_there(jury, acknowledged)


def attempt(jury: Jury, use_case: Callable[..., Any], actor: Actor, **options: Any) -> Any:
    try:
        with jury.gallery.database.write() as session:
            act = Act(session, actor, jury.clock.now, jury.gallery.current)
            return use_case(act, **options)
    except GalleryError as refused:
        return refused


def assert_all_is_there(jury: Jury, acknowledged: list[Kept]) -> None:
    """The log of saves, in its order, gives the ballots again; each acknowledged one is in it."""
    with jury.gallery.database.read() as session:
        rows = session.scalars(select(Ballot)).all()
        entries = session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
        declared = session.scalars(select(Conflict)).all()
        compared = session.scalars(select(Comparison)).all()
    saves: dict[tuple[int, int], list[tuple[int, dict[str, int]]]] = defaultdict(list)
    is_closed, barred = False, set()
    for entry in entries:
        if entry.action in ("judging.closed", "judging.opened"):
            is_closed = entry.action == "judging.closed"
        if entry.action == "conflict.declared":
            barred.add((entry.details["juror"], int(entry.subject_id)))
        if entry.action == "ballot.saved":
            pair = entry.details["juror"], int(entry.subject_id)
            assert not is_closed, "nothing is taken while it is closed"
            assert pair not in barred, "nothing is taken after a conflict was declared"
            saves[pair].append((entry.details["number"], entry.details["scores"]))
    for account, demo, number, scores in acknowledged:
        assert (number, scores) in saves[account, demo], "it was acknowledged, and is lost"
    assert {(one.account_id, one.submission_id) for one in rows} == set(saves)
    for row in rows:
        told = saves[row.account_id, row.submission_id]
        assert [number for number, _ in told] == list(range(1, row.number + 1)), "each number once"
        assert told[-1][1] == row.scores
        is_barred = (row.account_id, row.submission_id) in barred
        assert (row.set_aside_at is not None) == is_barred
    places: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.position is not None:
            places[row.account_id].append(row.position)
    for found in places.values():
        assert sorted(found) == list(range(len(found)))
    assert len(declared) == 1
    for one in compared:
        is_barred = any((one.account_id, demo) in barred for demo in (one.first_id, one.second_id))
        assert (one.set_aside_at is not None) == is_barred
