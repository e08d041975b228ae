"""Plans of looks: what can be asked, and the answer in words and from a shell."""

import pytest

from gallery.cli import main
from gallery.errors import Invalid
from gallery.judging.background import plans
from gallery.judging.background.plans import Figure
from gallery.judging.ranking.simulation import RUBRIC


def figure(looks: int, winner: float) -> Figure:
    return Figure(looks, 7.5 * looks, winner, 0.9, 0.4, 0.03)


@pytest.mark.parametrize(
    ("demos", "jurors", "field"),
    [(1, 8, "demos"), (301, 8, "demos"), (60, 0, "jurors"), (60, 61, "jurors")],
)
def test_what_cannot_be_simulated_is_refused_with_what_can(
    demos: int, jurors: int, field: str
) -> None:
    with pytest.raises(Invalid, match="choose a number between") as refused:
        plans.task_for(demos=demos, jurors=jurors, scales=RUBRIC)
    assert refused.value.field == field


def test_without_criteria_there_is_nothing_to_plan_for() -> None:
    with pytest.raises(Invalid, match="no criteria; add some"):
        plans.task_for(demos=10, jurors=4, scales=())


def test_nobody_looks_twice() -> None:
    assert plans.looks_for(1) == (1,)
    assert plans.looks_for(4) == (1, 2, 3, 4)
    assert plans.looks_for(60) == (1, 2, 3, 4, 5, 6, 8)


def test_equal_wishes_are_one_task() -> None:
    one = plans.task_for(demos=10, jurors=4, scales=RUBRIC)
    assert one == plans.task_for(demos=10, jurors=4, scales=list(RUBRIC))
    assert one != plans.task_for(demos=10, jurors=5, scales=RUBRIC)
    assert one.parts == 4


def test_the_fewest_looks_that_suffice_are_the_answer() -> None:
    found = [figure(1, 0.6), figure(2, 0.91), figure(3, 0.95)]
    assert plans.enough(found) == found[1]
    said = plans.in_words(found, is_whole=True)
    assert said.startswith("2 looks at each demo: the winner is right in 91 % (± 3 %)")


def test_where_none_suffices_the_best_is_told_with_what_would_help() -> None:
    said = plans.in_words([figure(1, 0.4), figure(2, 0.5)], is_whole=True)
    assert said.startswith("None suffices for 90 %: with 2 looks the winner is right in 50 %")
    assert "more jurors would help" in said
    assert "so far" in plans.in_words([figure(1, 0.4)], is_whole=False)


@pytest.mark.slow
def test_a_shell_has_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jury", "plan", "--demos", "4", "--jurors", "2", "--juries", "2"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 4
    assert rows[0].split()[0] == "looks"
    assert [row.split()[0] for row in rows[1:3]] == ["1", "2"]
    assert main(["jury", "plan", "--demos", "1", "--jurors", "2"]) == 2
    assert main(["jury", "plan", "--demos", "4", "--jurors", "2", "--juries", "0"]) == 2
    assert "simulates 1 to 10000 juries, got 0" in capsys.readouterr().err
