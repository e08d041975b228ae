"""Rescheduling: what moves along with a deadline, and what cannot be."""

from datetime import timedelta

import pytest

from gallery.errors import Invalid
from gallery.event.event import Event, Moved, PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.event.moving import left_behind, shifts, with_deadline, with_judging_until
from tests.gallery.summer import NOW, summer

SPRINT = load_event(SHIPPED)
DAY = timedelta(days=1)


def moved(event: Event, by: timedelta) -> Event:
    note = Moved(was=event.deadline, at=NOW, reason="The Hub was down.")
    return with_deadline(event, event.deadline + by, note)


def test_judging_moves_no_further_than_it_must_and_keeps_its_length() -> None:
    after = moved(SPRINT, 2 * DAY)
    before_judging, judging = SPRINT.phase(PhaseKey.JUDGING), after.phase(PhaseKey.JUDGING)
    assert judging.starts == after.deadline
    assert judging.ends - judging.starts == before_judging.ends - before_judging.starts
    results, before_results = after.phase(PhaseKey.RESULTS), SPRINT.phase(PhaseKey.RESULTS)
    assert results.starts == judging.ends
    assert results.ends - results.starts == before_results.ends - before_results.starts
    keys = [one.after.key for one in shifts(SPRINT, after)]
    assert keys == [PhaseKey.SUBMISSION, PhaseKey.JUDGING, PhaseKey.RESULTS]


def test_what_has_room_stays_where_it_is() -> None:
    phases = tuple(
        phase.model_copy(update={"starts": phase.starts + 3 * DAY, "ends": phase.ends + 9 * DAY})
        if phase.key in (PhaseKey.JUDGING, PhaseKey.RESULTS)
        else phase
        for phase in SPRINT.phases
    )
    roomy = Event.model_validate({**dict(SPRINT), "phases": phases})
    after = moved(roomy, 2 * DAY)
    assert [one.after.key for one in shifts(roomy, after)] == [PhaseKey.SUBMISSION]


def test_what_ended_with_the_deadline_ends_with_the_new_one() -> None:
    event = summer()
    after = moved(event, DAY)
    assert after.phase(PhaseKey.TEAM_FORMING).ends == after.deadline
    assert after.phase(PhaseKey.DATA).ends == after.deadline
    assert SPRINT.phase(PhaseKey.DATA) == moved(SPRINT, DAY).phase(PhaseKey.DATA)


def test_an_earlier_deadline_leaves_the_jury_where_it_was() -> None:
    after = moved(SPRINT, -DAY)
    assert [one.after.key for one in shifts(SPRINT, after)] == [PhaseKey.SUBMISSION]
    assert after.moved is not None
    assert after.moved.was == SPRINT.deadline


def test_a_deadline_before_handing_in_begins_is_refused() -> None:
    with pytest.raises(Invalid, match="must lie after 16 April 2023, 22:00 UTC"):
        moved(SPRINT, -60 * DAY)


def test_what_nobody_moves_is_named() -> None:
    assert left_behind(SPRINT, moved(SPRINT, -DAY)) == ()
    assert "Ethics of Text-to-Image" in left_behind(SPRINT, moved(SPRINT, -14.2 * DAY))


def test_calendars_learn_that_it_moved() -> None:
    assert moved(SPRINT, DAY).edited_at == max(NOW, SPRINT.edited_at or NOW)


def test_results_that_waited_for_the_jury_wait_for_it_when_it_has_more_time() -> None:
    judging, results = SPRINT.phase(PhaseKey.JUDGING), SPRINT.phase(PhaseKey.RESULTS)
    after = with_judging_until(SPRINT, judging.ends + DAY, NOW)
    assert after.phase(PhaseKey.JUDGING).ends == judging.ends + DAY
    assert after.phase(PhaseKey.RESULTS).starts == results.starts + DAY
    assert after.phase(PhaseKey.RESULTS).ends == results.ends + DAY
    assert [one.after.key for one in shifts(SPRINT, after)] == [PhaseKey.JUDGING, PhaseKey.RESULTS]
    beside = with_judging_until(summer(), summer().phase(PhaseKey.JUDGING).ends + DAY, NOW)
    assert beside.phase(PhaseKey.RESULTS) == summer().phase(PhaseKey.RESULTS)


def test_judging_cannot_end_before_it_begins() -> None:
    with pytest.raises(Invalid, match="judging must end after 1 May 2023, 21:59 UTC"):
        with_judging_until(SPRINT, SPRINT.phase(PhaseKey.JUDGING).starts, NOW)
