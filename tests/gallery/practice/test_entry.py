"""Handing the demo in: what happens when submission is not open."""

from datetime import timedelta
from pathlib import Path

import pytest

from gallery.database.connection import Database
from gallery.errors import Closed
from gallery.event.event import PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.practice.entry import hand_in
from gallery.practice.event import practice_event
from gallery.settings import Settings


@pytest.mark.parametrize("phase", [PhaseKey.SIGN_UP, PhaseKey.JUDGING])
def test_outside_the_submission_phase_nothing_is_handed_in(phase: PhaseKey, tmp_path: Path) -> None:
    sprint = load_event(SHIPPED)
    event = practice_event(sprint, day=sprint.starts.date(), phase=phase)
    now = event.phase(phase).starts + timedelta(minutes=1)
    settings = Settings.model_validate({"data_dir": tmp_path, "secret_key": "for tests alone"})
    database = Database(settings.database)
    database.migrate()
    with pytest.raises(Closed, match="handing in is open from"):
        hand_in(Gallery(settings, database, {event.slug: event}, lambda: now), event)
    database.close()
