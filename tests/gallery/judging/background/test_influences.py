"""One juror left out: told for each, those that change the podium first."""

import json

import pytest

from gallery.judging.background import influences
from gallery.judging.background.reckoner import Job, State
from gallery.judging.evidence import Evidence, Look
from gallery.judging.ranking.evidence import Scale


def evidence() -> Evidence:
    """Four jurors agree on six demos; the fifth turns it round for the last."""
    scores = {"juror 1": 0, "juror 2": 0, "juror 3": 0, "juror 4": 0, "juror 5": 1}
    looks = [
        Look(
            juror=juror,
            demo=demo,
            scores={"craft": (demo if turned else 7 - demo)},
            position=demo,
        )
        for juror, turned in scores.items()
        for demo in range(1, 7)
    ]
    return Evidence(
        event="summer",
        criteria=(Scale("craft", 0, 9, 1),),
        demos=tuple(range(1, 7)),
        looks=tuple(looks),
        comparisons=(),
    )


@pytest.mark.slow
def test_each_juror_is_left_out_once() -> None:
    task = influences.task_for(evidence())
    assert task.parts == 5
    assert (task.about, influences.looks_behind(task)) == ("summer", 30)
    parts = [json.loads(json.dumps(part)) for part in influences.reckon(task.told)]
    found = influences.found_in(Job(task, State.DONE, tuple(parts)))
    assert sorted(one.juror for one in found) == [f"juror {number}" for number in range(1, 6)]
    for one in found:
        assert not {*one.joined} & {*one.left}
        assert len(one.moves) <= influences.MOVES_MOST


def test_who_changes_the_podium_comes_first() -> None:
    part = {"joined": [], "left": [], "decides": False, "moved": 4, "moves": [[1, 5, 9]]}
    parts = (
        {**part, "juror": "juror 1"},
        {**part, "juror": "juror 2", "decides": True, "moved": 2},
        {**part, "juror": "juror 3", "joined": [4], "left": [2], "decides": True, "moved": 2},
    )
    task = influences.task_for(evidence())
    found = influences.found_in(Job(task, State.DONE, parts))
    assert [one.juror for one in found] == ["juror 3", "juror 2", "juror 1"]
    assert found[0].moves[0] == influences.Move(demo=1, rank=5, without=9)
