"""A juror's own view: what their scores and comparisons say, and which pair follows from it."""

from collections.abc import Callable

import numpy as np
import pytest

from gallery.actor import Actor
from gallery.gallery import Gallery
from gallery.judging import ballots, comparisons, own_view
from gallery.judging.ballots import Said
from tests.gallery.conftest import Clock
from tests.gallery.judging.conftest import JURORS, Jury

OWN = {"craft": (5, 5, 4, 4, 4, 2, 1), "idea": (9, 8, 6, 6, 5, 3, 0)}


def test_a_comparison_moves_the_two_apart_and_leaves_the_rest() -> None:
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    before, _ = own_view.posterior(scores, [])
    after, covariance = own_view.posterior(scores, [(1, 2, 1.0)])
    assert before[1] == pytest.approx(before[2])
    assert after[1] > before[1] > after[2]
    assert after[[0, 3]] == pytest.approx(before[[0, 3]])
    assert covariance[1, 2] > 0, "they are known together now"


def test_scores_that_are_all_the_same_leave_all_level() -> None:
    means, covariance = own_view.posterior(np.full(5, 0.7), [])
    assert means == pytest.approx(np.zeros(5))
    assert np.diag(covariance) == pytest.approx(np.full(5, 0.5))
    assert own_view.among_first(means, covariance) == pytest.approx(np.full(5, 0.4), abs=0.05)


@pytest.mark.parametrize(("count", "first"), [(2, 1), (3, 1), (4, 2), (6, 3), (40, 3)])
def test_who_is_among_the_first_adds_up(count: int, first: int) -> None:
    told = own_view.among_first(*own_view.posterior(np.linspace(0, 1, count), []))
    assert told.sum() == pytest.approx(first)
    assert np.all(np.diff(told) >= -0.05)


@pytest.fixture
def seven(gallery: Gallery, clock: Clock, person: Callable[[str], Actor]) -> Jury:
    """Seven demos, of which one juror has judged all; another is about to."""
    jury = Jury(gallery, clock, person)
    for name in JURORS:
        person(name)
    jury.hand_in(7)
    jury.begin()
    jury.assign_all("juror", "jo-2")
    for at, demo in enumerate(jury.demos):
        own = Said({key: values[at] for key, values in OWN.items()})
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=own)
    return jury


def offered(jury: Jury) -> tuple[int, int]:
    pair = jury(comparisons.offered, "juror")
    return pair.left.id, pair.right.id


def test_what_is_offered_tells_nothing_of_what_others_gave(seven: Jury) -> None:
    """The same evening again and again, with another colleague each time."""
    first = offered(seven)
    for liked in (seven.demos[5:], first, seven.demos[:1]):
        for demo in seven.demos:
            said = Said({"craft": 5, "idea": 9} if demo in liked else {"craft": 1, "idea": 0})
            kept = seven.ballot("jo-2", demo)
            number = 0 if kept is None else kept.number
            seven(ballots.finish, "jo-2", submission_id=demo, number=number, said=said)
        assert offered(seven) == first
    left, right = first
    for better in ("left", "right", "equal"):
        seven(comparisons.compare, "jo-2", left=left, right=right, better=better)
        assert offered(seven) == first


def test_what_is_offered_lies_where_ones_own_first_three_are_open(seven: Jury) -> None:
    places = {seven.demos.index(demo) for demo in offered(seven)}
    assert places & {2, 3, 4}, "the third place is open between these"
    assert not places & {5, 6}, "these two are far behind"
