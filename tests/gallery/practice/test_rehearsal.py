"""The rehearsal: demos handed out, programs that judge as jurors do, and a seat for a person."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import COMMAND_LINE
from gallery.database.connection import Database
from gallery.database.tables import Account, Assignment, Ballot, Comparison, Submission
from gallery.errors import Closed
from gallery.event.event import PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.judging import evening, judgings, replay
from gallery.people import accounts, sessions
from gallery.people.openid import HubPerson
from gallery.practice import rehearsal
from gallery.practice.event import PROGRAMS, practice_event
from gallery.practice.opinions import drawn
from gallery.practice.small_hub.accounts import Account as HubAccount
from gallery.settings import Settings
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import Clock


@pytest.fixture
def clock() -> Clock:
    sprint = load_event(SHIPPED)
    event = practice_event(sprint, day=sprint.starts.date(), phase=PhaseKey.JUDGING)
    return Clock(event.phase(PhaseKey.JUDGING).starts + timedelta(days=4))


@pytest.fixture
def gallery(tmp_path: Path, clock: Clock) -> Iterator[Gallery]:
    """With the dozen demos of a rehearsal handed in."""
    settings = Settings.model_validate({"data_dir": tmp_path, "secret_key": "for tests alone"})
    database = Database(settings.database)
    database.migrate()
    sprint = load_event(SHIPPED)
    event = practice_event(sprint, day=sprint.starts.date(), phase=PhaseKey.JUDGING)
    with database.write() as session:
        for number, space in enumerate(rehearsal.spaces()):
            content = entry(number, space_id=space)
            hand_in(session, event.slug, content, event.deadline - timedelta(days=1))
    yield Gallery(settings, database, {event.slug: event}, clock)
    database.close()


def _looks(gallery: Gallery) -> dict[str, list[datetime]]:
    """When each juror finished theirs."""
    with gallery.database.read() as session:
        rows = session.execute(
            select(Account.name, Ballot.finished_at)
            .join(Ballot, Ballot.account_id == Account.id)
            .where(Ballot.finished_at.is_not(None))
        ).all()
    found: dict[str, list[datetime]] = {}
    for name, at in rows:
        assert at is not None
        found.setdefault(name, []).append(at)
    return found


def test_programs_have_scored_some_before_and_a_person_finds_a_list_of_their_own(
    gallery: Gallery,
) -> None:
    rehearsal.begin(gallery, gallery.current)
    looks = _looks(gallery)
    assert {name: len(times) for name, times in looks.items()} == dict.fromkeys(PROGRAMS, 5)
    now = gallery.clock()
    assert all(now - timedelta(days=3) < at < now for times in looks.values() for at in times)
    with gallery.database.write() as session:  # as who signs in by that name
        person = HubPerson(HubAccount(name="juror").subject, "juror", "juror")
        account = accounts.of_hub(session, person, now)
        actor = sessions.actor_for(session, account, [gallery.current])
        mine = evening.evening(Act(session, actor, now, gallery.current))
    assert len(mine.demos) == mine.left == 9
    with gallery.database.read() as session:
        given = session.scalars(select(Assignment)).all()
    assert len(given) == rehearsal.LOOKS * len(rehearsal.spaces())


@pytest.mark.slow
def test_one_after_the_other_the_rest_comes_in_and_the_log_tells_the_same(
    gallery: Gallery, clock: Clock
) -> None:
    rehearsal.begin(gallery, gallery.current)
    grown = [sum(map(len, _looks(gallery).values()))]

    def pause() -> None:
        clock.now += timedelta(seconds=15)
        grown.append(sum(map(len, _looks(gallery).values())))

    rehearsal.go_on(gallery, gallery.current, pause=pause)
    assert grown[0] == 15
    assert grown[-1] == 27, "nine of each program"
    assert all(later - one in (0, 1) for one, later in itertools.pairwise(grown))
    with gallery.database.read() as session:
        event = gallery.current
        assert len(session.scalars(select(Comparison)).all()) == 9
        log, tables = replay.replayed(session, event), replay.kept(session, event)
        assert replay.difference(log, tables) is None


@pytest.mark.slow
def test_begun_again_it_changes_nothing_of_what_was_said(gallery: Gallery) -> None:
    rehearsal.begin(gallery, gallery.current)
    before = _looks(gallery)
    rehearsal.begin(gallery, gallery.current)
    assert _looks(gallery) == before


@pytest.mark.slow
def test_when_organisers_close_the_judging_the_programs_stop(gallery: Gallery) -> None:
    rehearsal.begin(gallery, gallery.current)
    before = _looks(gallery)
    with gallery.database.write() as session:
        act = Act(session, COMMAND_LINE, gallery.clock(), gallery.current)
        judgings.close(act, reason="enough for a rehearsal")
    with pytest.raises(Closed):
        rehearsal.go_on(gallery, gallery.current, pause=lambda: None)
    assert _looks(gallery) == before


@pytest.mark.slow
def test_of_what_a_person_handed_in_a_program_says_that_it_knows_nothing(
    gallery: Gallery,
) -> None:
    with gallery.database.write() as session:
        content = entry(40, space_id="ada-l/drawing-to-picture")
        hand_in(session, "practice", content, gallery.current.deadline - timedelta(days=1))
    rehearsal.begin(gallery, gallery.current)
    rehearsal.go_on(gallery, gallery.current, pause=lambda: None)
    with gallery.database.read() as session:
        demo = session.scalars(
            select(Submission).where(Submission.space_id == "ada-l/drawing-to-picture")
        ).one()
        rows = session.execute(
            select(Account.name, Assignment.state)
            .join(Account, Account.id == Assignment.account_id)
            .where(Assignment.submission_id == demo.id)
        ).all()
    assert {state for name, state in rows if name in PROGRAMS} == {"skipped"}


def test_the_same_opinions_at_each_start_whole_and_within_the_scales(gallery: Gallery) -> None:
    event = gallery.current
    opinions = drawn(event, PROGRAMS, rehearsal.spaces())
    assert opinions == drawn(event, PROGRAMS, rehearsal.spaces())
    assert len(opinions.said) == len(PROGRAMS) * len(rehearsal.spaces())
    for said in opinions.said.values():
        for criterion in event.rubric.criteria:
            assert criterion.lowest <= said.scores[criterion.key] <= criterion.highest
    juror, (one, other) = PROGRAMS[0], rehearsal.spaces()[:2]
    mirrored = {"left": "right", "right": "left", "equal": "equal"}
    assert opinions.better(juror, other, one) == mirrored[opinions.better(juror, one, other)]
