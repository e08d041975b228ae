"""Words in the log: replayed to what the tables have, under no juror's name, and on no page."""

import pytest
from sqlalchemy import select

from gallery.database.tables import LogEntry
from gallery.judging import ballots, deliberation, feedback, judgings, replay, results
from gallery.judging.ballots import Said
from gallery.judging.replay_state import State
from gallery.judging.same_input import sheets
from gallery.organising.log_lines import log
from tests.gallery.judging.conftest import JURORS, Jury
from tests.gallery.judging.same_input.conftest import Sheets
from tests.gallery.judging.test_replay import difference, is_assigned, jury

__all__ = ["jury"]


def test_a_whole_evening_up_to_feedback_is_replayed(jury: Jury) -> None:
    for name in JURORS:
        for demo in jury.demos:
            if jury(is_assigned, name, submission_id=demo):
                said = Said({"craft": 3, "idea": 5}, comment="Good")
                jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    made = [Sheets(jury).make("organiser", prompt=prompt) for prompt in ("a cat", "an owl")]
    own_sheet(jury)
    for sheet in made:
        jury(sheets.share, "organiser", sheet_id=sheet)
    jury(sheets.withdraw, "organiser", sheet_id=made[0])
    for number, text in enumerate(("Runs on a phone", "Runs on a phone, slowly")):
        jury(
            deliberation.save_note,
            "organiser",
            submission_id=jury.demos[0],
            number=number,
            text=text,
        )
    decide(jury, jury.demos[0], text="Good work", reason="a whole sentence")
    decide(jury, jury.demos[1], is_held_back=True, reason="says nothing")
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    jury(feedback.send, "organiser")
    with jury.gallery.database.read() as session:
        again = replay.replayed(session, jury.gallery.current)
    assert len(again.ballots) == 12
    assert again.judging["published"]
    assert again.judging["feedback_at"] == jury.clock.now
    assert {demo: note["text"] for demo, note in again.notes.items()} == {
        jury.demos[0]: "Runs on a phone, slowly"
    }
    told = {demo: decided for (demo, _), decided in again.feedback.items()}
    assert told[jury.demos[0]]["text"] == "Good work"
    assert told[jury.demos[0]]["original"] == "Good"
    assert told[jury.demos[0]]["sent_at"] == jury.clock.now
    assert told[jury.demos[1]]["is_held_back"]
    assert told[jury.demos[1]]["sent_at"] is None
    assert [sheet["prompt"] for sheet in again.sheets.values()] == ["an owl"]
    assert difference(jury) is None


def own_sheet(jury: Jury) -> int:
    """A juror's, which nobody else is shown."""
    demos = [demo.id for demo in jury(sheets.offered, "juror")]
    return Sheets(jury).make("juror", prompt="a juror's own", demos=demos)


def decide(
    jury: Jury, demo: int, *, text: str = "", is_held_back: bool = False, reason: str
) -> None:
    """On the first comment of a demo."""
    found = next(
        one for one in jury(feedback.for_moderation, "organiser") if one.submission.id == demo
    )
    jury(
        feedback.decide,
        "organiser",
        submission_id=demo,
        key=found.comments[0].key,
        is_held_back=is_held_back,
        text=text,
        reason=reason,
    )


def test_words_are_in_the_log_without_a_juror_and_on_no_page_of_it(jury: Jury) -> None:
    demo = next(demo for demo in jury.demos if jury(is_assigned, "juror", submission_id=demo))
    said = Said({"craft": 3, "idea": 5}, comment="So-so")
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    decide(jury, demo, text="It lacks a story", reason="a whole sentence")
    jury(deliberation.save_note, "organiser", submission_id=demo, number=0, text="Not a winner, no")
    sheet = Sheets(jury).make("organiser", prompt="a mouse")
    jury(sheets.share, "organiser", sheet_id=sheet)
    own_sheet(jury)
    with jury.gallery.database.read() as session:
        entries = session.scalars(select(LogEntry)).all()
        lines = log(session, jury.person("organiser"), event=jury.gallery.current)
    assert not any("a juror's own" in str(entry.details) for entry in entries)
    decided = next(entry for entry in entries if entry.action == "feedback.released")
    assert decided.details["text"] == "It lacks a story"
    assert "juror" not in decided.details
    shown = " ".join(line.details for line in lines)
    assert "a whole sentence" in shown
    for words in ("So-so", "It lacks a story", "Not a winner", "a mouse"):
        assert words not in shown


@pytest.mark.slow
def test_what_an_older_log_wrote_down_in_part_is_compared_with_nothing(jury: Jury) -> None:
    test_a_whole_evening_up_to_feedback_is_replayed(jury)
    words = {"key", "keys", "original", "text", "lot", "prompt"}
    state = State()
    with jury.gallery.database.read() as session:
        tables = replay.kept(session, jury.gallery.current)
        entries = session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
        session.expunge_all()
    for entry in entries:
        if entry.action.startswith(("feedback.", "deliberation.", "sheet.")):
            entry.details = {
                name: told for name, told in entry.details.items() if name not in words
            }
        if entry.action in replay.STEPS:
            replay.STEPS[entry.action](state, entry)
    assert replay.difference(state, tables) is None
