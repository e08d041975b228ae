"""Conflicts that arise while a jury is at work: found within seconds of what led to them."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event as Flag

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, Assignment, CommitAuthors, Conflict, LogEntry
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import ballots, conflicts, contributors, judgings
from gallery.judging.ballots import Said
from gallery.practice.small_hub import Trouble
from gallery.sources.pace import Pace
from gallery.watcher.watch import Watch
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.judging.conftest import RUBRIC
from tests.gallery.summer import summer
from tests.gallery.watched import Enter

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def event(clock: Clock) -> Event:
    return summer(clock.now).model_copy(update={"rubric": RUBRIC, "jurors": ("juror",)})


class Sitting:
    """A juror who is to judge one demo, and has."""

    def __init__(self, gallery: Gallery, demo: int, actor: Actor, organiser: Actor) -> None:
        self.gallery, self.demo, self.actor = gallery, demo, actor
        event, now = gallery.current, gallery.clock()
        with gallery.database.write() as session:
            act = Act(session, organiser, now, event)
            judgings.begun(act)
            session.add(
                Assignment(
                    account_id=actor.account_id or 0,
                    submission_id=demo,
                    event=event.slug,
                    state="open",
                    assigned_at=now,
                )
            )
            act.record("jury.handed_out", subject=("event", event.slug))
        with gallery.database.write() as session:
            act = Act(session, actor, now, event)
            said = Said({"craft": 4, "idea": 7})
            ballots.finish(act, submission_id=demo, number=0, said=said)

    def conflicts(self) -> list[str]:
        with self.gallery.database.read() as session:
            return [one.reason for one in session.query(Conflict).all()]

    def asked(self) -> dict[str, list[str]]:
        with self.gallery.database.read() as session:
            return {one.repo_id: one.authors for one in session.query(CommitAuthors).all()}

    def changed(self, **columns: object) -> None:
        with self.gallery.database.write() as session:
            account = session.get_one(Account, self.actor.account_id)
            for name, value in columns.items():
                setattr(account, name, value)
            now = self.gallery.clock()
            subject = ("account", account.id)
            record(session, self.actor, now, "account.hub_linked", subject=subject, event=None)


@pytest.fixture
def sitting(
    gallery: Gallery,
    clock: Clock,
    small_hub: ServedHub,
    enter: Enter,
    person: Callable[[str], Actor],
) -> Sitting:
    for name in ("space", "model", "dataset"):
        make = getattr(small_hub.hub, f"add_{name}")
        make(f"ada-l/{name}", files={"a.txt": b"one"})
    demo = enter("ada-l/space", models=("ada-l/model",), datasets=("ada-l/dataset",))
    clock.now = gallery.current.deadline + timedelta(hours=1)
    return Sitting(gallery, demo, person("juror"), person("organiser"))


@pytest.fixture
def watch(gallery: Gallery, pace: Pace) -> Watch:
    return Watch(gallery, pace, Flag())


def test_an_identity_that_is_linked_takes_the_demo_away_at_the_next_tick(
    sitting: Sitting, watch: Watch, signed_in: SignedIn
) -> None:
    watch.tick()
    assert sitting.conflicts() == []
    sitting.changed(hub_organisations=["ada-l"])
    watch.tick()
    assert sitting.conflicts() == [
        "Its Space lies with ada-l, which is you or an organisation of yours."
    ]
    told = signed_in("juror").get("/summer/jury").text
    assert "Not yours to judge any more" in told
    assert "Its Space lies with ada-l" in told
    assert "what you scored does not count" in told
    board = signed_in("organiser").get("/summer/organise/jury").text
    assert "set aside" in board.split('id="conflicts"')[1]
    with sitting.gallery.database.read() as session:
        logged = session.query(LogEntry).filter_by(action="conflict.found").one()
        assigned = session.get_one(Assignment, (sitting.actor.account_id, sitting.demo))
    assert (logged.actor, assigned.state) == ("watcher", "dropped")


def test_who_has_commits_in_what_a_demo_stands_on_is_in_conflict(
    sitting: Sitting, watch: Watch, small_hub: ServedHub, clock: Clock
) -> None:
    watch.tick()
    assert sitting.asked() == {f"ada-l/{name}": ["ada-l"] for name in ("space", "model", "dataset")}
    assert sitting.conflicts() == []
    small_hub.hub.requests.clear()
    clock.now += timedelta(minutes=20)
    watch.tick()
    assert not [path for _, path in small_hub.hub.requests if "/commits/" in path]  # as before
    small_hub.hub.change("model", "ada-l/model", {"a.txt": b"two"}, author="Juror")
    clock.now += timedelta(hours=7)
    watch.tick()
    assert sitting.asked()["ada-l/model"] == ["ada-l", "juror"]
    assert sitting.conflicts() == ["Your account on the Hub has commits in ada-l/model."]


def test_a_hub_that_does_not_tell_takes_nothing_away_and_is_asked_again(
    sitting: Sitting, watch: Watch, small_hub: ServedHub, clock: Clock
) -> None:
    silent = Trouble.down(path="/commits/")
    small_hub.hub.trouble = silent
    watch.tick()
    assert set(map(tuple, sitting.asked().values())) == {()}
    small_hub.hub.trouble = None
    clock.now += contributors.AGAIN
    watch.tick()
    known = sitting.asked()
    assert set(map(tuple, known.values())) == {("ada-l",)}
    small_hub.hub.change("space", "ada-l/space", {"a.txt": b"two"}, author="juror")
    small_hub.hub.trouble = silent
    clock.now += timedelta(hours=1)
    watch.tick()
    assert (sitting.asked(), sitting.conflicts()) == (known, [])
    small_hub.hub.trouble = None
    clock.now += contributors.AGAIN
    watch.tick()
    assert sitting.asked() == known | {"ada-l/space": ["ada-l", "juror"]}
    assert sitting.conflicts() == ["Your account on the Hub has commits in ada-l/space."]


def test_a_gated_repository_is_not_asked_about_over_and_over(
    sitting: Sitting, watch: Watch, small_hub: ServedHub, clock: Clock
) -> None:
    small_hub.hub.trouble = Trouble(status=403, path="ada-l/model/commits/")
    watch.tick()
    small_hub.hub.trouble = None
    small_hub.hub.requests.clear()
    clock.now += timedelta(hours=1)
    watch.tick()
    assert not [path for _, path in small_hub.hub.requests if "/commits/" in path]


def test_nothing_is_asked_while_no_jury_is_at_work(
    gallery: Gallery, enter: Enter, watch: Watch, small_hub: ServedHub
) -> None:
    small_hub.hub.add_space("ada-l/space")
    enter("ada-l/space")
    watch.tick()
    assert not [path for _, path in small_hub.hub.requests if "/commits/" in path]


def test_a_conflict_that_was_lifted_is_not_found_again(
    sitting: Sitting, watch: Watch, person: Callable[[str], Actor]
) -> None:
    sitting.changed(hub_organisations=["ada-l"])
    watch.tick()
    gallery, organiser = sitting.gallery, person("organiser")
    with gallery.database.write() as session:
        act = Act(session, organiser, gallery.clock(), gallery.current)
        conflicts.lift(
            act,
            account_id=sitting.actor.account_id or 0,
            submission_id=sitting.demo,
            reason="another of that name",
        )
    sitting.changed(display_name="J")
    watch.tick()
    with gallery.database.read() as session:
        assert [one.kind for one in session.query(Conflict).all()] == ["lifted"]
