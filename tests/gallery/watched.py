"""A gallery whose Hub is a small one on loopback, at the tests' own time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gallery.actor import COMMAND_LINE
from gallery.database.connection import Database
from gallery.database.tables import Submission, Team
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import SmallHub, serve
from gallery.settings import Settings
from gallery.sources.pace import Pace
from gallery.submissions import revisions
from gallery.submissions.content import SubmissionContent
from gallery.submissions.index import reindex
from spaces.hub.client import Hub
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.hub_fixtures import ServedHub, settings_at

PAGE = 100
"""Spaces on one page of the small Hub's lists."""


class _HubClock:
    """The Hub's time is the test's; the server is older than the test."""

    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now()


@pytest.fixture(scope="session")
def paged_hub() -> Iterator[tuple[ServedHub, _HubClock]]:
    clock = _HubClock()
    hub = SmallHub(page_size=PAGE, clock=clock)
    with serve(hub) as address:
        yield ServedHub(hub, address), clock


@pytest.fixture
def small_hub(paged_hub: tuple[ServedHub, _HubClock], clock: Clock) -> ServedHub:
    """Empty and well."""
    served, hub_clock = paged_hub
    served.hub.clear()
    hub_clock.now = clock
    return served


@pytest.fixture
def settings(tmp_path: Path, small_hub: ServedHub) -> Settings:
    return settings_at(
        small_hub,
        base_url=BASE_URL,
        data_dir=tmp_path / "data",
        webhook_secret="told to the Hub",
    )


@pytest.fixture
def gallery(
    settings: Settings, database: Database, event: Event, clock: Clock, small_hub: ServedHub
) -> Gallery:
    """Its Hub is given up after two tries, without waiting in between."""
    gallery = Gallery(settings, database, {event.slug: event}, clock)
    vars(gallery)["hub"] = Hub(small_hub.address, retries=1, sleep=lambda _seconds: None)
    return gallery


@pytest.fixture
def pace() -> Pace:
    """One that does not wait."""
    return Pace(1e9)


Enter = Callable[..., int]


@pytest.fixture
def enter(gallery: Gallery, event: Event) -> Enter:
    """Hands a Space in, for a team of its own; gives the submission's id."""

    def make(space_id: str, *, models: tuple[str, ...] = (), datasets: tuple[str, ...] = ()) -> int:
        content = SubmissionContent(
            space_id=space_id, title="Clouds", models=models, datasets=datasets
        )
        with gallery.database.write() as session:
            return _entered(session, gallery.clock(), event, content).id

    return make


def _entered(
    session: Session, now: datetime, event: Event, content: SubmissionContent
) -> Submission:
    team = Team(event=event.slug, name=f"Team of {content.space_id}", about="", created_at=now)
    session.add(team)
    session.flush()
    submission = Submission(
        event=event.slug,
        team=team,
        source="team",
        state="submitted",
        created_at=now,
        submitted_at=now,
        number=0,
    )
    reindex(submission, content)
    session.add(submission)
    session.flush()
    revisions.append(session, COMMAND_LINE, now, submission, content)
    return submission
