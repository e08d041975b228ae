"""Conflicts: found by who somebody is, declared, and what they take away."""

from datetime import timedelta

import pytest

from gallery.database.tables import Account, Assignment, LogEntry, Membership, Submission
from gallery.errors import Closed, NotAllowed
from gallery.judging import ballots, conflicts, handing_out, judgings, results
from gallery.judging.ballots import Said
from gallery.judging.conflicts import Kind
from gallery.teams import memberships
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.judging.conftest import WHOLE, Jury


def kinds(jury: Jury) -> dict[tuple[str, int], Kind]:
    names = {jury.person(name).account_id: name for name in ("juror", "jo-2", "jo-3", "jo-4")}
    with jury.gallery.database.read() as session:
        found = conflicts.find(session, jury.gallery.current)
    return {(names[account], demo): one.kind for (account, demo), one in found.items()}


def change(jury: Jury, name: str, **columns: object) -> None:
    account_id = jury.person(name).account_id
    with jury.gallery.database.write() as session:
        account = session.get_one(Account, account_id)
        for column, value in columns.items():
            setattr(account, column, value)
        session.add(_log(jury))


def _log(jury: Jury) -> LogEntry:
    return LogEntry(
        at=jury.clock.now,
        actor="test",
        event=None,
        action="account.changed",
        subject_type="account",
        subject_id="0",
        details={},
    )


def join(jury: Jury, name: str, demo: int) -> int:
    account_id = jury.person(name).account_id
    assert account_id is not None
    with jury.gallery.database.write() as session:
        team_id = session.get_one(Submission, demo).team_id
        session.add(
            Membership(
                team_id=team_id,
                account_id=account_id,
                event=jury.gallery.current.slug,
                joined_at=jury.clock.now,
            )
        )
        session.add(_log(jury))
    return team_id


def test_nobody_is_in_conflict_with_strangers(jury: Jury) -> None:
    assert kinds(jury) == {}


def test_a_team_s_member_is_and_stays_one_after_leaving(jury: Jury) -> None:
    demo = jury.demos[0]
    join(jury, "juror", demo)
    assert kinds(jury) == {("juror", demo): Kind.TEAM}
    account_id = jury.person("juror").account_id
    jury(memberships.take_out, "organiser", account_id=account_id)
    assert kinds(jury) == {("juror", demo): Kind.TEAM}


def test_the_space_s_owner_and_whose_organisation_it_is_are_found(jury: Jury) -> None:
    demo = jury.demos[1]
    with jury.gallery.database.read() as session:
        owner = session.get_one(Submission, demo).space_id.split("/")[0]
    change(jury, "jo-2", hub_organisations=[owner.upper()])
    assert kinds(jury)[("jo-2", demo)] == Kind.OWNER


def test_whose_organisation_has_the_model_it_stands_on_is_found(jury: Jury) -> None:
    with jury.gallery.database.write() as session:
        content = entry(40, models=("other-lab/controlnet",))
        demo = hand_in(session, jury.gallery.current.slug, content, jury.clock.now).id
    change(jury, "jo-2", hub_organisations=["Other-Lab"])
    assert kinds(jury) == {("jo-2", demo): Kind.REPOSITORY}


def test_the_same_organisation_on_the_hub_connects_unless_half_the_event_is_in_it(
    jury: Jury,
) -> None:
    """An organiser may lift it, as any that is found."""
    jury.hand_in(conflicts.CROWD)
    demo = jury.demos[0]
    jury.join("ada-l", demo)
    change(jury, "juror", hub_organisations=["acme", "the-sprint"])
    change(jury, "ada-l", hub_organisations=["Acme", "the-sprint"])
    for number, other in enumerate(jury.demos[1:]):
        jury.join(f"member-{number}", other)
        change(jury, f"member-{number}", hub_organisations=["the-sprint"])
    assert kinds(jury) == {("juror", demo): Kind.ORGANISATION}
    (found,) = jury(conflicts.refresh, "organiser")
    assert found.reason == "You and somebody of the team are in acme on the Hub."
    lifted = {"account_id": found.account_id, "submission_id": demo, "reason": "of thousands"}
    jury(conflicts.lift, "organiser", **lifted)
    assert jury(conflicts.refresh, "organiser") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "ada.l+jury@x.org"}, {"email": "adal@x.org"}),
        ({"display_name": "Ada Lovelace"}, {"display_name": "ADA LOVELACE"}),
    ],
)
def test_a_second_account_is_told_by_address_or_name(
    jury: Jury, one: dict[str, str], other: dict[str, str]
) -> None:
    demo = jury.demos[0]
    join(jury, "ada-l", demo)
    change(jury, "juror", **one)
    change(jury, "ada-l", **other)
    assert kinds(jury) == {("juror", demo): Kind.SAME_PERSON}


