"""Names that are the same to people, and names that nobody can see."""

import pytest
from sqlalchemy import select

from gallery.database.tables import Account, Team
from gallery.errors import Invalid
from gallery.people import accounts
from gallery.people.openid import HubPerson, _person
from gallery.teams import ideas, sign_ups, teams
from tests.gallery.people.conftest import Sprint

SPELLINGS = ("École", "ÉCOLE", "école", "E\u0301cole", "Ecole\u200b", "Ｅｃｏｌｅ")
INVISIBLE = ("\u200b\u2060", "\u200e", "\u3164", "\u2800\u2800", "\u115f\u1160", "\ufe0f")


def test_a_team_is_called_so_once_however_it_is_written(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "grace-h")
    first = sprint.do(teams.form, "ada-l", name="École")
    for spelling in SPELLINGS:
        with pytest.raises(Invalid, match="a team is called “École” already"):
            sprint.do(teams.form, "grace-h", name=spelling)
    own = {"team_id": first.id, "about": "", "number": 1}
    assert sprint.do(teams.edit, "ada-l", name="ÉCOLE", **own).name == "ÉCOLE"
    other = sprint.do(teams.form, "grace-h", name="Ecole 2")
    with pytest.raises(Invalid, match="a team is called “ÉCOLE” already"):
        sprint.do(teams.edit, "grace-h", name="école", team_id=other.id, about="", number=1)


def test_a_team_that_shares_its_name_from_before_can_change_its_text(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "grace-h")
    first = sprint.do(teams.form, "ada-l", name="École")
    second = sprint.do(teams.form, "grace-h", name="Ecole 2")
    with sprint.gallery.database.write() as session:
        table = Team.__table__
        session.connection().execute(
            table.update().where(table.c.id == second.id).values(name="ÉCOLE", name_key="x\n2")
        )
    change = {"team_id": second.id, "number": 1, "about": "We draw."}
    assert sprint.do(teams.edit, "grace-h", name="ÉCOLE", **change).about == "We draw."
    assert first.name == "École"


def test_a_team_that_nobody_named_gets_a_name_that_is_free(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "grace-h")
    sprint.do(teams.form, "ada-l", name="Drôle d’idée")
    with sprint.gallery.database.read() as session:
        assert teams.free_name(session, sprint.event, "DROLE D’IDEE") == "DROLE D’IDEE 2"


@pytest.mark.parametrize("nothing", INVISIBLE)
def test_what_nobody_sees_is_no_name_no_title_and_no_text(sprint: Sprint, nothing: str) -> None:
    sprint.sign_up("ada-l")
    with pytest.raises(Invalid, match="the team's name must not be empty"):
        sprint.do(teams.form, "ada-l", name=nothing)
    with pytest.raises(Invalid, match="the title must have at least 3 characters, got 0"):
        sprint.do(ideas.propose, "ada-l", title=nothing * 4, text="Fish.")
    with pytest.raises(Invalid, match="the description must not be empty"):
        sprint.do(ideas.propose, "ada-l", title="Fish", text=nothing)
    idea = sprint.do(ideas.propose, "ada-l", title="Fish", text="They swim.")
    with pytest.raises(Invalid, match="the comment must not be empty"):
        sprint.do(ideas.comment, "ada-l", idea_id=idea.id, text=nothing)
    actor, now = sprint.person("ada-l"), sprint.gallery.clock()
    with sprint.gallery.database.write() as session:
        with pytest.raises(Invalid, match="your name must not be empty"):
            accounts.rename(session, actor, now, display_name=nothing)
        with pytest.raises(Invalid, match="your name must not be empty"):
            accounts.of_email(session, "x@example.org", now, display_name=nothing)
        assert session.scalar(select(Account.display_name)) == "ada-l"
    assert sprint.do(sign_ups.sign_up, "grace-h", about=nothing).about == ""


@pytest.mark.parametrize("nothing", INVISIBLE)
def test_who_shows_no_name_on_the_hub_goes_by_their_handle(nothing: str) -> None:
    claims = {"sub": "1", "preferred_username": "ada-l", "name": nothing}
    assert _person(claims) == HubPerson("1", "ada-l", "ada-l")


def test_a_handle_is_found_however_it_is_typed(sprint: Sprint) -> None:
    account_id = sprint.id_of("ada-l")
    with sprint.gallery.database.read() as session:
        for typed in ("ada-l", "@Ada-L", "ADA-L", "ａｄａ-ｌ", "ada-l\u200b"):
            assert accounts.named(session, typed).id == account_id
