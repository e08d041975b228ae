"""Declined people's demos: seen before it is confirmed, withheld, and back if the no is turned."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import COMMAND_LINE, VISITOR, Actor
from gallery.browsing.browse import search
from gallery.browsing.listing import Listing
from gallery.browsing.query import Query, Sort
from gallery.database.tables import Membership, Notification, Pin, SignUp, Submission, Team
from gallery.errors import Invalid, NotAllowed, NotFound
from gallery.gallery import Gallery
from gallery.organising import decisions
from gallery.sources.pace import Pace
from gallery.submissions import likes, snapshot, submissions, withholding
from gallery.submissions.showing import show
from gallery.teams import sign_ups
from gallery.watcher import collect, rounds
from gallery.watcher.rounds import Round
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.submissions.conftest import Desk, MakeTeam, content
from tests.gallery.watched import gallery, pace, paged_hub, settings, small_hub

__all__ = ["gallery", "pace", "paged_hub", "settings", "small_hub"]

Person = Callable[[str], Actor]
SignedIn = Callable[[str], TestClient]


def _sign_up(gallery: Gallery, actor: Actor) -> int:
    with gallery.database.read() as session:
        found = sign_ups.of(session, actor.account_id, gallery.current)
        assert found is not None
        return found.id


def _decline(gallery: Gallery, desk: Desk, *actors: Actor) -> None:
    """By an organiser who has seen what becomes of it."""
    ids = [_sign_up(gallery, one) for one in actors]
    with gallery.database.read() as session:
        seen = decisions.fates(session, COMMAND_LINE, event=gallery.current, sign_up_ids=ids)
    confirmed = withholding.digest(seen)
    desk(decisions.decline, COMMAND_LINE, sign_up_ids=ids, seen="accepted", confirmed=confirmed)


def _accept(gallery: Gallery, desk: Desk, actor: Actor) -> None:
    ids = [_sign_up(gallery, actor)]
    desk(decisions.accept, COMMAND_LINE, sign_up_ids=ids, seen="declined")


def _state(gallery: Gallery, of: Submission) -> str:
    with gallery.database.read() as session:
        return session.get_one(Submission, of.id).state


def _told(gallery: Gallery, actor: Actor) -> str:
    """What the newest letter about a decision says to somebody."""
    decided = select(Notification.text).where(
        Notification.account_id == actor.account_id, Notification.kind == "decision"
    )
    with gallery.database.read() as session:
        return session.scalars(decided.order_by(Notification.id.desc())).first() or ""


def _listed(gallery: Gallery) -> set[int]:
    found = search(
        Listing(gallery.database), Query(gallery.current.slug, sort=Sort.LIKES), gallery.clock()
    )
    return {card.id for card in found.cards}


@pytest.fixture
def demo(small_hub: ServedHub, desk: Desk, person: Person) -> Submission:
    """Handed in by ada-l, who is alone in a team."""
    small_hub.hub.add_space("ada-l/clouds", card={"tags": ["summer-sprint"]})
    ada = person("ada-l")
    return desk.submit(ada, desk.draft(ada, space_id="ada-l/clouds"))


def test_what_becomes_of_it_is_seen_before_it_is_confirmed(
    gallery: Gallery, desk: Desk, demo: Submission, person: Person
) -> None:
    ids = [_sign_up(gallery, person("ada-l"))]
    for confirmed in ("", "something else"):
        with pytest.raises(Invalid, match=r"Sketch to photo.*is withheld") as refused:
            desk(
                decisions.decline,
                COMMAND_LINE,
                sign_up_ids=ids,
                seen="accepted",
                confirmed=confirmed,
            )
        assert refused.value.field == "confirmed"
    assert _state(gallery, demo) == "submitted"


@pytest.mark.slow
def test_a_declined_persons_demo_is_nowhere_and_comes_back_as_it_was(
    gallery: Gallery,
    clock: Clock,
    desk: Desk,
    demo: Submission,
    person: Person,
    pace: Pace,
    client: TestClient,
) -> None:
    ada, fan = person("ada-l"), person("bob-k")
    draft = desk.draft(ada, space_id="ada-l/next")
    desk(likes.like, fan, submission_id=demo.id)
    assert _listed(gallery) == {demo.id}
    _decline(gallery, desk, ada)
    assert _state(gallery, demo) == "withheld"
    assert _listed(gallery) == set()
    with gallery.database.read() as session, pytest.raises(NotFound):
        show(Act(session, VISITOR, clock.now, gallery.current), submission_id=demo.id)
    for path in (
        "/summer",
        "/summer/feed.atom",
        "/api/v1/events/summer/submissions",
        "/summer/teams",
    ):
        assert "Sketch to photo" not in client.get(path, headers={"Accept": "*/*"}).text
    with pytest.raises(NotFound):
        desk(likes.like, person("zoe-m"), submission_id=demo.id)
    with pytest.raises(NotAllowed, match="accept them again"):
        desk(
            submissions.submit,
            COMMAND_LINE,
            submission_id=demo.id,
            number=demo.number,
            reason="by mistake",
        )
    (taken,) = collect.collect(gallery, COMMAND_LINE, event=gallery.current, pace=pace)
    assert taken.outcome == "its team's"
    assert _listed(gallery) == set()

    clock.now = gallery.current.deadline + timedelta(minutes=1)
    rounds.snapshots(Round(gallery, pace, lambda: False))
    with gallery.database.read() as session:
        assert session.scalars(select(Pin)).all() == []
    _accept(gallery, desk, ada)
    assert _listed(gallery) == {demo.id}
    with gallery.database.read() as session:
        shown = show(Act(session, ada, clock.now, gallery.current), submission_id=demo.id)
        assert (shown.submission.likes, shown.may_edit) == (1, True)
        assert session.get_one(Team, demo.team_id).dissolved_at is None
        assert session.get_one(Submission, draft.id).state == "draft"
    pinned = snapshot.snapshot(gallery, COMMAND_LINE, event=gallery.current, pace=pace)
    assert [one.submission_id for one in pinned] == [demo.id]


def test_a_team_in_which_others_take_part_keeps_its_demos(
    gallery: Gallery, desk: Desk, make_team: MakeTeam, person: Person
) -> None:
    ada, bob = person("ada-l"), person("bob-k")
    team = make_team("Both of us", ada, bob)
    demo = desk.submit(ada, desk.draft(ada, space_id="ada-l/clouds"))
    with gallery.database.read() as session:
        ids = [_sign_up(gallery, ada)]
        (fate,) = decisions.fates(session, COMMAND_LINE, event=gallery.current, sign_up_ids=ids)
    assert fate.stay == ("bob-k",)
    _decline(gallery, desk, ada)
    assert (_state(gallery, demo), _listed(gallery)) == ("submitted", {demo.id})
    _accept(gallery, desk, ada)
    with gallery.database.read() as session:
        seats = select(Membership.account_id).where(Membership.team_id == team.id)
        assert set(session.scalars(seats)) == {ada.account_id, bob.account_id}
    _decline(gallery, desk, ada, bob)
    assert _state(gallery, demo) == "withheld"
    _accept(gallery, desk, bob)
    assert _state(gallery, demo) == "submitted"


def test_who_is_declined_is_told_what_became_of_their_demos(
    gallery: Gallery, desk: Desk, demo: Submission, make_team: MakeTeam, person: Person
) -> None:
    ada, bob, cleo, eve = (person(name) for name in ("ada-l", "bob-k", "cleo-m", "eve-x"))
    make_team("Birds", bob, cleo)
    desk.submit(bob, desk.draft(bob, space_id="bob-k/birds", title="Birds from lines"))
    _decline(gallery, desk, ada, bob, eve)
    assert _told(gallery, ada) == (
        "“Sketch to photo” is withheld: nobody but the organisers sees it.\n\n"
        "Should the organisers decide otherwise, what is withheld comes back as it is."
    )
    assert _told(gallery, bob) == "“Birds from lines” stays with the team “Birds”."
    assert _told(gallery, eve) == ""
    _accept(gallery, desk, bob)
    assert _told(gallery, bob) == ""
    _decline(gallery, desk, bob, cleo)
    for one in (bob, cleo):
        assert _told(gallery, one).startswith("“Birds from lines” is withheld: ")


def test_whoever_takes_the_space_meanwhile_is_not_pushed_out(
    gallery: Gallery, desk: Desk, demo: Submission, person: Person, make_team: MakeTeam
) -> None:
    ada, eve = person("ada-l"), person("eve-x")
    _decline(gallery, desk, ada)
    theirs = desk.draft(eve, space_id="ada-l/clouds")
    desk.submit(eve, theirs)
    make_team("ada-l", person("zoe-m"))
    desk(
        submissions.hand_over,
        COMMAND_LINE,
        submission_id=theirs.id,
        team_id=theirs.team_id,
        reason="they may go on with it",
    )
    assert _listed(gallery) == {theirs.id}
    _accept(gallery, desk, ada)
    assert _state(gallery, demo) == "submitted", "the Space is hers on the Hub"
    assert _state(gallery, theirs) == "waiting"
    with gallery.database.read() as session:
        assert session.get_one(Team, demo.team_id).name == "ada-l 2"


def test_what_was_collected_of_a_declined_person_is_withheld_too(
    gallery: Gallery, desk: Desk, small_hub: ServedHub, person: Person, pace: Pace
) -> None:
    ada = person("ada-l")
    small_hub.hub.add_space("Ada-L/rain", card={"tags": ["summer-sprint"]})
    list(collect.collect(gallery, COMMAND_LINE, event=gallery.current, pace=pace))
    assert len(_listed(gallery)) == 1
    _decline(gallery, desk, ada)
    small_hub.hub.add_space("ada-l/snow", card={"tags": ["summer-sprint"]})
    list(collect.collect(gallery, COMMAND_LINE, event=gallery.current, pace=pace))
    assert _listed(gallery) == set()
    _accept(gallery, desk, ada)
    assert len(_listed(gallery)) == 1


def test_the_organisers_page_asks_once_more_and_says_what_becomes_of_it(
    gallery: Gallery, desk: Desk, demo: Submission, person: Person, signed_in: SignedIn
) -> None:
    sign_up = _sign_up(gallery, person("ada-l"))
    organiser = signed_in("organiser")
    form = {"decision": "decline", "seen": "accepted", "sign_up": str(sign_up), "message": "Full."}
    asked = organiser.post("/summer/organise/people", data=form)
    assert asked.status_code == 200
    for said in ("Decline ada-l", "Sketch to photo", "withheld", "Full."):
        assert said in asked.text
    assert _state(gallery, demo) == "submitted"
    confirmed = asked.text.split('name="confirmed" value="')[1].split('"')[0]
    answer = organiser.post("/summer/organise/people", data={**form, "confirmed": confirmed})
    assert answer.status_code == 303
    assert _state(gallery, demo) == "withheld"
    page = organiser.get(f"/summer/submissions/{demo.id}").text
    assert "This is withheld" in page
    with gallery.database.read() as session:
        assert session.get_one(SignUp, sign_up).state == "declined"
    assert content().title in organiser.get("/summer/organise/submissions").text
