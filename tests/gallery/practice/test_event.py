"""The practice copy: the same spans around a day, in which a newcomer can do everything."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.event.event import Event, PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.practice.event import PROGRAMS, STAY_OPEN, is_rehearsal, practice_event

SPRINT = load_event(SHIPPED)
DAYS = st.dates(date(2024, 1, 1), date(2035, 1, 1))


def _wall(event: Event, when: datetime) -> datetime:
    return when.astimezone(event.zone).replace(tzinfo=None)


@settings(max_examples=60, deadline=None)
@given(day=DAYS, hour=st.integers(0, 23))
def test_on_any_day_at_any_hour_a_newcomer_can_do_everything(day: date, hour: int) -> None:
    event = practice_event(SPRINT, day=day)
    now = datetime.combine(day, time(hour), event.zone)
    for key in (PhaseKey.SIGN_UP, PhaseKey.TEAM_FORMING, PhaseKey.SUBMISSION):
        assert event.is_open(key, now)
    assert event.deadline - now > timedelta(days=6)


@settings(max_examples=60, deadline=None)
@given(day=DAYS, phase=st.sampled_from(PhaseKey))
def test_every_span_keeps_its_length_and_its_hours_on_the_wall(day: date, phase: PhaseKey) -> None:
    event = practice_event(SPRINT, day=day, phase=phase)
    moved = {
        _wall(event, new.starts) - _wall(SPRINT, old.starts)
        for new, old in zip(event.phases, SPRINT.phases, strict=True)
    }
    moved |= {
        _wall(event, new.ends) - _wall(SPRINT, old.ends)
        for new, old in zip(event.phases, SPRINT.phases, strict=True)
        if old.key not in STAY_OPEN
    }
    moved |= {
        _wall(event, new.starts) - _wall(SPRINT, old.starts)
        for new, old in zip(event.talks, SPRINT.talks, strict=True)
    }
    moved |= {
        new.day - old.day for new, old in zip(event.milestones, SPRINT.milestones, strict=True)
    }
    assert len(moved) == 1
    assert moved.pop() % timedelta(days=1) == timedelta(0)
    assert event.is_open(phase, datetime.combine(day, time(12), event.zone))


@settings(max_examples=30, deadline=None)
@given(day=DAYS)
def test_a_deadline_on_a_monday_stays_on_a_monday(day: date) -> None:
    event = practice_event(SPRINT, day=day)
    assert f"{event.deadline.astimezone(event.zone):%A}" == "Monday"


def test_it_is_plainly_a_practice_and_names_the_original() -> None:
    event = practice_event(SPRINT, day=date(2026, 6, 17))
    assert event.is_practice
    assert event.slug == "practice"
    assert "Practice." in event.notice
    assert f"/{SPRINT.slug}/event" in event.notice


@pytest.mark.parametrize("name", ["talks", "places", "rules", "rubric", "prizes"])
def test_what_is_not_a_date_is_the_originals(name: str) -> None:
    event = practice_event(SPRINT, day=date(2026, 6, 17))
    if name == "talks":
        assert [talk.speakers for talk in event.talks] == [talk.speakers for talk in SPRINT.talks]
    else:
        assert getattr(event, name) == getattr(SPRINT, name)


def test_a_summer_talk_held_in_winter_is_at_the_same_hour() -> None:
    event = practice_event(SPRINT, day=date(2026, 12, 1))
    assert event.talks[0].starts.astimezone(event.zone).hour == 18
    assert event.talks[0].starts.astimezone(UTC).hour == 17


@pytest.mark.parametrize("phase", list(PhaseKey))
def test_only_where_judging_is_on_there_are_jurors_that_score_by_themselves(
    phase: PhaseKey,
) -> None:
    event = practice_event(SPRINT, day=date(2026, 6, 17), phase=phase)
    programs = PROGRAMS if phase is PhaseKey.JUDGING else ()
    assert event.jurors == ("juror", *programs)
    assert is_rehearsal(event) == (phase is PhaseKey.JUDGING)
