"""Whatever people do in whatever order: one team each, bounds, and a lead who is a member."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gallery.act import Act
from gallery.database.connection import Database
from gallery.database.tables import (
    Account,
    JoinRequest,
    Membership,
    SignUp,
    Team,
    TeamInvitation,
)
from gallery.errors import GalleryError
from gallery.event.event import Event
from gallery.organising import decisions
from gallery.people import sessions
from gallery.teams import ideas, join_requests, placing, sign_ups, teams
from gallery.teams import invitations as team_invitations
from tests.gallery.conftest import Clock

NAMES = ("organiser", "ada-l", "b-two", "c-three", "d-four")
IDS = st.integers(1, 4)
PEOPLE = st.sampled_from(NAMES)
STEPS = st.one_of(
    st.tuples(st.just(sign_ups.sign_up), st.fixed_dictionaries({"about": st.just("")})),
    st.tuples(st.just(sign_ups.withdraw), st.just({})),
    st.tuples(
        st.just(decisions.decline),
        st.fixed_dictionaries({"sign_up_ids": st.lists(IDS, min_size=1, max_size=2)}),
    ),
    st.tuples(
        st.just(ideas.propose),
        st.fixed_dictionaries({"title": st.just("An idea"), "text": st.just("x")}),
    ),
    st.tuples(
        st.just(teams.form),
        st.fixed_dictionaries(
            {"name": st.sampled_from(["Birds", "Kites", "Maps"]), "idea_id": st.none() | IDS}
        ),
    ),
    st.tuples(st.just(teams.form_alone), st.fixed_dictionaries({"name": st.just("Alone")})),
    st.tuples(
        st.just(join_requests.ask), st.fixed_dictionaries({"idea_id": IDS, "message": st.just("")})
    ),
    st.tuples(st.just(join_requests.accept), st.fixed_dictionaries({"request_id": IDS})),
    st.tuples(
        st.just(team_invitations.invite),
        st.fixed_dictionaries({"team_id": IDS, "name": PEOPLE}),
    ),
    st.tuples(st.just(team_invitations.accept), st.fixed_dictionaries({"invitation_id": IDS})),
    st.tuples(st.just(teams.leave), st.fixed_dictionaries({"team_id": IDS})),
    st.tuples(st.just(teams.dissolve), st.fixed_dictionaries({"team_id": IDS})),
    st.tuples(
        st.sampled_from([teams.remove_member, teams.pass_lead]),
        st.fixed_dictionaries({"team_id": IDS, "account_id": IDS}),
    ),
    st.tuples(st.just(placing.place), st.fixed_dictionaries({"name": PEOPLE, "team_id": IDS})),
)


@pytest.mark.slow
@given(st.lists(st.tuples(PEOPLE, STEPS), min_size=10, max_size=40))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_people_do_the_teams_stay_in_order(
    sqlite_template: Path,
    event: Event,
    clock: Clock,
    steps: list[tuple[str, tuple[Any, dict[str, Any]]]],
) -> None:
    small = event.model_copy(update={"team_min": 2, "team_max": 3})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gallery.db"
        shutil.copy(sqlite_template, path)
        database = Database(f"sqlite:///{path}")
        with database.write() as session:
            session.add_all(
                Account(name=name, display_name=name, hub_name=name, created_at=clock.now)
                for name in NAMES
            )
        for name in NAMES[1:]:
            _step(database, small, clock, name, sign_ups.sign_up, about="")
        for name, (use_case, values) in steps:
            _step(database, small, clock, name, use_case, **values)
            _check(database, small)
        database.close()


def _step(
    database: Database,
    event: Event,
    clock: Clock,
    who: str,
    use_case: Callable[..., object],
    /,
    **values: object,
) -> None:
    try:
        with database.write() as session:
            account = session.scalars(select(Account).where(Account.name == who)).one()
            actor = sessions.actor_for(session, account, [event])
            use_case(Act(session, actor, clock.now, event), **values)
    except GalleryError:
        pass  # a refusal is an answer; what it leaves behind is checked all the same


def _check(database: Database, event: Event) -> None:
    with database.read() as session:
        seats = session.scalars(select(Membership)).all()
        assert len({seat.account_id for seat in seats}) == len(seats)
        for team in session.scalars(select(Team)):
            inside = {seat.account_id for seat in seats if seat.team_id == team.id}
            assert len(inside) <= event.team_max
            if team.dissolved_at is not None:
                assert not inside
                assert team.lead_id is None
            else:
                assert team.lead_id in inside
        assert not session.scalars(
            select(TeamInvitation)
            .join(Team)
            .where(Team.dissolved_at.is_not(None), TeamInvitation.state == "waiting")
        ).all()
        for asked in session.scalars(select(JoinRequest).where(JoinRequest.state == "waiting")):
            assert asked.decided_at is None
        declined = session.scalars(select(SignUp.account_id).where(SignUp.state == "declined"))
        assert not {seat.account_id for seat in seats} & set(declined)
