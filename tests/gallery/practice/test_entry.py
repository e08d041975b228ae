"""Handing the demo in: what happens when submission is not open."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from gallery.act import Act
from gallery.database.connection import Database
from gallery.errors import Closed
from gallery.event.event import PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.people import accounts, sessions
from gallery.people.openid import HubPerson
from gallery.practice.earlier import earlier
from gallery.practice.entry import hand_in
from gallery.practice.event import practice_event
from gallery.settings import Settings
from gallery.teams import sign_ups, teams, tokens


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[PhaseKey], Gallery]]:
    """A gallery at the beginning of a phase of the practice event."""
    settings = Settings.model_validate({"data_dir": tmp_path, "secret_key": "for tests alone"})
    database = Database(settings.database)
    database.migrate()

    def at(phase: PhaseKey) -> Gallery:
        sprint = load_event(SHIPPED)
        event = practice_event(sprint, day=sprint.starts.date(), phase=phase)
        now = event.phase(phase).starts + timedelta(minutes=1)
        return Gallery(settings, database, {event.slug: event}, lambda: now)

    yield at
    database.close()


def test_before_submission_nothing_is_handed_in(make: Callable[[PhaseKey], Gallery]) -> None:
    gallery = make(PhaseKey.SIGN_UP)
    with pytest.raises(Closed, match="handing in is open from"):
        hand_in(gallery, gallery.current)


def test_a_gallery_of_before_the_deadline_takes_what_the_one_of_today_does_not(
    make: Callable[[PhaseKey], Gallery],
) -> None:
    gallery = make(PhaseKey.JUDGING)
    event = gallery.current
    with earlier(gallery, event.deadline - timedelta(days=1)) as then:
        assert then.clock() == event.deadline - timedelta(days=1)
        with then.database.write() as session:
            house = accounts.of_hub(session, HubPerson("7", "ada-l", "Ada"), then.clock())
            actor = sessions.actor_for(session, house, [event])
            sign_ups.sign_up(Act(session, actor, then.clock(), event), about="")
            team = teams.form(Act(session, actor, then.clock(), event), name="Birds", about="")
            token = tokens.make_token(
                Act(session, actor, then.clock(), event), team_id=team.id, label="a test"
            )
        answer = httpx.post(
            f"{then.settings.base_url}/api/v1/events/{event.slug}/submissions",
            json={"content": {"space_id": "ada-l/birds", "title": "Birds"}},
            headers={"Authorization": f"Bearer {token}"},
            timeout=120,
        )
        assert answer.status_code == 201, answer.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(then.settings.base_url, timeout=60)
