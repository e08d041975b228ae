"""Teams: forming, joining, leading, leaving; what holds whoever does what in which order."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gallery.actor import COMMAND_LINE, VISITOR
from gallery.database.tables import JoinRequest, Membership, Submission, Team, TeamInvitation
from gallery.errors import Closed, GalleryError, Invalid, NotAllowed, NotFound, Stale
from gallery.event.phase import PhaseKey
from gallery.organising import decisions
from gallery.people import roles
from gallery.teams import ideas, join_requests, memberships, placing, sign_ups, teams
from gallery.teams import invitations as team_invitations
from tests.gallery.conftest import Clock
from tests.gallery.people.conftest import Sprint


def invite(sprint: Sprint, lead: str, team: Team, name: str) -> int:
    sprint.do(team_invitations.invite, lead, team_id=team.id, name=name)
    with sprint.gallery.database.read() as session:
        found = session.scalar(select(func.max(TeamInvitation.id)))
    assert found is not None
    return found


def join(sprint: Sprint, lead: str, team: Team, *names: str) -> None:
    for name in names:
        found = invite(sprint, lead, team, name)
        sprint.do(team_invitations.accept, name, invitation_id=found)


def members(sprint: Sprint, team: Team) -> list[str]:
    with sprint.gallery.database.read() as session:
        rows = session.scalars(
            select(Membership).where(Membership.team_id == team.id).order_by(Membership.joined_at)
        )
        return [row.account.name for row in rows]


def lead_of(sprint: Sprint, team: Team) -> int | None:
    with sprint.gallery.database.read() as session:
        return session.get_one(Team, team.id).lead_id


def hand_in(sprint: Sprint, team: Team, *, state: str = "submitted") -> int:
    with sprint.gallery.database.write() as session:
        made = Submission(
            event=team.event,
            team_id=team.id,
            space_id="ada-l/birds",
            source="team",
            state=state,
            created_at=sprint.gallery.clock(),
            number=1,
            title="Birds",
            emoji="",
            summary="",
        )
        session.add(made)
        session.flush()
        return made.id


def test_a_team_grows_by_invitations_and_keeps_its_lead(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    join(sprint, "ada-l", team, "kite-9", "mossy")
    assert members(sprint, team) == ["ada-l", "kite-9", "mossy"]
    assert lead_of(sprint, team) == sprint.id_of("ada-l")


def test_a_sixth_member_finds_the_team_full(sprint: Sprint) -> None:
    names = ["ada-l", "b-two", "c-three", "d-four", "e-five", "f-six"]
    sprint.sign_up(*names)
    team = sprint.do(teams.form, "ada-l", name="Birds")
    join(sprint, "ada-l", team, *names[1:5])
    with pytest.raises(Invalid, match="full"):
        join(sprint, "ada-l", team, "f-six")
    assert len(members(sprint, team)) == 5


def test_the_lead_passes_to_who_has_been_there_longest(sprint: Sprint, clock: Clock) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    for name in ("kite-9", "mossy"):
        clock.now += timedelta(minutes=1)
        join(sprint, "ada-l", team, name)
    sprint.do(teams.leave, "ada-l", team_id=team.id)
    assert lead_of(sprint, team) == sprint.id_of("kite-9")


def test_with_its_last_member_a_team_ends_and_its_name_is_free(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    found = invite(sprint, "ada-l", team, "kite-9")
    sprint.do(teams.leave, "ada-l", team_id=team.id)
    with pytest.raises(Stale):
        sprint.do(team_invitations.accept, "kite-9", invitation_id=found)
    sprint.do(teams.form, "kite-9", name="birds")


@pytest.mark.parametrize("way", ["by the invitation", "by the request"])
def test_who_came_in_one_way_waits_in_no_other(sprint: Sprint, way: str) -> None:
    sprint.sign_up("ada-l", "kite-9")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="x")
    asked = sprint.do(join_requests.ask, "kite-9", idea_id=idea.id, message="me")
    team = sprint.do(teams.form, "ada-l", name="Birds", idea_id=idea.id)
    invited = invite(sprint, "ada-l", team, "kite-9")
    if way == "by the invitation":
        sprint.do(team_invitations.accept, "kite-9", invitation_id=invited)
    else:
        sprint.do(join_requests.accept, "ada-l", request_id=asked.id)
    with sprint.gallery.database.read() as session:
        assert session.get_one(JoinRequest, asked.id).state == "accepted"
        assert session.get_one(TeamInvitation, invited).state == "accepted"


def test_who_is_alone_brings_their_demos_along(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    alone = sprint.do(teams.form_alone, "kite-9", name="Kite alone")
    demo = hand_in(sprint, alone, state="draft")
    join(sprint, "ada-l", team, "kite-9")
    with sprint.gallery.database.read() as session:
        assert session.get_one(Submission, demo).team_id == team.id
        assert session.get_one(Team, alone.id).dissolved_at is not None


def test_who_is_in_a_team_with_others_must_leave_it_first(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    first = sprint.do(teams.form, "ada-l", name="Birds")
    second = sprint.do(teams.form, "kite-9", name="Kites")
    join(sprint, "kite-9", second, "mossy")
    with pytest.raises(Invalid, match="leave it"):
        join(sprint, "ada-l", first, "mossy")
    with pytest.raises(Invalid, match="leave it"):
        sprint.do(teams.form, "mossy", name="Third")


def test_a_team_with_a_demo_handed_in_does_not_end(sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    hand_in(sprint, team)
    for use_case in (teams.leave, teams.dissolve):
        with pytest.raises(Invalid, match="withdraw it"):
            sprint.do(use_case, "ada-l", team_id=team.id)


def test_what_takes_the_lead_is_refused_to_members_others_and_visitors(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    join(sprint, "ada-l", team, "kite-9")
    lead = sprint.id_of("ada-l")
    cases = [
        (teams.edit, {"name": "Mine", "about": "", "number": 1}),
        (teams.remove_member, {"account_id": lead}),
        (teams.pass_lead, {"account_id": sprint.id_of("kite-9")}),
        (teams.dissolve, {}),
        (team_invitations.invite, {"name": "mossy"}),
    ]
    for use_case, values in cases:
        for name in ("kite-9", "mossy"):
            with pytest.raises(NotAllowed):
                sprint.do(use_case, name, team_id=team.id, **values)
        with pytest.raises(GalleryError):
            sprint.act(use_case, VISITOR, team_id=team.id, **values)
    assert members(sprint, team) == ["ada-l", "kite-9"]


def test_another_event_s_team_and_an_unknown_one_are_told_alike(sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    with sprint.gallery.database.write() as session:
        session.get_one(Team, team.id).event = "winter"
    for team_id in (team.id, 999, 2**40, -1):
        with pytest.raises(NotFound):
            sprint.do(teams.leave, "ada-l", team_id=team_id)


def test_an_invitation_is_for_one_person_and_one_answer(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    found = invite(sprint, "ada-l", team, "kite-9")
    with pytest.raises(NotFound):
        sprint.do(team_invitations.accept, "mossy", invitation_id=found)
    sprint.do(team_invitations.decline, "kite-9", invitation_id=found)
    with pytest.raises(Stale):
        sprint.do(team_invitations.accept, "kite-9", invitation_id=found)


def test_an_edit_that_began_on_an_older_text_is_refused(sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    sprint.do(teams.edit, "ada-l", team_id=team.id, name="Birds", about="one", number=1)
    with pytest.raises(Stale):
        sprint.do(teams.edit, "ada-l", team_id=team.id, name="Birds", about="two", number=1)


def test_after_team_forming_only_organisers_move_people(sprint: Sprint, clock: Clock) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    found = invite(sprint, "ada-l", team, "kite-9")
    clock.now = sprint.event.phase(PhaseKey.TEAM_FORMING).ends
    for use_case, values in (
        (teams.form, {"name": "Late"}),
        (team_invitations.accept, {"invitation_id": found}),
    ):
        with pytest.raises(Closed):
            sprint.do(use_case, "kite-9", **values)
    with pytest.raises(Closed):
        sprint.do(teams.leave, "ada-l", team_id=team.id)
    with pytest.raises(NotAllowed):
        sprint.do(placing.place, "ada-l", name="kite-9", team_id=team.id)
    sprint.do(placing.place, "organiser", name="kite-9", team_id=team.id)
    sprint.act(teams.pass_lead, COMMAND_LINE, team_id=team.id, account_id=sprint.id_of("kite-9"))
    assert lead_of(sprint, team) == sprint.id_of("kite-9")


def test_who_is_declined_leaves_their_team(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    join(sprint, "ada-l", team, "kite-9")
    with sprint.gallery.database.read() as session:
        found = sign_ups.of(session, sprint.id_of("ada-l"), sprint.event)
    assert found is not None
    sprint.do(decisions.decline, "organiser", sign_up_ids=[found.id])
    assert members(sprint, team) == ["kite-9"]
    assert lead_of(sprint, team) == sprint.id_of("kite-9")


def test_a_collected_team_is_claimed_by_its_space_s_owner_alone(sprint: Sprint) -> None:
    with sprint.gallery.database.write() as session:
        team = Team(
            event=sprint.event.slug,
            name="kite-9",
            about="",
            hub_owner="Kite-9",
            created_at=sprint.gallery.clock(),
        )
        session.add(team)
        session.flush()
    with pytest.raises(NotAllowed):
        sprint.do(teams.claim, "ada-l", team_id=team.id)
    sprint.do(teams.claim, "kite-9", team_id=team.id)
    assert lead_of(sprint, team) == sprint.id_of("kite-9")


def test_of_two_who_accept_the_last_place_at_once_one_gets_it(sprint: Sprint) -> None:
    names = ["ada-l", "b-two", "c-three", "d-four", "e-five", "f-six"]
    sprint.sign_up(*names)
    team = sprint.do(teams.form, "ada-l", name="Birds")
    join(sprint, "ada-l", team, *names[1:4])
    found = {name: invite(sprint, "ada-l", team, name) for name in names[4:]}
    actors = {name: sprint.person(name) for name in found}
    barrier, outcomes = threading.Barrier(2), []

    def accept(name: str) -> None:
        barrier.wait()
        try:
            sprint.act(team_invitations.accept, actors[name], invitation_id=found[name])
            outcomes.append("in")
        except Invalid:
            outcomes.append("full")

    threads = [threading.Thread(target=accept, args=(name,)) for name in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["full", "in"]
    assert len(members(sprint, team)) == 5


def test_of_two_teams_that_take_one_person_at_once_one_does(sprint: Sprint) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    found = []
    for lead in ("ada-l", "kite-9"):
        team = sprint.do(teams.form, lead, name=f"Team of {lead}")
        found.append(invite(sprint, lead, team, "mossy"))
    actor, barrier, outcomes = sprint.person("mossy"), threading.Barrier(2), []

    def accept(invitation_id: int) -> None:
        barrier.wait()
        try:
            sprint.act(team_invitations.accept, actor, invitation_id=invitation_id)
            outcomes.append("in")
        except GalleryError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=accept, args=(one,)) for one in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sprint.gallery.database.read() as session:
        assert memberships.of(session, sprint.id_of("mossy"), sprint.event) is not None
        seats = session.scalars(
            select(Membership).where(Membership.account_id == sprint.id_of("mossy"))
        ).all()
    assert len(seats) == 1
    assert outcomes.count("in") >= 1


def test_roles_are_given_and_taken_by_organisers_alone(sprint: Sprint) -> None:
    sprint.person("ada-l")
    with pytest.raises(NotAllowed):
        sprint.do(roles.give, "ada-l", name="ada-l", role="organiser")
    sprint.do(roles.give, "organiser", name="ada-l", role="juror")
    assert sprint.person("ada-l").juror_of == {"summer"}
    with pytest.raises(Invalid, match="already"):
        sprint.do(roles.give, "organiser", name="ada-l", role="juror")
    sprint.do(roles.take, "organiser", name="ada-l", role="juror")
    assert not sprint.person("ada-l").juror_of
    with pytest.raises(Invalid, match="organiser or juror"):
        sprint.do(roles.give, "organiser", name="ada-l", role="king")
