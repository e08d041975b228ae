"""Progress: who is how far, who is stuck, and what the board says waits."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import CheckRun, Submission
from gallery.event.phase import PhaseKey
from gallery.judging import attention, ballots, conflicts, handing_out, judgings, results
from gallery.judging.ballots import Said
from gallery.judging.progress import OfJuror, Progress, progress
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.people import roles
from gallery.teams import personal_data
from tests.gallery.judging.conftest import WHOLE, Jury


def board(jury: Jury) -> Progress:
    return jury(progress, "organiser")


def juror(jury: Jury, name: str) -> OfJuror:
    return next(one for one in board(jury).jurors if one.account.name == name)


def waits(jury: Jury) -> list[str]:
    told = {"found": board(jury), "file": jury.gallery.schedule.files["summer"]}
    return [one.sentence for one in jury(attention.tasks, "organiser", **told)]


def finish(jury: Jury, name: str, demo: int, said: Said = WHOLE) -> None:
    jury(ballots.finish, name, submission_id=demo, number=0, said=said)


def hide(jury: Jury, demo: int) -> None:
    jury(
        moderation.hide,
        "organiser",
        reason="not theirs",
        subject=Subject.SUBMISSION,
        subject_id=demo,
    )


def test_what_was_begun_and_not_finished_is_told(jury: Jury) -> None:
    first, second, _ = jury.demos
    finish(jury, "juror", first)
    jury(ballots.save, "juror", submission_id=second, number=0, said=Said({"craft": 3}))
    found = juror(jury, "juror")
    assert (found.assigned, found.done, found.left) == (3, 1, 2)
    assert [demo.id for demo in found.begun] == [second]


def test_stuck_is_who_saved_nothing_for_a_day_while_others_went_on(jury: Jury) -> None:
    finish(jury, "juror", jury.demos[0])
    jury.clock.now += timedelta(hours=25)
    assert not juror(jury, "juror").is_stuck  # nobody went on
    finish(jury, "jo-2", jury.demos[0])
    assert juror(jury, "juror").is_stuck
    assert not juror(jury, "jo-2").is_stuck
    assert not juror(jury, "jo-3").is_stuck  # who has nothing to do
    assert "“juror” saved nothing for a day, while others went on." in waits(jury)
    finish(jury, "juror", jury.demos[1])
    assert not juror(jury, "juror").is_stuck


def test_who_is_away_or_done_is_not_stuck(jury: Jury) -> None:
    for demo in jury.demos:
        finish(jury, "juror", demo)
    jury.clock.now += timedelta(hours=25)
    finish(jury, "jo-2", jury.demos[0])
    assert not juror(jury, "juror").is_stuck
    jury.clock.now += timedelta(hours=1)
    jury(
        handing_out.set_away,
        "organiser",
        account_id=jury.person("jo-2").account_id,
        is_away=True,
        reason="no time",
    )
    found = juror(jury, "jo-2")
    assert (found.left, found.is_stuck) == (0, False)
    assert any("dropped out with demos left" in said for said in waits(jury))


@pytest.mark.parametrize("how", ["role taken", "account deleted"])
def test_looks_of_who_is_no_juror_any_more_are_told_and_handed_out_again(
    jury: Jury, how: str
) -> None:
    """What they finished counts."""
    jury.person("guest-juror")
    jury(roles.give, "organiser", name="guest-juror", role="juror")
    jury.assign_all("guest-juror")
    finish(jury, "guest-juror", jury.demos[0])
    if how == "role taken":
        jury(roles.take, "organiser", name="guest-juror", role="juror")
    else:
        jury(_forget, "guest-juror", jury=jury)
    (told,) = board(jury).departed
    assert told.left == 2
    assert any("on the jury no more, with 2 looks left" in said for said in waits(jury))
    handing_out.hand_out(
        jury.gallery, jury.person("organiser"), event=jury.gallery.current, looks=2
    )
    assert board(jury).departed == ()
    with jury.gallery.database.read() as session:
        (look,) = results.evidence_of(session, jury.gallery.current).looks
    assert look.demo == jury.demos[0]


def _forget(act: Act, *, jury: Jury) -> None:
    personal_data.forget(
        act.session,
        act.actor,
        act.now,
        events=jury.gallery.events.values(),
        typed_name="guest-juror",
    )


def test_a_demo_that_is_hidden_after_the_handing_out_asks_for_another(jury: Jury) -> None:
    first = jury.demos[0]
    hide(jury, first)
    found = board(jury)
    assert [demo.id for demo in found.gone] == [first]
    assert found.assigned == 4
    assert any("hidden or withdrawn after the handing out" in said for said in waits(jury))
    handing_out.hand_out(
        jury.gallery, jury.person("organiser"), event=jury.gallery.current, looks=2
    )
    assert board(jury).gone == ()


def test_what_was_judged_before_it_was_hidden_waits_for_nothing(jury: Jury) -> None:
    for name in ("juror", "jo-2"):
        finish(jury, name, jury.demos[0])
    hide(jury, jury.demos[0])
    assert board(jury).gone == ()


def test_a_demo_that_everybody_skipped_is_told(jury: Jury) -> None:
    for name in ("juror", "jo-2"):
        jury(ballots.skip, name, submission_id=jury.demos[0], reason="does not load")
    assert any(said.startswith("Everybody who was asked skipped") for said in waits(jury))
    finish(jury, "juror", jury.demos[0])
    assert not any("skipped" in said for said in waits(jury))


def test_fewer_jurors_than_wanted_is_told(jury: Jury) -> None:
    with jury.gallery.database.read() as session:
        judging = judgings.of_event(session, jury.gallery.current)
        assert judging is not None
        assert judging.looks == 3
    assert "3 demos have fewer jurors than wanted." in waits(jury)


def test_before_it_is_handed_out_that_comes_first(
    jury: Jury, person: Callable[[str], Actor]
) -> None:
    for name in ("juror", "jo-2"):
        for demo in jury.demos:
            jury(conflicts.declare, name, submission_id=demo, reason="my students")
    assert waits(jury)[0] == "The demos are not handed out yet."


def test_the_end_of_judging_is_told_before_and_after(jury: Jury) -> None:
    ends = jury.gallery.current.phase(PhaseKey.JUDGING).ends
    jury.clock.now = ends - timedelta(hours=2)
    assert "Judging ends within a day, and 6 looks are left." in waits(jury)
    jury.clock.now = ends
    assert "Judging is over, and 6 looks are missing." in waits(jury)


def test_flags_broken_demos_and_failing_checks_are_told_with_their_names(jury: Jury) -> None:
    first, second, _ = jury.demos
    jury(
        ballots.save,
        "juror",
        submission_id=first,
        number=0,
        said=Said({"craft": 3}, flag="a face of somebody"),
    )
    with jury.gallery.database.write() as session:
        demo = session.get_one(Submission, second)
        demo.health = "down"
        results_ = [{"name": "card", "outcome": "failure"}, {"name": "tag", "outcome": "pass"}]
        session.add(CheckRun(submission_id=second, at=jury.clock.now, results=results_))
        title = demo.title
    said = waits(jury)
    assert any(one.startswith("Jurors flagged") for one in said)
    assert any("does not answer" in one and title in one for one in said)
    assert any("fails a check" in one and title in one for one in said)
    assert next(one for one in board(jury).demos if one.submission.id == second).failing == 1


def test_disagreement_is_for_who_may_know_scores(jury: Jury) -> None:
    finish(jury, "juror", jury.demos[0], Said({"craft": 1, "idea": 0}))
    finish(jury, "jo-2", jury.demos[0], Said({"craft": 5, "idea": 9}))
    assert any("lie far apart" in said for said in waits(jury))
    jury(roles.give, "organiser", name="organiser", role="juror")
    jury.assign_all("organiser")
    assert not any("lie far apart" in said for said in waits(jury))


def test_after_publication_nothing_waits(jury: Jury) -> None:
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    assert waits(jury) == []


@pytest.mark.parametrize("who", ["juror", "ada-l"])
def test_progress_is_for_organisers(jury: Jury, who: str) -> None:
    from gallery.errors import NotAllowed

    with pytest.raises(NotAllowed):
        jury(progress, who)
