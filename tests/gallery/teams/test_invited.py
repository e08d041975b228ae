"""Who is invited to a team sees it on whatever page they open."""

from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import event as sql_event

from gallery.database.tables import Account
from gallery.people import sessions
from gallery.teams import invitations as team_invitations
from gallery.teams import teams
from tests.gallery.conftest import Clock
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]


def invite(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    sprint.do(team_invitations.invite, "ada-l", team_id=team.id, name="kite-9")


def test_the_head_and_the_account_page_show_an_invitation_until_it_is_answered(
    signed_in: SignedIn, sprint: Sprint
) -> None:
    invite(sprint)
    browser = signed_in("kite-9")
    assert "Invitations to a team: 1" in browser.get("/summer").text
    assert "Invitations to a team" not in signed_in("ada-l").get("/summer").text
    page = browser.get("/account").text
    assert "<strong><bdi>Birds</bdi></strong> invites you to the team." in page
    assert browser.post("/summer/teams/1/invitations/1/accept").status_code == 303
    for path in ("/summer", "/account"):
        assert "Invitations to a team" not in browser.get(path).text
        assert "invites you to the team" not in browser.get(path).text


def test_an_invitation_that_came_too_late_is_told_on_the_account_page_alone(
    signed_in: SignedIn, sprint: Sprint, clock: Clock
) -> None:
    invite(sprint)
    clock.now = sprint.event.deadline
    browser = signed_in("kite-9")
    assert "Invitations to a team" not in browser.get("/summer").text
    page = browser.get("/account").text
    assert "joining was open until" in page
    assert "/invitations/1/accept" not in page


def test_knowing_who_is_signed_in_takes_one_statement(sprint: Sprint) -> None:
    invite(sprint)
    said: list[str] = []
    gallery = sprint.gallery
    account_id = sprint.id_of("kite-9")
    with gallery.database.write() as session:
        account = session.get_one(Account, account_id)
        cookie = sessions.begin(session, account, gallery.clock(), key=gallery.key)
    with gallery.database.read() as session:

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            said.append(statement)

        sql_event.listen(session.connection(), "before_cursor_execute", note)
        known = sessions.actor_of(session, cookie, [sprint.event], gallery.clock(), key=gallery.key)
    assert known.invitations == 1
    assert len(said) == 1, said
