"""Feedback: jurors' comments reach the teams after moderation, without names, and not before."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.database.tables import (
    Account,
    Ballot,
    DeliberationNote,
    Feedback,
    Notification,
    Submission,
)
from gallery.errors import Closed, Invalid, NotAllowed, NotFound
from gallery.judging import ballots, deliberation, feedback, judgings, results
from gallery.judging.ballots import Said
from gallery.judging.feedback import Comment, State
from gallery.people import roles
from gallery.teams import personal_data
from tests.gallery.judging.conftest import Jury

SignedIn = Callable[[str], TestClient]
HOSTILE = "<script>alert(1)</script> ‮reversed ٱلسلام"


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """Both jurors wrote something for each demo; `ada-l` is in the first demo's team."""
    for name in ("juror", "jo-2"):
        for demo in jury.demos:
            said = Said(
                {"craft": 4, "idea": 7}, comment=f"Words of {name} on {demo}", note="ask my advisor"
            )
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    jury.join("ada-l", jury.demos[0])
    return jury


def comments(jury: Jury, demo: int) -> tuple[Comment, ...]:
    found = jury(feedback.for_moderation, "organiser")
    return next(one.comments for one in found if one.submission.id == demo)


def decide(jury: Jury, demo: int, comment: Comment, **values: object) -> None:
    given = {"is_held_back": False, "text": comment.original, "reason": "", **values}
    jury(feedback.decide, "organiser", submission_id=demo, key=comment.key, **given)


def team_of(jury: Jury, demo: int) -> int:
    with jury.gallery.database.read() as session:
        return session.get_one(Submission, demo).team_id


def test_a_comment_is_released_edited_or_held_back_and_its_original_kept(jury: Jury) -> None:
    demo = jury.demos[0]
    one, two = comments(jury, demo)
    decide(jury, demo, one, text="Kinder words", reason="it named somebody")
    decide(jury, demo, two, is_held_back=True, reason="not about the demo")
    edited, held = comments(jury, demo)
    assert (edited.state, edited.text, edited.original) == (
        State.RELEASED,
        "Kinder words",
        one.original,
    )
    assert (held.state, held.reason) == (State.HELD_BACK, "not about the demo")


def test_other_words_and_holding_back_take_a_reason(jury: Jury) -> None:
    one, _ = comments(jury, jury.demos[0])
    with pytest.raises(Invalid, match="the reason"):
        decide(jury, jury.demos[0], one, text="Kinder words")
    with pytest.raises(Invalid, match="the reason"):
        decide(jury, jury.demos[0], one, is_held_back=True)
    with pytest.raises(Invalid, match="the comment"):
        decide(jury, jury.demos[0], one, text=" ", reason="empty")
    with pytest.raises(NotFound):
        decide(jury, jury.demos[1], one)


def test_a_comment_that_its_juror_altered_afterwards_waits_again(jury: Jury) -> None:
    demo = jury.demos[0]
    for one in comments(jury, demo):
        decide(jury, demo, one)
    kept = jury.ballot("juror", demo)
    assert kept is not None
    said = Said(dict(kept.scores), comment="Something else", note="ask my advisor")
    jury(ballots.save, "juror", submission_id=demo, number=kept.number, said=said)
    states = {one.original: one.state for one in comments(jury, demo)}
    assert states == {
        "Something else": State.WAITING,
        f"Words of jo-2 on {demo}": State.RELEASED,
    }


@pytest.mark.slow
def test_a_team_reads_what_is_released_when_it_is_sent_and_hears_of_it_once(
    jury: Jury, signed_in: SignedIn, client: TestClient
) -> None:
    demo = jury.demos[0]
    one, two = comments(jury, demo)
    decide(jury, demo, one)
    decide(jury, demo, two, is_held_back=True, reason="not about the demo")
    page, ada = f"/summer/teams/{team_of(jury, demo)}", signed_in("ada-l")
    with pytest.raises(Closed, match="publish it first"):
        jury(feedback.send, "organiser")
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    assert one.original not in ada.get(page).text
    assert jury(feedback.send, "organiser") == 1
    assert one.original in ada.get(page).text
    assert two.original not in ada.get(page).text
    for other in (client, signed_in("grace-h"), signed_in("organiser")):
        assert one.original not in other.get(page).text
    with pytest.raises(Closed, match="read this already"):
        decide(jury, demo, one, is_held_back=True, reason="too late")
    decide(jury, demo, two)
    assert jury(feedback.send, "organiser") == 1
    assert two.original in ada.get(page).text
    with jury.gallery.database.read() as session:
        told = session.scalars(select(Notification).where(Notification.kind == "feedback")).all()
        assert [each.account_id for each in told] == [jury.person("ada-l").account_id]
        assert one.original not in told[0].title + told[0].text


@pytest.mark.slow
def test_it_goes_out_with_the_result_where_that_is_wanted(jury: Jury, signed_in: SignedIn) -> None:
    demo = jury.demos[0]
    for one in comments(jury, demo):
        decide(jury, demo, one)
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser", with_feedback=True)
    page = signed_in("ada-l").get(f"/summer/teams/{team_of(jury, demo)}").text
    assert page.count('class="told"') == 2
    words = re.sub(r"Words of [a-z0-9-]+", "", page)
    for secret in ("ask my advisor", "jo-2", ">juror<"):
        assert secret not in words


