"""What is open when, and what a deadline says."""

from datetime import UTC, datetime, timedelta

import pytest

from gallery.errors import Closed
from gallery.event.event import Event, PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.event.rubric import Criterion, Rubric

MOMENT = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def sprint() -> Event:
    return load_event(SHIPPED)


@pytest.mark.parametrize("key", PhaseKey)
def test_a_phase_is_open_from_its_start_until_just_before_its_end(
    sprint: Event, key: PhaseKey
) -> None:
    phase = sprint.phase(key)
    expected = {
        phase.starts - MOMENT: False,
        phase.starts: True,
        phase.ends - MOMENT: True,
        phase.ends: False,
    }
    assert {moment: sprint.is_open(key, moment) for moment in expected} == expected


def test_what_is_closed_says_when_it_was_open(sprint: Event) -> None:
    late = datetime(2023, 5, 2, tzinfo=UTC)
    with pytest.raises(Closed) as refused:
        sprint.require_open(PhaseKey.SUBMISSION, late, "submitting")
    assert str(refused.value) == (
        "submitting is open from 16 April 2023, 22:00 UTC to 1 May 2023, 21:59 UTC; it is over"
    )
    with pytest.raises(Closed, match="it begins then"):
        sprint.require_open(PhaseKey.SUBMISSION, sprint.starts, "submitting")


def test_the_shares_of_criteria_follow_their_weights() -> None:
    heavy, light = Criterion(key="a", name="A", weight=3), Criterion(key="b", name="B", weight=1)
    rubric = Rubric(criteria=(heavy, light))
    assert (rubric.share(heavy), rubric.share(light)) == (0.75, 0.25)


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [(3, 5, "3 to 5 people"), (4, 4, "4 people"), (1, 1, "1 person")],
)
def test_a_team_s_size_is_told_in_words(sprint: Event, least: int, most: int, words: str) -> None:
    event = sprint.model_copy(update={"team_min": least, "team_max": most})
    assert event.team_size == words
