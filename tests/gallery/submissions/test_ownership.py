"""A Space is its owner's: whoever else hands it in waits for a proof, and keeps no owner out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.app import build_app
from gallery.browsing.browse import search
from gallery.browsing.listing import Listing
from gallery.browsing.query import Query
from gallery.database.tables import Account, Claim, Notification, Submission
from gallery.errors import Invalid, NotAllowed
from gallery.gallery import Gallery
from gallery.people.accounts import of_hub
from gallery.people.openid import HubPerson
from gallery.sources.pace import Pace
from gallery.submissions import claims, likes, naming, revisions, snapshot, submissions
from gallery.submissions.access import may_see
from gallery.teams import memberships, tokens
from gallery.watcher import collect
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.submissions.conftest import Desk, MakeTeam, content
from tests.gallery.watched import gallery, pace, paged_hub, settings, small_hub

__all__ = ["gallery", "pace", "paged_hub", "settings", "small_hub"]

Person = Callable[[str], Actor]
SPACE = "ada-l/clouds"


@pytest.fixture(autouse=True)
def space(small_hub: ServedHub) -> None:
    small_hub.hub.add_space(SPACE, card={"tags": ["summer-sprint"], "title": "Clouds"})


@pytest.fixture
def hand_in(gallery: Gallery, desk: Desk) -> Callable[..., Submission]:
    """A draft of the Space, handed in as the doors do it."""

    def do(actor: Actor, **changes: object) -> Submission:
        draft = desk.draft(actor, **{"space_id": SPACE, **changes})
        naming.ask_about(gallery, actor, event=gallery.current, submission_id=draft.id)
        return desk.submit(actor, draft)

    return do


def _by_email(gallery: Gallery, actor: Actor) -> Actor:
    """The same person, of whom no Hub account is known."""
    with gallery.database.writing() as session:
        session.get_one(Account, actor.account_id).hub_name = None
        session.commit()
    return actor


def _state(gallery: Gallery, of: Submission) -> str:
    with gallery.database.read() as session:
        return session.get_one(Submission, of.id).state


def _told(gallery: Gallery, actor: Actor) -> list[str]:
    with gallery.database.read() as session:
        rows = select(Notification).where(Notification.account_id == actor.account_id)
        return [
            f"{one.kind}: {one.title} {one.text}"
            for one in session.scalars(rows.order_by(Notification.id))
        ]


def _shown(gallery: Gallery) -> list[int]:
    found = search(Listing(gallery.database), Query(gallery.current.slug), gallery.clock())
    return [card.id for card in found.cards]


def test_the_owner_hands_in_at_once_and_so_does_a_member_of_the_owning_organisation(
    gallery: Gallery, small_hub: ServedHub, hand_in, person: Person
) -> None:
    assert hand_in(person("ada-l")).state == "submitted"
    small_hub.hub.add_space("Sky-Lab/rain")
    bob = person("bob-k")
    with gallery.database.writing() as session:
        told = HubPerson("subject of bob", "bob-k", "Bob", ("sky-lab",))
        session.get_one(Account, bob.account_id).hub_subject = told.subject
        of_hub(session, told, gallery.clock())
        session.commit()
    assert hand_in(bob, space_id="Sky-Lab/rain").state == "submitted"


def test_a_team_whose_member_owns_the_space_is_its_owner_whoever_hands_it_in(
    make_team: MakeTeam, hand_in, person: Person
) -> None:
    lead, owner = person("bob-k"), person("ada-l")
    make_team("Both of us", lead, owner)
    assert hand_in(lead).state == "submitted"


def test_a_stranger_waits_out_of_sight_and_takes_no_likes_along(
    gallery: Gallery, desk: Desk, clock: Clock, pace: Pace, hand_in, person: Person
) -> None:
    owner, eve, fan = person("ada-l"), person("eve-x"), person("bob-k")
    (taken,) = collect.collect(gallery, COMMAND_LINE, event=gallery.current, pace=pace)
    assert taken.outcome == "new"
    with gallery.database.read() as session:
        collected = submissions.of_space(session, event=gallery.current, space_id=SPACE)
    assert collected is not None
    desk(likes.like, fan, submission_id=collected.id)
    claimed = hand_in(eve)
    assert (claimed.state, claimed.likes, claimed.submitted_at) == ("waiting", 0, None)
    assert _shown(gallery) == [collected.id]
    with gallery.database.read() as session:
        assert not may_see(session, owner, claimed)
        assert may_see(session, eve, claimed)
        assert may_see(session, COMMAND_LINE, claimed)
    assert any("waits for a proof" in one for one in _told(gallery, eve))
    assert any("says that ada-l/clouds is theirs" in one for one in _told(gallery, owner))
    clock.now = gallery.current.deadline + timedelta(minutes=1)
    pinned = snapshot.snapshot(gallery, COMMAND_LINE, event=gallery.current, pace=pace)
    assert [one.submission_id for one in pinned] == [collected.id]


def test_a_line_in_the_readme_proves_it_also_after_the_deadline(
    gallery: Gallery, small_hub: ServedHub, clock: Clock, hand_in, person: Person
) -> None:
    eve, event = _by_email(gallery, person("eve-x")), gallery.current
    claimed, handed_in_at = hand_in(eve), clock.now
    clock.now = event.deadline + timedelta(hours=1)
    with gallery.database.read() as session:
        line = session.get_one(Claim, claimed.id).line
    for readme in ("# Clouds\n", f"# Clouds\n\n{line[:-1]}\n", f"---\ntitle: {line}\n---\n"):
        small_hub.hub.change("space", SPACE, {"README.md": readme.encode()})
        with pytest.raises(Invalid, match=line):
            claims.check(gallery, eve, event=event, submission_id=claimed.id)
    small_hub.hub.change("space", SPACE, {"README.md": f"# Clouds\n\n<!-- {line} -->\n".encode()})
    shown = claims.check(gallery, eve, event=event, submission_id=claimed.id)
    assert (shown.state, shown.submitted_at) == ("submitted", handed_in_at)
    small_hub.hub.change("space", SPACE, {"README.md": b"# Clouds\n"})
    assert claims.check(gallery, eve, event=event, submission_id=claimed.id).state == "submitted"


def test_a_line_proves_nothing_for_another_team(
    gallery: Gallery, small_hub: ServedHub, desk: Desk, hand_in, person: Person
) -> None:
    eve, zoe = person("eve-x"), person("zoe-m")
    first, second = hand_in(eve), hand_in(zoe)
    with gallery.database.read() as session:
        line = session.get_one(Claim, first.id).line
    small_hub.hub.change("space", SPACE, {"README.md": line.encode()})
    with pytest.raises(Invalid):
        claims.check(gallery, zoe, event=gallery.current, submission_id=second.id)
    with pytest.raises(NotAllowed):
        desk(claims.grant, zoe, submission_id=second.id, reason="said so")


def test_linking_the_owners_account_is_proof_enough(
    gallery: Gallery, hand_in, person: Person
) -> None:
    ada = _by_email(gallery, person("ada-l"))
    claimed = hand_in(ada)
    assert claimed.state == "waiting"
    with gallery.database.writing() as session:
        session.get_one(Account, ada.account_id).hub_name = "Ada-L"
        session.commit()
    checked = claims.check(gallery, ada, event=gallery.current, submission_id=claimed.id)
    assert checked.state == "submitted"


def test_the_owner_is_never_locked_out_and_nothing_of_the_strangers_is_lost(
    gallery: Gallery, desk: Desk, hand_in, person: Person
) -> None:
    owner, eve, fan = person("ada-l"), person("eve-x"), person("bob-k")
    theirs = hand_in(eve, title="My clouds", description="A long story.")
    granted = desk(claims.grant, COMMAND_LINE, submission_id=theirs.id, reason="they said so")
    assert granted.state == "submitted"
    desk(likes.like, fan, submission_id=theirs.id)
    mine = hand_in(owner)
    assert (mine.state, mine.likes) == ("submitted", 1)
    assert _state(gallery, theirs) == "waiting"
    assert desk.current(theirs).description == "A long story."
    assert _shown(gallery) == [mine.id]
    (why,) = [one for one in _told(gallery, eve) if "has handed in ada-l/clouds" in one]
    assert "Nothing of what you wrote is lost" in why
    with pytest.raises(NotAllowed, match="has handed this Space in already"):
        desk(claims.grant, COMMAND_LINE, submission_id=theirs.id, reason="again")
    with pytest.raises(NotAllowed, match="has handed this Space in already"):
        hand_in(person("zoe-m"))
    saved = desk.save(eve, theirs, theirs.number, space_id=SPACE, title="Still mine to write")
    assert saved.state == "waiting"


def test_organisers_say_no_and_it_is_a_draft_again(
    gallery: Gallery, desk: Desk, hand_in, person: Person
) -> None:
    eve = person("eve-x")
    claimed = hand_in(eve)
    given = {"submission_id": claimed.id, "reason": "the owner wrote to us"}
    with pytest.raises(NotAllowed):
        desk(claims.refuse, eve, **given)
    assert desk(claims.refuse, COMMAND_LINE, **given).state == "draft"
    assert any("the owner wrote to us" in one for one in _told(gallery, eve))
    with gallery.database.read() as session:
        assert claims.waiting(session, COMMAND_LINE, event=gallery.current) == ()


def test_what_everybody_sees_moves_to_a_strangers_space_by_an_organisers_word_only(
    gallery: Gallery, desk: Desk, hand_in, person: Person
) -> None:
    eve = person("eve-x")
    mine = desk.submit(eve, desk.draft(eve, space_id="eve-x/own"))
    with pytest.raises(NotAllowed, match="known to own ada-l/clouds"):
        desk.save(eve, mine, mine.number, space_id=SPACE)
    moved = desk(
        submissions.save,
        COMMAND_LINE,
        submission_id=mine.id,
        number=mine.number,
        content=content(space_id=SPACE),
        reason="they work on it together",
    )
    assert (moved.state, moved.space_id) == ("submitted", SPACE)
    assert hand_in(person("ada-l")).state == "submitted"
    assert _state(gallery, mine) == "waiting"


def test_a_claim_goes_along_with_who_joins_another_team(
    gallery: Gallery, desk: Desk, make_team: MakeTeam, hand_in, person: Person
) -> None:
    eve, owner = person("eve-x"), person("ada-l")
    claimed = hand_in(eve)
    team = make_team("Both of us", owner)
    with gallery.database.write() as session:
        account = session.get_one(Account, eve.account_id)
        now, event = gallery.clock(), gallery.current
        memberships.seat(Act(session, eve, now, event), team_id=team.id, account=account)
    checked = claims.check(gallery, eve, event=gallery.current, submission_id=claimed.id)
    assert (checked.state, checked.team_id) == ("submitted", team.id)


def test_programs_and_organisers_find_the_claim_at_their_doors(
    gallery: Gallery, small_hub: ServedHub, hand_in, person: Person, signed_in
) -> None:
    eve = person("eve-x")
    claimed = hand_in(eve)
    now, event = gallery.clock(), gallery.current
    with gallery.database.write() as session:
        token = tokens.make_token(
            Act(session, eve, now, event), team_id=claimed.team_id, label="tests"
        )
    address = f"/api/v1/events/{event.slug}/submissions/{claimed.id}/claim"
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(build_app(gallery), base_url=BASE_URL) as api:
        assert api.get(address, headers={"Accept": "*/*"}).status_code == 404
        told = api.get(address, headers=headers).json()
        assert (told["state"], told["space_id"]) == ("waiting", SPACE)
        refused = api.post(address, headers=headers)
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "proof")
    organiser = signed_in("organiser")
    page = organiser.get("/summer/organise/submissions").text
    assert "Waiting for a proof" in page
    assert "1 demo waits" in organiser.get("/summer/organise").text
    form = {"decision": "grant", "reason": "we called them"}
    answer = organiser.post(f"/summer/organise/claims/{claimed.id}", data=form)
    assert answer.status_code == 303
    assert _state(gallery, claimed) == "submitted"
    with gallery.database.read() as session:
        shown = session.get_one(Submission, claimed.id)
        assert revisions.current(session, shown).space_id == SPACE
