"""Ballots: what counts, what is refused in a sentence, and that nothing is overwritten."""

from datetime import timedelta

import pytest

from gallery.database.tables import Ballot
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, NotSignedIn, Stale
from gallery.judging import ballots, judgings
from gallery.judging.ballots import Said
from gallery.teams import personal_data
from tests.gallery.judging.conftest import WHOLE, Jury


def test_what_is_typed_is_kept_step_by_step_and_counts_when_it_is_finished(jury: Jury) -> None:
    demo = jury.demos[0]
    first = jury(ballots.save, "juror", submission_id=demo, number=0, said=Said({"craft": 3}))
    assert (first.number, first.finished_at) == (1, None)
    jury(ballots.finish, "juror", submission_id=demo, number=1, said=WHOLE)
    kept = jury.ballot("juror", demo)
    assert kept is not None
    assert (kept.number, kept.scores, kept.position) == (2, {"craft": 4, "idea": 7}, 0)
    assert (kept.comment, kept.note) == ("Good work", "ask about data")
    assert kept.finished_at == jury.clock.now


def test_positions_tell_the_order_in_which_a_juror_finished(jury: Jury) -> None:
    for demo in reversed(jury.demos):
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    jury(ballots.finish, "jo-2", submission_id=jury.demos[0], number=0, said=WHOLE)
    again = Said({"craft": 1, "idea": 0})
    jury(ballots.save, "juror", submission_id=jury.demos[2], number=1, said=again)
    found = [jury.ballot("juror", demo) for demo in jury.demos]
    assert [one.position for one in found if one is not None] == [2, 1, 0]
    assert [jury.ballot("jo-2", jury.demos[0]).position] == [0]  # pyright: ignore


def test_two_tabs_never_overwrite_each_other(jury: Jury) -> None:
    demo = jury.demos[0]
    jury(ballots.save, "juror", submission_id=demo, number=0, said=Said({"craft": 3}))
    with pytest.raises(Stale, match="saved elsewhere meanwhile"):
        jury(ballots.save, "juror", submission_id=demo, number=0, said=Said({"craft": 5}))
    kept = jury.ballot("juror", demo)
    assert kept is not None
    assert kept.scores == {"craft": 3}


def test_the_same_once_more_does_no_harm_whatever_its_number(jury: Jury) -> None:
    demo, said = jury.demos[0], Said({"craft": 3})
    jury(ballots.save, "juror", submission_id=demo, number=0, said=said)
    again = jury(ballots.save, "juror", submission_id=demo, number=0, said=said)
    assert again.number == 1


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"craft": 0}, "Craft takes a whole number from 1 to 5, got 0"),
        ({"craft": 6}, "Craft takes a whole number from 1 to 5, got 6"),
        ({"idea": -1}, "Idea takes a whole number from 0 to 9, got -1"),
        ({"craft": True}, "got True"),
        ({"craft": 2.5}, "got 2.5"),
        ({"beauty": 3}, "there is no criterion 'beauty'"),
    ],
)
def test_a_score_that_no_criterion_takes_is_refused(
    jury: Jury, scores: dict[str, int], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        jury(ballots.save, "juror", submission_id=jury.demos[0], number=0, said=Said(scores))
    assert jury.ballot("juror", jury.demos[0]) is None


def test_a_ballot_with_a_gap_does_not_count(jury: Jury) -> None:
    demo = jury.demos[0]
    with pytest.raises(Invalid, match="Idea has no score yet"):
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=Said({"craft": 4}))
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    with pytest.raises(Invalid, match="Idea has no score yet"):
        jury(ballots.save, "juror", submission_id=demo, number=1, said=Said({"craft": 4}))


def test_who_may_not_judge_is_told_why(jury: Jury) -> None:
    demo = jury.demos[0]
    with pytest.raises(NotAllowed, match="not assigned to you"):
        jury(ballots.save, "jo-3", submission_id=demo, number=0, said=WHOLE)
    with pytest.raises(NotAllowed, match="for the event's jurors"):
        jury(ballots.save, "ada-l", submission_id=demo, number=0, said=WHOLE)
    with pytest.raises(NotFound):
        jury(ballots.save, "juror", submission_id=2**40, number=0, said=WHOLE)
    with pytest.raises(NotSignedIn):
        jury.as_visitor(ballots.save, submission_id=demo, number=0, said=WHOLE)


def test_scores_are_taken_while_judging_is_open_alone(jury: Jury) -> None:
    demo, event = jury.demos[0], jury.gallery.current
    begins = jury.clock.now
    jury.clock.now = event.deadline - timedelta(seconds=1)
    with pytest.raises(Closed, match="it begins then"):
        jury(ballots.save, "juror", submission_id=demo, number=0, said=WHOLE)
    jury.clock.now = begins
    jury(judgings.close, "organiser", reason="all is in")
    with pytest.raises(Closed, match="organisers have closed"):
        jury(ballots.save, "juror", submission_id=demo, number=0, said=WHOLE)
    jury(judgings.reopen, "organiser", reason="one was late")
    jury(ballots.save, "juror", submission_id=demo, number=0, said=WHOLE)
    jury.clock.now = begins + timedelta(days=30)
    with pytest.raises(Closed, match="it is over"):
        jury(ballots.save, "juror", submission_id=demo, number=1, said=Said({"craft": 1}))


def test_what_is_skipped_says_why_and_may_still_be_judged(jury: Jury) -> None:
    demo = jury.demos[0]
    with pytest.raises(Invalid):
        jury(ballots.skip, "juror", submission_id=demo, reason="")
    jury(ballots.skip, "juror", submission_id=demo, reason="does not load")
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    kept = jury.ballot("juror", demo)
    assert kept is not None
    assert kept.finished_at is not None


def test_a_juror_s_data_goes_along_and_their_scores_stay_without_a_name(jury: Jury) -> None:
    demo, juror = jury.demos[0], jury.person("juror")
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    with jury.gallery.database.write() as session:
        told = personal_data.export(session, juror, jury.clock.now)
        assert [one["note"] for one in told["ballots"]] == ["ask about data"]
        assert len(told["assignments"]) == 3
        events = jury.gallery.events.values()
        personal_data.forget(session, juror, jury.clock.now, events=events, typed_name="juror")
        kept = session.get_one(Ballot, (juror.account_id, demo))
        assert (kept.scores, kept.note) == ({"craft": 4, "idea": 7}, "")
