"""Handing out: enough looks, even loads, no conflicts, and little change when something changes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.database.tables import Account, Assignment, Facet, Submission
from gallery.errors import Closed, Invalid, NotAllowed
from gallery.event.people import JurorTopics
from gallery.judging import ballots, conflicts, handing_out, replay, results
from gallery.judging.handing_out import HandedOut
from gallery.people import roles
from tests.gallery.conftest import Clock
from tests.gallery.judging.conftest import JURORS, WHOLE, Jury

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """Twelve demos, four jurors, nothing handed out yet."""
    with jury.gallery.database.write() as session:
        session.query(Assignment).delete()
    jury.hand_in(9)
    return jury


def hand_out(jury: Jury, *, looks: int = 2, anchors: int | None = None) -> HandedOut:
    return handing_out.hand_out(
        jury.gallery,
        jury.person("organiser"),
        event=jury.gallery.current,
        looks=looks,
        anchors=anchors,
    )


def given(jury: Jury) -> set[tuple[int, str]]:
    with jury.gallery.database.read() as session:
        rows = session.execute(
            select(Assignment.submission_id, Account.name)
            .join(Account, Account.id == Assignment.account_id)
            .where(Assignment.state != "dropped")
        )
        return {(demo, name) for demo, name in rows}


def test_each_demo_gets_its_looks_and_each_juror_as_many(jury: Jury) -> None:
    done = hand_out(jury)
    looks = given(jury)
    assert (done.demos, done.jurors, done.added, done.dropped) == (12, 4, len(looks), 0)
    assert set(Counter(demo for demo, _ in looks).values()) == {2}
    loads = Counter(name for _, name in looks)
    assert max(loads.values()) - min(loads.values()) <= 1
    assert hand_out(jury).added == 0, "the same wish once more changes nothing"


def test_some_demos_may_be_seen_by_all(jury: Jury) -> None:
    hand_out(jury, anchors=2)
    seen = Counter(demo for demo, _ in given(jury))
    assert sum(count == len(JURORS) for count in seen.values()) == 2


@pytest.mark.slow
def test_who_drops_out_leaves_what_is_judged_and_the_rest_goes_to_others(jury: Jury) -> None:
    hand_out(jury)
    before = given(jury)
    mine = sorted(demo for demo, name in before if name == "jo-2")
    jury(ballots.finish, "jo-2", submission_id=mine[0], number=0, said=WHOLE)
    account_id = jury.person("jo-2").account_id
    away = {"account_id": account_id, "is_away": True, "reason": "ill"}
    with pytest.raises(NotAllowed):
        jury(handing_out.set_away, "juror", **away)
    jury(handing_out.set_away, "organiser", **away)
    done = hand_out(jury)
    after = given(jury)
    assert {demo for demo, name in after if name == "jo-2"} <= {mine[0]}
    assert done.dropped == len(mine) - 1
    others = {look for look in before if look[1] != "jo-2"}
    assert len(others - after) <= 1, "nobody else's list is turned over"
    assert all(
        sum(demo == one for one, name in after if name != "jo-2") >= 2 - (demo == mine[0])
        for demo in jury.demos
    )


def test_who_comes_later_gets_what_all_see(jury: Jury, signed_in: SignedIn) -> None:
    hand_out(jury, anchors=2)
    shown = {demo for demo in jury.demos if all((demo, name) in given(jury) for name in JURORS)}
    assert len(shown) == 2
    jury.person("newcomer")
    jury(roles.give, "organiser", name="newcomer", role="juror")
    assert 'name="anchors" value="2"' in signed_in("organiser").get("/summer/organise/jury").text
    hand_out(jury)
    assert {(demo, "newcomer") for demo in shown} <= given(jury)
    with jury.gallery.database.read() as session:
        event = jury.gallery.current
        assert (
            replay.difference(replay.replayed(session, event), replay.kept(session, event)) is None
        )


def test_a_conflict_is_never_given(jury: Jury) -> None:
    demo = jury.demos[4]
    jury(conflicts.declare, "jo-3", submission_id=demo, reason="my students")
    hand_out(jury, looks=3)
    assert (demo, "jo-3") not in given(jury)


def with_topics(jury: Jury, *known: tuple[str, str]) -> None:
    """The event file says what jurors know; tags, tasks and controls are what demos are about."""
    said = tuple(JurorTopics(juror=name, topics=(topic,)) for name, topic in known)
    gallery = jury.gallery
    event = gallery.current.model_copy(update={"juror_topics": said})
    jury.gallery = replace(gallery, events={event.slug: event})


def about(jury: Jury, topic: str) -> set[int]:
    with jury.gallery.database.read() as session:
        rows = session.query(Facet).filter(
            Facet.kind.in_(("tag", "task", "control")), Facet.value == topic
        )
        return {row.submission_id for row in rows}


@pytest.mark.slow
def test_all_else_equal_a_demo_goes_to_who_knows_its_topic(jury: Jury) -> None:
    for topic, name in (("depth", "jo-3"), ("games", "jo-4"), ("fashion", "jo-2")):
        with_topics(jury, (name, topic.upper()))
        with jury.gallery.database.write() as session:
            session.query(Assignment).delete()
        done = hand_out(jury)
        wanted = about(jury, topic)
        mine = {demo for demo, juror in given(jury) if juror == name}
        assert len(wanted) == 4, "or the test would tell nothing"
        # By lot it would be two of them; one look may be what joins all.
        assert len(wanted & mine) >= 3
        assert done.matched == len(wanted & mine)
        loads = Counter(juror for _, juror in given(jury))
        assert max(loads.values()) - min(loads.values()) <= 1
        assert set(Counter(demo for demo, _ in given(jury)).values()) == {2}


def test_a_topic_is_no_reason_to_see_what_one_must_not(jury: Jury) -> None:
    with_topics(jury, ("jo-3", "canny"))
    barred = min(about(jury, "canny"))
    jury(conflicts.declare, "jo-3", submission_id=barred, reason="my students")
    hand_out(jury)
    assert (barred, "jo-3") not in given(jury)


def test_without_topics_nothing_is_said_of_them(jury: Jury) -> None:
    assert hand_out(jury).matched is None


def test_what_is_handed_out_stays_when_topics_are_told_later(jury: Jury) -> None:
    hand_out(jury)
    before = given(jury)
    with_topics(jury, ("jo-3", "canny"))
    assert hand_out(jury).added == 0
    assert given(jury) == before


def test_an_impossible_wish_says_what_would_help(jury: Jury) -> None:
    with pytest.raises(Invalid, match=r"looks") as refused:
        hand_out(jury, looks=5)
    assert "; " in str(refused.value)
    assert given(jury) == set()


def test_what_cannot_be_says_whose_name_it_is_about(jury: Jury) -> None:
    demo = jury.demos[0]
    for name in JURORS[1:]:
        jury(conflicts.declare, name, submission_id=demo, reason="my students")
    with jury.gallery.database.read() as session:
        title = session.get_one(Submission, demo).title
    with pytest.raises(Invalid, match="can be seen by 1 juror only") as refused:
        hand_out(jury, looks=2)
    assert title in str(refused.value)
    assert f"demo {demo}" not in str(refused.value)


@pytest.mark.slow
def test_without_a_juror_nothing_is_handed_out_and_the_board_says_why(
    jury: Jury, signed_in: SignedIn
) -> None:
    with jury.gallery.database.write() as session:
        for name in JURORS:
            account = session.query(Account).filter_by(name=name).one()
            account.hub_name = None
    with pytest.raises(Invalid, match="takes a juror who has signed in, got none"):
        hand_out(jury)
    board = signed_in("organiser").get("/summer/organise/jury").text
    assert "Nobody who has signed in is a juror yet." in board
    with jury.gallery.database.read() as session:
        event = jury.gallery.current
        found = results.result_of(session, event, jury.clock.now)
    assert {row.looks for row in found.rows} == {0}


def test_it_is_for_organisers_and_after_the_deadline(jury: Jury, clock: Clock) -> None:
    with pytest.raises(NotAllowed):
        handing_out.hand_out(
            jury.gallery, jury.person("juror"), event=jury.gallery.current, looks=2
        )
    clock.now = jury.gallery.current.phases[0].starts
    with pytest.raises(Closed):
        hand_out(jury)