@pytest.mark.slow
def test_the_order_says_nothing_of_who_wrote_which(jury: Jury) -> None:
    """It is drawn anew for each demo: over many draws, either juror comes first."""
    firsts = set()
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    for demo in jury.demos:
        for one in comments(jury, demo):
            decide(jury, demo, one)
    for lots in ((1, 2), (2, 1)):
        with jury.gallery.database.write() as session:
            rows = session.scalars(select(Feedback).order_by(Feedback.account_id)).all()
            for row in rows:
                row.lot = lots[rows.index(row) // len(jury.demos)]
                row.sent_at = jury.clock.now
        read = jury(feedback.of_team, "ada-l", team_id=team_of(jury, jury.demos[0]))
        firsts.add(read[0][1][0])
    assert len(firsts) == 2
    keys = [[one.key for one in comments(jury, demo)] for demo in jury.demos]
    assert len({key for both in keys for key in both}) == 6


def test_moderating_by_page_keeps_what_was_typed_and_shows_no_name(
    jury: Jury, signed_in: SignedIn
) -> None:
    demo = jury.demos[0]
    account_id = jury.person("jo-2").account_id
    with jury.gallery.database.write() as session:
        session.get_one(Ballot, (account_id, demo)).comment = HOSTILE
    board, path = signed_in("organiser"), "/summer/organise/feedback"
    page = board.get(path).text
    assert "<script>alert" not in page
    assert "jo-2" not in re.sub(r"Words of [a-z0-9-]+", "", page)
    one = next(each for each in comments(jury, demo) if each.original != HOSTILE)
    form = {"demo": str(demo), "comment": str(one.key), "text": "Typed", "decision": "release"}
    refused = board.post(path, data=form)
    assert refused.status_code == 422
    assert "Typed</textarea>" in refused.text
    assert board.post(path, data={**form, "reason": "shorter"}).headers["location"] == path
    assert board.post(path, data={**form, "decision": "shout"}).status_code == 404
    assert board.post(f"{path}/send").status_code == 409
    for name in ("juror", "ada-l"):
        other = signed_in(name)
        assert other.get(path).status_code == 403
        assert other.post(path, data=form).status_code == 403
        assert other.post(f"{path}/send").status_code == 403


def test_only_organisers_decide(jury: Jury) -> None:
    one, _ = comments(jury, jury.demos[0])
    with pytest.raises(NotAllowed):
        jury(feedback.for_moderation, "juror")
    with pytest.raises(NotAllowed):
        jury(
            feedback.decide,
            "ada-l",
            submission_id=jury.demos[0],
            key=one.key,
            is_held_back=False,
            text=one.original,
            reason="",
        )


def test_an_organiser_who_judges_reads_comments_when_their_own_are_in(
    jury: Jury, signed_in: SignedIn
) -> None:
    jury(roles.give, "organiser", name="organiser", role="juror")
    jury.assign_all("organiser")
    one = {"demo": str(jury.demos[0]), "comment": "1", "text": "x", "decision": "release"}
    board, path = signed_in("organiser"), "/summer/organise/feedback"
    assert "3 of yours are left" in board.get(path).text
    assert board.post(path, data=one).status_code == 403


@pytest.mark.slow
def test_a_juror_s_data_has_what_was_sent_of_theirs_and_nothing_before(jury: Jury) -> None:
    demo = jury.demos[0]
    for one in comments(jury, demo):
        decide(jury, demo, one, text="Other words", reason="shorter")

    def told(name: str) -> dict:
        with jury.gallery.database.read() as session:
            return personal_data.export(session, jury.person(name), jury.clock.now)

    assert told("juror")["feedback"] == []
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser", with_feedback=True)
    (mine,) = told("juror")["feedback"]
    assert mine["text"] == "Other words"
    assert len(told("organiser")["feedback_decided"]) == 2


@pytest.mark.slow
def test_who_deletes_their_account_leaves_words_and_decisions_without_a_name(
    jury: Jury, signed_in: SignedIn
) -> None:
    demo = jury.demos[0]
    for one in comments(jury, demo):
        decide(jury, demo, one)
    jury(deliberation.save_note, "organiser", submission_id=demo, number=0, text="A talk")
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser", with_feedback=True)
    leaving = [jury.person(name) for name in ("juror", "organiser")]
    for actor in leaving:
        with jury.gallery.database.write() as session:
            personal_data.forget(
                session,
                actor,
                jury.clock.now,
                events=jury.gallery.events.values(),
                typed_name=actor.name,
            )
    page = signed_in("ada-l").get(f"/summer/teams/{team_of(jury, demo)}").text
    assert page.count('class="told"') == 2
    with jury.gallery.database.read() as session:
        gone = session.get_one(Account, leaving[1].account_id)
        assert gone.display_name == personal_data.GONE
        note = session.get_one(DeliberationNote, demo)
        assert (note.text, note.saved_by) == ("A talk", gone.id)
