"""The picture that a check got from a demo: kept where nobody gave any."""

import base64
import io
import json
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import select

from gallery.actor import COMMAND_LINE
from gallery.database.tables import CheckRun, Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources.pace import Pace
from gallery.submissions import checking, revisions
from gallery.submissions.content import SubmissionContent
from gallery.submissions.samples import CAPTION, keep_one
from gallery.watcher import collect, rounds
from gallery.watcher.rounds import Round
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter, enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]

TAGGED = {"tags": ["summer-sprint"], "title": "Clouds"}


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "skyblue").save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every demo answers with a picture of the sky."""
    sky = "data:image/png;base64," + base64.b64encode(_picture()).decode()
    answers = {
        "/info": {"named_endpoints": {"/make": {"returns": [{"component": "Image"}]}}},
        "/call/make": {"event_id": "e"},
    }

    def ask(address: str, content: bytes | None = None, **_bounds: object) -> bytes:
        for end, answer in answers.items():
            if address.endswith(end):
                return json.dumps(answer).encode()
        return f"event: complete\ndata: {json.dumps([sky])}\n\n".encode()

    monkeypatch.setattr(checking, "asking", lambda _gallery: ask)


@pytest.fixture
def outcomes(gallery: Gallery, event: Event, pace: Pace) -> Callable[[], list[str]]:
    """Collects, and says what became of each Space."""

    def run() -> list[str]:
        taken = collect.collect(gallery, COMMAND_LINE, event=event, pace=pace)
        return [one.outcome for one in taken]

    return run


def _content(gallery: Gallery) -> tuple[Submission, SubmissionContent]:
    with gallery.database.read() as session:
        submission = session.scalars(select(Submission)).one()
        return submission, revisions.current(session, submission)


@pytest.mark.usefixtures("answering")
def test_what_was_collected_is_checked_once_and_keeps_the_picture_that_it_made(
    gallery: Gallery, small_hub: ServedHub, outcomes: Callable[[], list[str]], pace: Pace
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    assert outcomes() == ["new"]
    with gallery.database.write() as session:
        session.scalars(select(Submission)).one().health = "live"
    for _ in range(2):
        rounds.checks(Round(gallery, pace, lambda: False))
    with gallery.database.read() as session:
        checked = session.scalars(select(CheckRun)).one()
    assert {one["name"]: one["outcome"] for one in checked.results}["demo_answers"] == "pass"
    submission, content = _content(gallery)
    assert [one.caption for one in content.pictures] == [CAPTION]
    assert submission.thumbnail == content.pictures[0].digest

    assert outcomes() == ["unchanged"]
    small_hub.hub.add_space("ada-l/clouds", card={**TAGGED, "title": "Better clouds"})
    assert outcomes() == ["changed"]
    assert _content(gallery)[1].pictures == content.pictures
    keep_one(gallery, submission.id, _picture())
    assert _content(gallery)[0].number == 3


def test_a_demo_that_is_down_is_left_alone_and_what_is_no_picture_is_left_out(
    gallery: Gallery, small_hub: ServedHub, outcomes: Callable[[], list[str]], pace: Pace
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    outcomes()
    rounds.checks(Round(gallery, pace, lambda: False))
    with gallery.database.read() as session:
        assert not session.scalars(select(CheckRun)).all()
    keep_one(gallery, _content(gallery)[0].id, b"\x89PNG\r\n and nothing more")
    assert not _content(gallery)[1].pictures


def test_what_a_team_wrote_is_never_added_to(gallery: Gallery, enter: Enter) -> None:
    keep_one(gallery, enter("ada-l/clouds"), _picture())
    assert not _content(gallery)[1].pictures
