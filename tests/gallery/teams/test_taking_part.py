"""Signing up, ideas, asking to join, tokens: the rules."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from gallery.actor import VISITOR, Actor
from gallery.database.tables import Account, IdeaComment, LogEntry, Notification, SignUp, TeamToken
from gallery.errors import Closed, GalleryError, Invalid, NotAllowed, NotFound, NotSignedIn, Stale
from gallery.event.phase import PhaseKey
from gallery.organising import decisions, log_lines
from gallery.people import roles
from gallery.teams import ideas, join_requests, memberships, personal_data, sign_ups, teams, tokens
from tests.gallery.conftest import Clock
from tests.gallery.people.conftest import Sprint


def sign_up_of(sprint: Sprint, name: str) -> SignUp:
    with sprint.gallery.database.read() as session:
        found = sign_ups.of(session, sprint.id_of(name), sprint.event)
    assert found is not None
    return found


def test_a_sign_up_waits_is_decided_and_told(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    sprint.give_address("ada-l", "ada@example.org")
    chosen = [sign_up_of(sprint, name).id for name in ("ada-l", "kite-9")]
    sprint.do(decisions.accept, "organiser", sign_up_ids=chosen, message="Welcome.")
    with sprint.gallery.database.read() as session:
        told = session.scalars(select(Notification).options(joinedload(Notification.letter))).all()
    assert [one.letter is not None for one in told] == [True, False]
    assert "Welcome." in told[0].text
    assert sign_up_of(sprint, "kite-9").state == "accepted"


def test_a_decision_on_what_another_organiser_decided_changes_nothing(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    first, second = (sign_up_of(sprint, name).id for name in ("ada-l", "kite-9"))
    sprint.do(decisions.decline, "organiser", sign_up_ids=[first])
    with pytest.raises(Stale, match="declined by now"):
        sprint.do(decisions.accept, "organiser", sign_up_ids=[second, first])
    assert sign_up_of(sprint, "kite-9").state == "waiting"
    sprint.do(decisions.accept, "organiser", sign_up_ids=[first], seen="declined")


def test_only_organisers_decide_and_only_on_their_event(sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    found = sign_up_of(sprint, "ada-l").id
    for name in ("ada-l", "kite-9", "juror"):
        with pytest.raises(NotAllowed):
            sprint.do(decisions.accept, name, sign_up_ids=[found])
    with pytest.raises(NotSignedIn):
        sprint.act(decisions.accept, VISITOR, sign_up_ids=[found])
    with sprint.gallery.database.write() as session:
        session.get_one(SignUp, found).event = "winter"
    with pytest.raises(NotFound):
        sprint.do(decisions.accept, "organiser", sign_up_ids=[found])


def test_after_sign_up_organisers_can_still_let_somebody_in(sprint: Sprint, clock: Clock) -> None:
    sprint.person("ada-l")
    clock.now = sprint.event.phase(PhaseKey.SIGN_UP).ends
    with pytest.raises(Closed):
        sprint.sign_up("ada-l")
    sprint.do(decisions.admit, "organiser", name="Ada-L")
    assert sign_up_of(sprint, "ada-l").state == "accepted"


def test_a_practice_event_accepts_at_once_and_signs_up_whoever_begins(sprint: Sprint) -> None:
    practice = sprint.event.model_copy(update={"practice_of": "winter"})
    trying = Sprint(sprint.gallery, practice, sprint.person)
    trying.do(teams.form_alone, "ada-l", name="Alone")
    assert sign_up_of(sprint, "ada-l").state == "accepted"


@pytest.mark.parametrize("use_case", ["propose", "comment", "ask", "form"])
def test_who_has_not_signed_up_is_told_to(sprint: Sprint, use_case: str) -> None:
    sprint.sign_up("kite-9")
    idea = sprint.do(ideas.propose, "kite-9", title="Birds", text="x")
    verbs = {
        "propose": (ideas.propose, {"title": "Mine", "text": "x"}),
        "comment": (ideas.comment, {"idea_id": idea.id, "text": "x"}),
        "ask": (join_requests.ask, {"idea_id": idea.id, "message": ""}),
        "form": (teams.form, {"name": "Mine"}),
    }
    verb, values = verbs[use_case]
    with pytest.raises(NotAllowed, match="sign up first"):
        sprint.do(verb, "ada-l", **values)
    with pytest.raises(NotSignedIn):
        sprint.act(verb, VISITOR, **values)


def test_an_idea_is_edited_by_its_author_on_its_newest_text(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="one")
    change = {"idea_id": idea.id, "title": "Birds", "text": "two", "number": 1}
    with pytest.raises(NotAllowed):
        sprint.do(ideas.edit, "kite-9", **change)
    sprint.do(ideas.edit, "ada-l", **change)
    with pytest.raises(Stale):
        sprint.do(ideas.edit, "ada-l", **change)


def test_a_comment_is_removed_by_its_author_alone(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="one")
    made = sprint.do(ideas.comment, "kite-9", idea_id=idea.id, text="hello")
    with pytest.raises(NotFound):
        sprint.do(ideas.remove_comment, "ada-l", comment_id=made.id)
    sprint.do(ideas.remove_comment, "kite-9", comment_id=made.id)
    with sprint.gallery.database.read() as session:
        assert session.get_one(IdeaComment, made.id).text == ""


def test_saying_yes_to_who_asks_forms_the_team_of_the_idea(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="one")
    first = sprint.do(join_requests.ask, "kite-9", idea_id=idea.id, message="me")
    second = sprint.do(join_requests.ask, "mossy", idea_id=idea.id, message="me too")
    with pytest.raises(NotAllowed):
        sprint.do(join_requests.accept, "mossy", request_id=second.id)
    team = sprint.do(join_requests.accept, "ada-l", request_id=first.id)
    assert (team.name, team.lead_id) == ("Birds", sprint.id_of("ada-l"))
    assert sprint.do(join_requests.accept, "ada-l", request_id=second.id).id == team.id
    with pytest.raises(Stale):
        sprint.do(join_requests.decline, "ada-l", request_id=second.id)
    with sprint.gallery.database.read() as session:
        assert memberships.size(session, team.id) == 3


def test_an_idea_gets_one_team_and_its_author_comes_first(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="one")
    with pytest.raises(NotAllowed, match="author"):
        sprint.do(teams.form, "kite-9", name="Mine", idea_id=idea.id)
    sprint.do(teams.form, "ada-l", name="Elsewhere")
    sprint.do(teams.form, "kite-9", name="Mine", idea_id=idea.id)
    with pytest.raises(Invalid, match="works on this idea"):
        sprint.do(teams.form, "mossy", name="Also mine", idea_id=idea.id)


def test_a_token_acts_for_its_team_until_it_ends_or_its_maker_leaves(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    secret = sprint.do(tokens.make_token, "ada-l", team_id=team.id, label="script")
    with pytest.raises(NotAllowed):
        sprint.do(tokens.make_token, "kite-9", team_id=team.id, label="mine")

    def speaks(token: str) -> Actor:
        with sprint.gallery.database.read() as session:
            return tokens.actor_of_token(session, token, sprint.gallery.clock())

    assert speaks(secret).token_team_id == team.id
    with sprint.gallery.database.read() as session:
        kept = session.scalars(select(TeamToken)).one()
        assert secret not in (kept.token_digest, kept.label)
    for forged in ("", secret[:-1], kept.token_digest):
        with pytest.raises(NotSignedIn):
            speaks(forged)
    with pytest.raises(NotFound):
        sprint.do(tokens.end_token, "kite-9", token_id=kept.id)
    sprint.do(teams.leave, "ada-l", team_id=team.id)
    with pytest.raises(NotSignedIn):
        speaks(secret)


def test_a_token_may_nothing_that_a_person_may(sprint: Sprint) -> None:
    """Not even where its maker is an organiser: it carries no role."""
    sprint.sign_up("organiser", "kite-9")
    team = sprint.do(teams.form, "organiser", name="Birds")
    secret = sprint.do(tokens.make_token, "organiser", team_id=team.id, label="script")
    with sprint.gallery.database.read() as session:
        actor = tokens.actor_of_token(session, secret, sprint.gallery.clock())
    refused = [
        (teams.leave, {"team_id": team.id}),
        (teams.dissolve, {"team_id": team.id}),
        (tokens.make_token, {"team_id": team.id, "label": "another"}),
        (ideas.propose, {"title": "Birds", "text": "x"}),
        (sign_ups.withdraw, {}),
        (roles.give, {"name": "kite-9", "role": "juror"}),
    ]
    for use_case, values in refused:
        with pytest.raises(NotAllowed):
            sprint.act(use_case, actor, **values)


def test_a_link_to_a_role_works_once_and_for_a_week(sprint: Sprint, clock: Clock) -> None:
    def follow(name: str, token: str) -> None:
        actor = sprint.person(name)
        with sprint.gallery.database.write() as session:
            roles.follow(session, actor, clock.now, token=token)

    sprint.person("ada-l"), sprint.person("kite-9")
    token = sprint.do(roles.invite, "organiser", role="juror", note="the illustrator")
    follow("ada-l", token)
    assert sprint.person("ada-l").juror_of == {"summer"}
    with pytest.raises(NotFound):
        follow("kite-9", token)
    late = sprint.do(roles.invite, "organiser", role="organiser", note="late")
    clock.now += timedelta(days=7)
    with pytest.raises(NotFound):
        follow("kite-9", late)
    assert not sprint.person("kite-9").organiser_of


def test_one_s_data_hold_no_token_and_a_deleted_account_leaves_no_name(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    sprint.give_address("ada-l", "ada@example.org")
    sprint.do(ideas.propose, "ada-l", title="Birds", text="one")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    secret = sprint.do(tokens.make_token, "ada-l", team_id=team.id, label="script")
    actor, now = sprint.person("ada-l"), sprint.gallery.clock()
    with sprint.gallery.database.read() as session:
        data = personal_data.export(session, actor, now)
    assert data["account"]["email"] == "ada@example.org"
    assert data["ideas"][0]["title"] == "Birds"
    assert "digest" not in str(data)
    assert secret not in str(data)
    with sprint.gallery.database.write() as session:
        with pytest.raises(Invalid, match="type its name"):
            personal_data.forget(session, actor, now, events=[sprint.event], typed_name="Ada")
        personal_data.forget(session, actor, now, events=[sprint.event], typed_name="ada-l")
    with sprint.gallery.database.read() as session:
        gone = session.get_one(Account, actor.account_id)
        assert (gone.email, gone.hub_name) == (None, None)
        assert memberships.of(session, gone.id, sprint.event) is None
        lines = log_lines.log(session, sprint.person("organiser"), event=sprint.event)
    assert "ada-l" not in str(lines)


def test_a_use_case_that_fails_leaves_no_line_in_the_log(sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    with sprint.gallery.database.read() as session:
        before = len(session.scalars(select(LogEntry)).all())
    for use_case, values in (
        (teams.form, {"name": ""}),
        (ideas.propose, {"title": "x" * 101, "text": "x"}),
        (sign_ups.sign_up, {"about": "x" * 2001}),
    ):
        with pytest.raises(GalleryError):
            sprint.do(use_case, "ada-l", **values)
    with sprint.gallery.database.read() as session:
        assert len(session.scalars(select(LogEntry)).all()) == before
