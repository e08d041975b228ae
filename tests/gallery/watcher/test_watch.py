"""The watcher: what it does in a round, at a deadline, and when something goes wrong."""

from datetime import timedelta
from threading import Event as Flag
from threading import enumerate as threads

import pytest
from sqlalchemy import select

from gallery.database.tables import Health, Pin, RepoRecord, Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.settings import Settings
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.watcher import rounds
from gallery.watcher.watch import PIN_EVERY, Watch, watching
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter

TAGGED = {"tags": ["summer-sprint"]}


@pytest.fixture
def watch(gallery: Gallery, pace: Pace) -> Watch:
    return Watch(gallery, pace, Flag())


def _known(gallery: Gallery, repo_id: str, repo_type: records.RepoType = "space") -> RepoRecord:
    with gallery.database.read() as session:
        return session.get_one(RepoRecord, (repo_type, repo_id))


def test_a_round_learns_facts_likes_states_and_what_is_linked(
    gallery: Gallery, small_hub: ServedHub, enter: Enter, watch: Watch, clock: Clock
) -> None:
    enter("ada-l/clouds", models=("ada-l/canny",), datasets=("ada-l/skies",))
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED, likes=4)
    small_hub.hub.add_space("ada-l/not-handed-in", card=TAGGED)
    small_hub.hub.add_model("ada-l/canny")
    watch.tick()
    with gallery.database.read() as session:
        (submission,) = session.scalars(select(Submission))
        assert (submission.hub_likes, submission.health) == (4, "live")
        assert {row.repo_id for row in session.scalars(select(RepoRecord))} == {
            "ada-l/clouds",
            "ada-l/canny",
            "ada-l/skies",
        }

    small_hub.hub.add_space("ada-l/clouds", card=TAGGED, likes=6, runtime="SLEEPING")
    small_hub.hub.requests.clear()
    watch.tick()
    assert not small_hub.hub.requests  # it is not time yet
    clock.now += timedelta(minutes=10)
    watch.tick()
    with gallery.database.read() as session:
        (submission,) = session.scalars(select(Submission))
        assert (submission.hub_likes, submission.health) == (6, "asleep")
    assert [path for _, path in small_hub.hub.requests] == ["/api/spaces"]  # the list told it all


def test_what_is_announced_is_asked_within_seconds_and_not_over_and_over(
    gallery: Gallery, small_hub: ServedHub, enter: Enter, watch: Watch, clock: Clock
) -> None:
    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds")
    watch.tick()
    small_hub.hub.add_space("ada-l/clouds", card={"title": "New"})
    for _ in range(3):
        with gallery.database.write() as session:
            records.announce(session, clock.now, "space", "ada-l/clouds")
    watch.tick()
    assert _known(gallery, "ada-l/clouds").announced_at is not None  # asked just before
    clock.now += rounds.CALM
    watch.tick()
    known = _known(gallery, "ada-l/clouds")
    assert known.announced_at is None
    assert (known.facts or {})["title"] == "New"


def test_the_snapshot_is_taken_at_the_deadline_between_two_rounds(
    gallery: Gallery,
    small_hub: ServedHub,
    enter: Enter,
    watch: Watch,
    clock: Clock,
    event: Event,
) -> None:
    enter("ada-l/clouds")
    space = small_hub.hub.add_space("ada-l/clouds")
    clock.now = event.deadline - timedelta(seconds=5)
    watch.tick()
    clock.now = event.deadline
    watch.tick()
    with gallery.database.read() as session:
        assert session.scalars(select(Pin.commit)).all() == [space.head.id]


def test_with_the_hub_down_demos_are_looked_at_all_the_same(
    gallery: Gallery, small_hub: ServedHub, enter: Enter, watch: Watch, clock: Clock
) -> None:
    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds")
    watch.tick()
    small_hub.hub.trouble = Trouble.down(path="/api/")
    clock.now += timedelta(minutes=10)
    watch.tick()
    with gallery.database.read() as session:
        assert session.scalars(select(Health.state)).all() == ["live", "live"]
        known = records.space(session, "ada-l/clouds")
    assert known.problem is not None
    assert known.fetched_at == clock.now - timedelta(minutes=10)


