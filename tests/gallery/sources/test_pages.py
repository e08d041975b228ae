"""What pages say while the Hub is down, of a demo that sleeps, and of one that was collected."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.actor import COMMAND_LINE
from gallery.database.tables import Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.sources import health, records
from gallery.sources.health import Look, State
from gallery.sources.pace import Pace
from gallery.watcher import collect
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter


@pytest.mark.parametrize("trouble", [Trouble.down(), Trouble.nonsense()], ids=["down", "nonsense"])
def test_a_page_works_with_what_is_known_and_says_how_old_that_is(
    gallery: Gallery,
    client: TestClient,
    small_hub: ServedHub,
    enter: Enter,
    clock: Clock,
    trouble: Trouble,
) -> None:
    address = f"/summer/submissions/{enter('ada-l/clouds', models=('ada-l/canny',))}"
    small_hub.hub.add_space("ada-l/clouds", likes=41)
    records.refresh(gallery, "space", "ada-l/clouds")
    small_hub.hub.trouble = trouble
    told = clock.now
    clock.now += timedelta(hours=3)
    records.refresh(gallery, "space", "ada-l/clouds")
    records.refresh(gallery, "model", "ada-l/canny")
    page = " ".join(client.get(address).text.split())
    assert "it has not answered since" in page
    assert f'from <time datetime="{told.isoformat()}" data-form="ago">' in page
    assert "41 likes there" in page
    assert "not asked about yet" in page


def test_a_sleeping_demo_is_woken_from_its_page_by_people(
    gallery: Gallery,
    client: TestClient,
    signed_in: Callable[[str], TestClient],
    small_hub: ServedHub,
    enter: Enter,
    clock: Clock,
) -> None:
    address = f"/summer/submissions/{enter('ada-l/clouds')}"
    small_hub.hub.add_space("ada-l/clouds", runtime="SLEEPING")
    with gallery.database.write() as session:
        health.record_look(
            session, gallery.clock(), "ada-l/clouds", Look(State.ASLEEP, "SLEEPING", None)
        )
    stranger = client.post(f"{address}/wake")
    assert stranger.status_code == 401
    visitor = signed_in("visitor")
    page = visitor.get(address).text
    assert f'action="{address}/wake"' in page
    assert "its pictures" not in page  # there are none

    answer = visitor.post(f"{address}/wake")
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert "The demo is waking up" in visitor.get(answer.headers["location"]).text
    awake = gallery.hub.space("ada-l/clouds")
    assert awake is not None
    assert awake.stage == "RUNNING"
    clock.now += timedelta(minutes=1)
    again = visitor.post(f"{address}/wake")
    assert again.status_code == 422
    assert "demo that sleeps can be woken, and this one is running" in again.text


def test_whose_a_collected_demo_can_become_is_said_on_its_pages(
    gallery: Gallery,
    client: TestClient,
    signed_in: Callable[[str], TestClient],
    small_hub: ServedHub,
    event: Event,
    pace: Pace,
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card={"tags": ["summer-sprint"]})
    list(collect.collect(gallery, COMMAND_LINE, event=event, pace=pace))
    with gallery.database.read() as session:
        submission = session.scalars(select(Submission)).one()
    team = f"/summer/teams/{submission.team_id}"
    page = client.get(f"/summer/submissions/{submission.id}").text
    assert f'only its Hub account ada-l can <a href="{team}">claim it' in page
    assert "Only that Hub account can claim it" in client.get(team).text
    theirs = signed_in("ada-l").get(team).text
    assert "This is mine: claim it" in theirs
    assert "Only that Hub account" not in theirs
