"""The snapshot at the deadline, and what drifts from it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import LogEntry, Pin, Submission
from gallery.errors import Closed, NotAllowed
from gallery.event.event import Event, Moved
from gallery.event.moving import with_deadline
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.submissions import snapshot, submissions
from gallery.submissions.snapshot import Pinned
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.submissions.conftest import content
from tests.gallery.watched import Enter, enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]


@pytest.fixture
def taken(gallery: Gallery, event: Event, pace: Pace) -> Callable[[], list[Pinned]]:
    """Takes the snapshot, or what is missing of it."""
    return lambda: list(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))


def _pins(gallery: Gallery) -> dict[str, Pin]:
    with gallery.database.read() as session:
        (submission,) = session.scalars(select(Submission))
        event, now = gallery.event("summer"), gallery.clock()
        found = snapshot.pins(session, submission, event=event, now=now)
        return {pin.repo_id: pin for pin in found}


def test_nothing_is_pinned_before_the_deadline_and_by_organisers_only(
    gallery: Gallery, event: Event, clock: Clock, pace: Pace, person: Callable[[str], Actor]
) -> None:
    with pytest.raises(Closed, match="20 June 2026"):
        next(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))
    clock.now = event.deadline
    with pytest.raises(NotAllowed):
        next(snapshot.snapshot(gallery, person("ada-l"), event=event, pace=pace))


def test_commits_at_the_deadline_are_pinned_and_later_ones_flagged(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    enter: Enter,
    taken: Callable[[], list[Pinned]],
) -> None:
    hub = small_hub.hub
    submission_id = enter("ada-l/clouds", models=("ada-l/canny",), datasets=("ada-l/gone",))
    space, model = hub.add_space("ada-l/clouds"), hub.add_model("ada-l/canny", files={"a": b"1"})
    handed_in = space.head.id, model.head.id
    clock.now = event.deadline + timedelta(hours=1)
    hub.change("model", "ada-l/canny", {"a": b"too late"})
    clock.now += timedelta(hours=1)  # the gallery was down over the deadline

    assert taken() == [Pinned(submission_id)]
    assert taken() == []
    pins = _pins(gallery)
    assert list(pins) == ["ada-l/clouds", "ada-l/canny", "ada-l/gone"]
    assert pins["ada-l/clouds"].commit == handed_in[0]
    assert pins["ada-l/clouds"].drifted_at is None
    assert pins["ada-l/canny"].commit == handed_in[1]
    assert pins["ada-l/canny"].drifted_to == model.head.id
    assert pins["ada-l/gone"].commit is None
    assert {pin.revision_number for pin in pins.values()} == {1}

    first = hub.change("space", "ada-l/clouds", {"app.py": b"# later\n"}).id
    clock.now += timedelta(hours=1)
    records.refresh(gallery, "space", "ada-l/clouds")
    drifted_at = clock.now
    hub.change("space", "ada-l/clouds", {"app.py": b"# later still\n"})
    clock.now += timedelta(hours=1)
    records.refresh(gallery, "space", "ada-l/clouds")
    hub.delete("model", "ada-l/canny")
    records.refresh(gallery, "model", "ada-l/canny")
    pins = _pins(gallery)
    assert (pins["ada-l/clouds"].drifted_to, pins["ada-l/clouds"].drifted_at) == (first, drifted_at)
    assert pins["ada-l/canny"].drifted_to == model.head.id


def test_a_repository_that_is_deleted_afterwards_has_drifted(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    enter: Enter,
    taken: Callable[[], list[Pinned]],
) -> None:
    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds")
    clock.now = event.deadline
    taken()
    small_hub.hub.delete("space", "ada-l/clouds")
    clock.now += timedelta(minutes=1)
    records.refresh(gallery, "space", "ada-l/clouds")
    assert _pins(gallery)["ada-l/clouds"].drifted_to == records.DELETED


def test_a_hub_that_is_down_at_the_deadline_only_delays_the_snapshot(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    enter: Enter,
    taken: Callable[[], list[Pinned]],
) -> None:
    enter("ada-l/clouds", models=("ada-l/canny",))
    space = small_hub.hub.add_space("ada-l/clouds")
    small_hub.hub.add_model("ada-l/canny")
    commit = space.head.id
    clock.now = event.deadline
    small_hub.hub.trouble = Trouble.down(path="/api/models")
    (failed,) = taken()
    assert (failed.problem or "").startswith("the Hub")
    assert _pins(gallery) == {}

    small_hub.hub.trouble = None
    clock.now += timedelta(hours=3)
    small_hub.hub.change("space", "ada-l/clouds", {"app.py": b"# later\n"})
    assert [one.problem for one in taken()] == [None]
    assert _pins(gallery)["ada-l/clouds"].commit == commit


def test_the_revision_of_the_deadline_is_pinned_and_it_is_logged(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    enter: Enter,
    person: Callable[[str], Actor],
    taken: Callable[[], list[Pinned]],
) -> None:
    submission_id = enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds")
    clock.now = event.deadline + timedelta(minutes=1)
    organiser = person("organiser")
    with gallery.database.write() as session:
        submissions.save(
            Act(session, organiser, clock.now, event),
            submission_id=submission_id,
            number=1,
            content=content(space_id="ada-l/clouds", title="Corrected"),
            reason="a typing mistake",
        )
    taken()
    assert _pins(gallery)["ada-l/clouds"].revision_number == 1
    with gallery.database.read() as session:
        entry = session.scalars(
            select(LogEntry).where(LogEntry.action == "submission.pinned")
        ).one()
        assert entry.subject_id == str(submission_id)
        assert entry.details["commits"] == {
            "space ada-l/clouds": _pins(gallery)["ada-l/clouds"].commit
        }


def _with_deadline(event: Event, deadline: datetime) -> Event:
    """`event` with another deadline in force."""
    moved = Moved(was=event.deadline, at=event.deadline, reason="the Hub was down")
    return with_deadline(event, deadline, moved)


def _named(gallery: Gallery, event: Event) -> dict[str, Pin]:
    with gallery.database.read() as session:
        (submission,) = session.scalars(select(Submission))
        found = snapshot.pins(session, submission, event=event, now=gallery.clock())
        return {pin.repo_id: pin for pin in found}


def test_after_an_extension_all_is_pinned_again_and_work_within_it_is_no_drift(
    gallery: Gallery, event: Event, small_hub: ServedHub, clock: Clock, enter: Enter, pace: Pace
) -> None:
    hub = small_hub.hub
    submission_id = enter("ada-l/clouds", models=("ada-l/canny",))
    hub.add_space("ada-l/clouds")
    hub.add_model("ada-l/canny")
    clock.now = event.deadline + timedelta(minutes=5)
    list(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))
    assert set(_named(gallery, event)) == {"ada-l/clouds", "ada-l/canny"}

    later = _with_deadline(event, event.deadline + timedelta(days=1))
    worked = hub.change("space", "ada-l/clouds", {"app.py": b"# within the extension\n"}).id
    depth = hub.add_model("ada-l/depth")
    records.refresh(gallery, "space", "ada-l/clouds")
    with gallery.database.write() as session:
        submissions.save(
            Act(session, COMMAND_LINE, clock.now, later),
            submission_id=submission_id,
            number=1,
            content=content(
                space_id="ada-l/clouds", title="Clouds", models=("ada-l/canny", "Ada-L/depth")
            ),
            reason="within the extension",
        )
    assert _named(gallery, later) == {}, "the first deadline's say nothing any more"
    with gallery.database.read() as session:
        assert not snapshot.is_due(session, later, clock.now)

    clock.now = later.deadline + timedelta(minutes=5)
    records.refresh(gallery, "space", "ada-l/clouds")
    assert _named(gallery, later) == {}
    with gallery.database.read() as session:
        assert snapshot.is_due(session, later, clock.now)
    assert list(snapshot.snapshot(gallery, COMMAND_LINE, event=later, pace=pace)) == [
        Pinned(submission_id)
    ]
    pins = _named(gallery, later)
    assert pins["ada-l/clouds"].commit == worked
    assert {pin.repo_key: pin.commit for pin in pins.values()}["ada-l/depth"] == depth.head.id
    assert {pin.revision_number for pin in pins.values()} == {2}
    assert {pin.drifted_at for pin in pins.values()} == {None}
    with gallery.database.read() as session:
        assert not snapshot.is_due(session, later, clock.now)

    clock.now += timedelta(hours=1)
    late = hub.change("space", "ada-l/clouds", {"app.py": b"# too late\n"}).id
    records.refresh(gallery, "space", "ADA-L/Clouds")
    assert _named(gallery, later)["ada-l/clouds"].drifted_to == late


def test_a_deadline_that_moves_earlier_is_pinned_from_the_history(
    gallery: Gallery, event: Event, small_hub: ServedHub, clock: Clock, enter: Enter, pace: Pace
) -> None:
    submission_id = enter("ada-l/clouds")
    first = small_hub.hub.add_space("ada-l/clouds").head.id
    clock.now = event.deadline - timedelta(hours=1)
    second = small_hub.hub.change("space", "ada-l/clouds", {"app.py": b"# last hour\n"}).id
    clock.now = event.deadline + timedelta(minutes=1)
    list(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))
    assert _named(gallery, event)["ada-l/clouds"].commit == second
    earlier = _with_deadline(event, event.deadline - timedelta(hours=2))
    assert _named(gallery, earlier) == {}
    taken = list(snapshot.snapshot(gallery, COMMAND_LINE, event=earlier, pace=pace))
    assert taken == [Pinned(submission_id)]
    pin = _named(gallery, earlier)["ada-l/clouds"]
    assert (pin.commit, pin.drifted_to) == (first, second)
    assert _named(gallery, event) == {}


def test_what_organisers_put_in_afterwards_is_pinned_as_of_the_deadline(
    gallery: Gallery, event: Event, small_hub: ServedHub, clock: Clock, enter: Enter, pace: Pace
) -> None:
    hub = small_hub.hub
    submission_id = enter("ada-l/clouds")
    hub.add_space("ada-l/clouds")
    model, space = hub.add_model("ada-l/canny"), hub.add_space("ada-l/skies")
    then = model.head.id, space.head.id
    clock.now = event.deadline + timedelta(minutes=1)
    list(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))
    hub.change("model", "ada-l/canny", {"a": b"too late"})
    with gallery.database.write() as session:
        submissions.save(
            Act(session, COMMAND_LINE, clock.now, event),
            submission_id=submission_id,
            number=1,
            content=content(space_id="ada-l/skies", title="Skies", models=("ada-l/canny",)),
            reason="the team named another one by mistake",
        )
    list(snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace))
    pins = _named(gallery, event)
    assert (pins["ada-l/canny"].commit, pins["ada-l/skies"].commit) == then
    assert pins["ada-l/clouds"].revision_number == 1
