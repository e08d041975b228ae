"""Handing in: who may, until when, and that nobody overwrites anybody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gallery.actor import VISITOR, Actor
from gallery.database.tables import Revision, Submission
from gallery.errors import (
    Closed,
    GalleryError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Stale,
)
from gallery.submissions import revisions, submissions
from gallery.submissions.access import seen
from tests.gallery.conftest import Clock
from tests.gallery.submissions.conftest import Desk, MakeTeam, content

Person = Callable[[str], Actor]


def test_a_person_without_a_team_hands_in_as_a_team_of_one(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    draft = desk.draft(ada)
    assert draft.team.name == "ada-l"
    submitted = desk.submit(ada, draft)
    assert submitted.state == "submitted"
    assert submitted.submitted_at == desk.gallery.clock()
    assert desk.log() == [
        "team.formed",
        "team.joined",
        "submission.created",
        "submission.submitted",
    ]


def test_a_second_person_of_the_same_name_gets_another_team_name(
    desk: Desk, person: Person, make_team: MakeTeam
) -> None:
    make_team("ada-l", person("team-lead"))
    assert desk.draft(person("ada-l")).team.name == "ada-l 2"


def test_two_members_who_paste_the_same_address_get_the_same_draft(
    desk: Desk, person: Person, make_team: MakeTeam
) -> None:
    ada, bob = person("ada-l"), person("bob-k")
    make_team("Pair", ada, bob)
    assert desk.draft(ada).id == desk.draft(bob).id


def test_a_save_on_an_old_revision_is_stale_and_overwrites_nothing(
    desk: Desk, person: Person, make_team: MakeTeam
) -> None:
    ada, bob = person("ada-l"), person("bob-k")
    make_team("Pair", ada, bob)
    draft = desk.draft(ada)
    desk.save(bob, draft, draft.number, title="By Bob")
    with pytest.raises(Stale, match=r"bob-k saved revision 2 .* begun on revision 1"):
        desk.save(ada, draft, draft.number, title="By Ada")
    assert desk.current(draft).title == "By Bob"


def test_two_tabs_of_one_person_do_not_overwrite_each_other(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    draft = desk.draft(ada)
    desk.save(ada, draft, 1, title="First tab")
    with pytest.raises(Stale):
        desk.save(ada, draft, 1, title="Second tab")


def test_a_repeated_save_is_the_same_save(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    draft = desk.draft(ada)
    first = desk.save(ada, draft, 1, title="Twice")
    second = desk.save(ada, draft, 1, title="Twice")
    assert first.number == second.number == 2


def test_what_one_person_saves_in_a_draft_within_minutes_is_one_revision(
    desk: Desk, person: Person, clock: Clock
) -> None:
    ada = person("ada-l")
    draft = desk.draft(ada)
    for number in range(1, 5):
        clock.now += timedelta(seconds=50)
        desk.save(ada, draft, number, title=f"Title {number}")
    clock.now += timedelta(minutes=3)
    desk.save(ada, draft, 5, title="Later")
    with desk.gallery.database.read() as session:
        listed = revisions.versions(
            session, ada, event=desk.gallery.current, submission_id=draft.id
        )
    assert [version.number for version in listed] == [6, 5]


def test_after_submitting_every_save_is_a_revision_of_its_own(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    draft = desk.submit(ada, desk.draft(ada))
    desk.save(ada, draft, 1, title="Two")
    desk.save(ada, draft, 2, title="Three")
    with desk.gallery.database.read() as session:
        assert len(session.scalars(select(Revision)).all()) == 3


@pytest.mark.parametrize("verb", [submissions.withdraw, submissions.come_back])
def test_strangers_may_neither_see_nor_touch_a_draft(
    desk: Desk, person: Person, verb: Callable[..., Submission]
) -> None:
    draft = desk.draft(person("ada-l"))
    for stranger in (person("eve-x"), VISITOR):
        with pytest.raises(NotFound):
            desk(verb, stranger, submission_id=draft.id)
        with pytest.raises(NotFound):
            desk.save(stranger, draft, 1, title="Mine")


def test_strangers_may_not_touch_what_everybody_sees(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    submitted = desk.submit(ada, desk.draft(ada))
    with pytest.raises(NotAllowed, match="only its team"):
        desk.save(person("eve-x"), submitted, 1, title="Mine")
    with pytest.raises(NotSignedIn):
        desk.save(VISITOR, submitted, 1, title="Mine")


@pytest.mark.slow
def test_a_teams_token_acts_for_that_team_alone(
    desk: Desk, person: Person, make_team: MakeTeam
) -> None:
    ada, eve = person("ada-l"), person("eve-x")
    ours, theirs = make_team("Ours", ada), make_team("Theirs", eve)
    token = Actor(ada.account_id, "ada-l", token_team_id=ours.id)
    other = Actor(eve.account_id, "eve-x", token_team_id=theirs.id)
    draft = desk.draft(token)
    desk.save(token, draft, 1, title="By a program")
    with pytest.raises(NotFound):
        desk.save(other, draft, 2, title="Not by theirs")


def test_after_the_deadline_only_organisers_edit_and_say_why(
    desk: Desk, person: Person, clock: Clock
) -> None:
    ada, organiser = person("ada-l"), person("organiser")
    submitted = desk.submit(ada, desk.draft(ada))
    clock.now = desk.gallery.current.deadline
    for attempt in (
        lambda: desk.save(ada, submitted, 1, title="Too late"),
        lambda: desk(submissions.withdraw, ada, submission_id=submitted.id),
        lambda: desk.draft(person("late-comer"), space_id="late-comer/demo"),
    ):
        with pytest.raises(Closed, match="it is over"):
            attempt()
    with pytest.raises(Invalid, match="the reason for the change must"):
        desk.save(organiser, submitted, 1, title="Quietly")
    fixed = {"number": 1, "content": content(title="Fixed"), "reason": "the title was cut off"}
    desk(submissions.save, organiser, submission_id=submitted.id, **fixed)
    with desk.gallery.database.read() as session:
        newest, *_ = revisions.versions(
            session, VISITOR, event=desk.gallery.current, submission_id=submitted.id
        )
    assert (newest.author, newest.note) == ("organiser", "the title was cut off")


def test_a_withdrawn_submission_is_gone_for_visitors_and_comes_back(
    desk: Desk, person: Person
) -> None:
    ada = person("ada-l")
    submitted = desk.submit(ada, desk.draft(ada))
    event = desk.gallery.current
    desk(submissions.withdraw, ada, submission_id=submitted.id)
    with desk.gallery.database.read() as session, pytest.raises(NotFound):
        seen(session, VISITOR, event=event, submission_id=submitted.id)
    back = desk(submissions.come_back, ada, submission_id=submitted.id)
    assert (back.state, back.submitted_at) == ("submitted", submitted.submitted_at)


def test_a_withdrawn_draft_comes_back_as_a_draft(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    draft = desk.draft(ada)
    desk(submissions.withdraw, ada, submission_id=draft.id)
    assert desk(submissions.come_back, ada, submission_id=draft.id).state == "draft"


def test_pictures_must_be_stored_here(desk: Desk, person: Person) -> None:
    with pytest.raises(Invalid, match="not stored here") as caught:
        desk.draft(person("ada-l"), thumbnail="0" * 64)
    assert caught.value.field == "pictures"


titles = st.sampled_from(["One", "Two", "Three"])
steps = st.lists(
    st.tuples(
        st.sampled_from(["ada-l", "bob-k"]),
        st.sampled_from(["save", "stale", "submit", "withdraw", "back"]),
        titles,
    ),
    max_size=12,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_after_any_sequence_of_saves_pages_show_the_newest_and_nothing_is_lost(
    desk: Desk, person: Person, make_team: MakeTeam, clock: Clock, steps: list
) -> None:
    ada, bob = person("ada-l"), person("bob-k")
    with desk.gallery.database.read() as session:
        known = session.scalars(select(Submission).order_by(Submission.id.desc())).first()
    if known is None:
        make_team("Pair", ada, bob)
    draft = desk.draft(ada, space_id=f"ada-l/demo-{known.id + 1 if known else 0}")
    acknowledged = "Sketch to photo"
    number = draft.number
    for name, step, title in steps:
        clock.now += timedelta(minutes=1)
        actor = {"ada-l": ada, "bob-k": bob}[name]
        changes = {"title": title, "space_id": draft.space_id}
        match step:
            case "save":
                number = desk.save(actor, draft, number, **changes).number
                acknowledged = title
            case "stale" if title != acknowledged:
                with pytest.raises(GalleryError):
                    desk.save(actor, draft, number - 1, **changes)
            case "submit":
                desk(submissions.submit, actor, submission_id=draft.id, number=number)
            case "withdraw":
                desk(submissions.withdraw, actor, submission_id=draft.id)
            case "back":
                desk(submissions.come_back, actor, submission_id=draft.id)
    assert desk.current(draft).title == acknowledged
    with desk.gallery.database.read() as session:
        shown = session.get_one(Submission, draft.id)
        assert (shown.title, shown.number) == (acknowledged, number)
        assert acknowledged.lower() in shown.search_text
