"""Waking a demo that sleeps."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gallery.actor import VISITOR, Actor
from gallery.database.tables import LogEntry, RepoRecord
from gallery.errors import Invalid, NotFound, NotSignedIn, TooMany, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.submissions.waking import wake
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter, enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]


def test_a_sleeping_demo_wakes_and_is_looked_at_soon(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    enter: Enter,
    person: Callable[[str], Actor],
) -> None:
    submission_id = enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds", runtime="SLEEPING")
    wake(gallery, person("visitor"), event=event, submission_id=submission_id)
    assert gallery.hub.space("ada-l/clouds").stage == "RUNNING"
    with gallery.database.read() as session:
        assert session.get_one(RepoRecord, ("space", "ada-l/clouds")).announced_at is not None
        assert session.scalars(select(LogEntry.action)).all()[-1] == "demo.woken"


def test_only_people_wake_only_what_sleeps_and_not_too_often(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    enter: Enter,
    person: Callable[[str], Actor],
) -> None:
    submission_id = enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds", runtime="RUNNING")
    with pytest.raises(NotSignedIn):
        wake(gallery, VISITOR, event=event, submission_id=submission_id)
    with pytest.raises(NotFound):
        wake(gallery, person("visitor"), event=event, submission_id=submission_id + 1)
    with pytest.raises(Invalid, match="this one is running"):
        wake(gallery, person("visitor"), event=event, submission_id=submission_id)

    small_hub.hub.set_stage("ada-l/clouds", "SLEEPING")
    clock.now += timedelta(minutes=1)
    wake(gallery, person("visitor"), event=event, submission_id=submission_id)
    with pytest.raises(TooMany, match="by one demo"):
        wake(gallery, person("somebody-else"), event=event, submission_id=submission_id)
    clock.now += timedelta(minutes=11)
    small_hub.hub.trouble = Trouble.down()
    with pytest.raises(Unavailable, match="the Hub"):
        wake(gallery, person("visitor"), event=event, submission_id=submission_id)