def test_one_first_name_in_common_is_nothing(jury: Jury) -> None:
    join(jury, "ada-l", jury.demos[0])
    change(jury, "juror", display_name="Ada", email="ada@x.org")
    change(jury, "ada-l", display_name="ada", email="ada@y.org")
    assert kinds(jury) == {}


def test_who_comes_to_be_in_conflict_loses_the_demo_and_the_scores_are_set_aside(
    jury: Jury,
) -> None:
    demo = jury.demos[0]
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    join(jury, "juror", demo)
    jury.clock.now += timedelta(minutes=1)
    (fresh,) = jury(conflicts.refresh, "organiser")
    assert fresh.kind == Kind.TEAM
    kept = jury.ballot("juror", demo)
    assert kept is not None
    assert kept.set_aside_at == jury.clock.now
    assert "team of this demo" in kept.set_aside_reason
    with pytest.raises(NotAllowed, match="not yours to judge: You are, or were, in the team"):
        jury(ballots.save, "juror", submission_id=demo, number=1, said=WHOLE)
    with jury.gallery.database.read() as session:
        assigned = session.get_one(Assignment, (jury.person("juror").account_id, demo))
        logged = session.query(LogEntry).filter_by(action="conflict.found").one()
    assert assigned.state == "dropped"
    assert logged.details["juror"] == assigned.account_id
    assert jury(conflicts.refresh, "organiser") == ()


def test_a_juror_declares_one_and_organisers_may_lift_it(jury: Jury) -> None:
    demo = jury.demos[0]
    jury(conflicts.declare, "juror", submission_id=demo, reason="my former student")
    with pytest.raises(NotAllowed, match="my former student"):
        jury(ballots.save, "juror", submission_id=demo, number=0, said=WHOLE)
    account_id = jury.person("juror").account_id
    lifted = {"account_id": account_id, "submission_id": demo, "reason": "years ago"}
    with pytest.raises(NotAllowed):
        jury(conflicts.lift, "juror", **lifted)
    jury(conflicts.lift, "organiser", **lifted)
    with jury.gallery.database.read() as session:
        assert conflicts.in_force(session, jury.gallery.current) == {}


def test_who_judges_anew_after_a_conflict_was_lifted_counts_again(jury: Jury) -> None:
    first = jury.demos[0]
    said = Said({"craft": 4, "idea": 7})
    jury(ballots.finish, "juror", submission_id=first, number=0, said=said)
    jury(conflicts.declare, "juror", submission_id=first, reason="my student")
    account_id = jury.person("juror").account_id
    lifted = {"account_id": account_id, "submission_id": first, "reason": "another of that name"}
    jury(conflicts.lift, "organiser", **lifted)
    with jury.gallery.database.write() as session:
        session.get_one(Assignment, (account_id, first)).state = "open"
    with jury.gallery.database.read() as session:
        assert results.evidence_of(session, jury.gallery.current).looks == ()
    jury(ballots.finish, "juror", submission_id=first, number=1, said=said)
    with jury.gallery.database.read() as session:
        (look,) = results.evidence_of(session, jury.gallery.current).looks
    assert (look.demo, look.scores) == (first, said.scores)


@pytest.mark.slow
def test_once_the_result_is_published_nothing_changes_what_it_was_made_of(jury: Jury) -> None:
    demo = jury.demos[0]
    juror = jury.person("juror").account_id
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    with pytest.raises(Closed, match="the result is published"):
        jury(conflicts.declare, "juror", submission_id=demo, reason="my student")
    with pytest.raises(Closed):
        jury(conflicts.lift, "organiser", account_id=juror, submission_id=demo, reason="it is none")
    away = {"account_id": juror, "is_away": True, "reason": "ill"}
    with pytest.raises(Closed):
        jury(handing_out.set_away, "organiser", **away)
    with pytest.raises(Closed):
        handing_out.hand_out(
            jury.gallery, jury.person("organiser"), event=jury.gallery.current, looks=2
        )
    kept = jury.ballot("juror", demo)
    assert kept is not None
    assert kept.set_aside_at is None