def test_what_the_hub_will_not_tell_us_keeps_no_other_waiting(
    gallery: Gallery, small_hub: ServedHub, watch: Watch, clock: Clock
) -> None:
    small_hub.hub.add_space("ada-l/zebra")
    for name in ("apple", "bread", "cloud", "zebra"):
        with gallery.database.write() as session:
            records.announce(session, clock.now, "space", f"ada-l/{name}")
    refused = Trouble(status=403, body=b"{}", path="/api/spaces/", times=2)
    small_hub.hub.trouble = refused
    clock.now += rounds.CALM
    watch.tick()
    waiting = [_known(gallery, f"ada-l/{name}").announced_at for name in ("apple", "zebra")]
    assert waiting == [None, None]
    assert _known(gallery, "ada-l/zebra").facts is not None


def test_a_mistake_in_one_step_keeps_no_other_from_being_taken(
    gallery: Gallery,
    small_hub: ServedHub,
    enter: Enter,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_round: rounds.Round) -> None:
        raise KeyError("a mistake of ours")

    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds")
    monkeypatch.setattr(rounds, "lists", broken)
    watch.tick()
    assert _known(gallery, "ada-l/clouds").facts is not None


@pytest.mark.slow
def test_new_spaces_are_collected_only_when_the_settings_say_so_and_in_time(
    gallery: Gallery, small_hub: ServedHub, event: Event, clock: Clock, pace: Pace
) -> None:
    def submitted(gallery: Gallery) -> set[str]:
        Watch(gallery, pace, Flag()).tick()
        with gallery.database.read() as session:
            return set(session.scalars(select(Submission.space_id)))

    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    assert submitted(gallery) == set()
    settings = Settings.model_validate({**gallery.settings.model_dump(), "collect": True})
    collecting = Gallery(settings, gallery.database, gallery.events, clock)
    assert submitted(collecting) == {"ada-l/clouds"}

    small_hub.hub.add_space("ada-l/rain", card=TAGGED)
    with gallery.database.write() as session:
        records.announce(session, clock.now, "space", "ada-l/rain")
    clock.now += timedelta(minutes=1)
    assert submitted(collecting) == {"ada-l/clouds", "ada-l/rain"}

    clock.now = event.deadline
    small_hub.hub.add_space("ada-l/snow", card=TAGGED)
    assert submitted(collecting) == {"ada-l/clouds", "ada-l/rain"}


def test_without_rounds_webhooks_snapshots_and_tidying_go_on(
    gallery: Gallery,
    small_hub: ServedHub,
    enter: Enter,
    pace: Pace,
    clock: Clock,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = gallery.settings.model_copy(update={"poll_minutes": 0})
    watch = Watch(Gallery(settings, gallery.database, gallery.events, clock), pace, Flag())
    swept: list[object] = []
    monkeypatch.setattr(
        "gallery.watcher.watch.sweep_pictures", lambda *_, **__: swept.append(clock.now)
    )
    enter("ada-l/clouds")
    space = small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    watch.tick()
    assert not small_hub.hub.requests
    assert swept == [clock.now]
    with gallery.database.write() as session:
        records.announce(session, clock.now, "space", "ada-l/clouds")
    watch.tick()
    assert _known(gallery, "ada-l/clouds").facts is not None

    clock.now = event.deadline - timedelta(seconds=5)
    watch.tick()
    assert len(swept) == 2
    small_hub.hub.trouble = Trouble.down()
    clock.now = event.deadline
    watch.tick()
    small_hub.hub.trouble = None
    clock.now += PIN_EVERY
    watch.tick()
    with gallery.database.read() as session:
        assert session.scalars(select(Pin.commit)).all() == [space.head.id]
        assert not session.scalars(select(Health)).all()  # nobody looked by themselves


@pytest.mark.parametrize("minutes", [0, 10])
def test_the_thread_stops_with_the_server(
    gallery: Gallery, small_hub: ServedHub, minutes: int
) -> None:
    del small_hub
    settings = gallery.settings.model_copy(update={"poll_minutes": minutes})
    with watching(Gallery(settings, gallery.database, gallery.events, gallery.clock)):
        assert "watch" in [thread.name for thread in threads()]
    assert "watch" not in [thread.name for thread in threads()]
