"""The log replays to the same state, whatever was done in whichever order."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from gallery.actor import Actor
from gallery.cli import main
from gallery.database.tables import Ballot, LogEntry, Sheet
from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.judging import (
    ballots,
    comparisons,
    conflicts,
    deliberation,
    feedback,
    handing_out,
    judgings,
    publishing,
    reassigning,
    replay,
    results,
)
from gallery.judging.ballots import Said
from gallery.judging.same_input import sheets
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from tests.gallery.conftest import Clock
from tests.gallery.judging.conftest import JURORS, Jury
from tests.gallery.judging.same_input.conftest import Sheets

STEPS = 60


@pytest.fixture
def jury(gallery: Gallery, clock: Clock, person: Callable[[str], Actor]) -> Jury:
    """Four demos are handed out to four jurors, as organisers do it."""
    jury = Jury(gallery, clock, person)
    for name in JURORS:
        person(name)
    jury.hand_in(4)
    jury.begin()
    handing_out.hand_out(gallery, person("organiser"), event=gallery.current, looks=3)
    return jury


class Evening:
    """Things that happen while a jury is at work, drawn by lot; most are refused now and then."""

    def __init__(self, jury: Jury, chance: random.Random) -> None:
        self.jury, self.chance = jury, chance

    def happens(self) -> str:
        self.jury.clock.now += timedelta(seconds=self.chance.randint(1, 60))
        what = self.chance.choice(
            [self.save] * 6
            + [self.finish] * 8
            + [self.compare] * 4
            + [self.skip] * 2
            + [self.declare, self.lift, self.away, self.hand_out, self.hide, self.settle]
            + [self.move] * 3
            + [self.moderate, self.schedule, self.wait, self.close, self.open]
            + [self.note, self.note, self.make_sheet, self.share, self.withdraw, self.remove]
        )
        try:
            what()
        except GalleryError as refused:
            return f"{what.__name__}, refused: {refused}"
        return what.__name__

    def demo(self) -> int:
        return self.chance.choice(self.jury.demos)

    def juror(self) -> str:
        return self.chance.choice(JURORS)

    def said(self, *, whole: bool) -> Said:
        scores = {"craft": self.chance.randint(1, 5), "idea": self.chance.randint(0, 9)}
        if not whole:
            scores.pop(self.chance.choice(list(scores)))
        return Said(
            scores, comment=self.chance.choice(["", "Good"]), note=str(self.chance.random())
        )

    def number(self, who: str, demo: int) -> int:
        kept = self.jury.ballot(who, demo)
        return 0 if kept is None else kept.number

    def save(self) -> None:
        who, demo = self.juror(), self.demo()
        said = self.said(whole=self.chance.random() < 0.5)
        number = self.number(who, demo)
        self.jury(ballots.save, who, submission_id=demo, number=number, said=said)

    def finish(self) -> None:
        who, demo = self.juror(), self.demo()
        said, number = self.said(whole=True), self.number(who, demo)
        self.jury(ballots.finish, who, submission_id=demo, number=number, said=said)

    def skip(self) -> None:
        self.jury(ballots.skip, self.juror(), submission_id=self.demo(), reason="It is down")

    def compare(self) -> None:
        left, right = self.chance.sample(self.jury.demos, 2)
        better = self.chance.choice(comparisons.ANSWERS)
        self.jury(comparisons.compare, self.juror(), left=left, right=right, better=better)

    def declare(self) -> None:
        self.jury(conflicts.declare, self.juror(), submission_id=self.demo(), reason="a friend")

    def lift(self) -> None:
        who = self.jury.person(self.juror()).account_id
        self.jury(
            conflicts.lift,
            "organiser",
            account_id=who,
            submission_id=self.demo(),
            reason="another of that name",
        )

    def away(self) -> None:
        who = self.jury.person(self.juror()).account_id
        is_away = self.chance.random() < 0.4
        self.jury(
            handing_out.set_away, "organiser", account_id=who, is_away=is_away, reason="a cold"
        )

    def move(self) -> None:
        giver, taker = (self.jury.person(self.juror()).account_id for _ in range(2))
        self.jury(
            reassigning.reassign,
            "organiser",
            submission_id=self.demo(),
            from_id=giver,
            to_id=taker,
            reason="she knows of it",
        )

    def hand_out(self) -> None:
        handing_out.hand_out(
            self.jury.gallery,
            self.jury.person("organiser"),
            event=self.jury.gallery.current,
            looks=self.chance.randint(1, 3),
        )

    def hide(self) -> None:
        do = self.chance.choice([moderation.hide, moderation.restore])
        demo = self.jury.demos[0]
        what = {"subject": Subject.SUBMISSION, "subject_id": demo, "reason": "it is stolen"}
        self.jury(do, "organiser", **what)

    def settle(self) -> None:
        order = self.chance.sample(self.jury.demos, 3)
        self.jury(results.settle, "organiser", order=order, reason="It runs on a phone")

    def moderate(self) -> None:
        for demo in self.jury(feedback.for_moderation, "organiser"):
            for one in demo.comments:
                self.jury(
                    feedback.decide,
                    "organiser",
                    submission_id=demo.submission.id,
                    key=one.key,
                    is_held_back=self.chance.random() < 0.5,
                    text=self.chance.choice([one.original, "In other words"]),
                    reason="not about the demo",
                )

    def note(self) -> None:
        demo = self.demo()
        with self.jury.gallery.database.read() as session:
            kept = deliberation.note_of(session, demo)
        self.jury(
            deliberation.save_note,
            "organiser",
            submission_id=demo,
            number=kept.number if kept is not None else 0,
            text=f"Thought of for {self.chance.randint(1, 9)} minutes",
        )

    def make_sheet(self) -> None:
        who = self.chance.choice(["organiser", *JURORS])
        demos = self.chance.sample(self.jury.demos, 2)
        Sheets(self.jury).make(who, demos=demos, seed=self.chance.randint(0, 99))

    def sheet(self) -> int:
        made: tuple[Sheet, ...] = self.jury(sheets.listed, "organiser")
        return self.chance.choice(made).id if made else 1

    def share(self) -> None:
        self.jury(sheets.share, "organiser", sheet_id=self.sheet())

    def withdraw(self) -> None:
        self.jury(sheets.withdraw, "organiser", sheet_id=self.sheet())

    def remove(self) -> None:
        self.jury(sheets.remove, "organiser", sheet_id=self.sheet())

    def schedule(self) -> None:
        if self.chance.random() < 0.3:
            self.jury(publishing.cancel, "organiser")
            return
        with self.jury.gallery.database.read() as session:
            seen = results.basis(session, self.jury.gallery.current)
        at = self.jury.clock.now + timedelta(minutes=1)
        self.jury(publishing.schedule, "organiser", at=at, seen=seen, with_feedback=True)

    def wait(self) -> None:
        self.jury.clock.now += timedelta(minutes=2)
        publishing.publish_due(self.jury.gallery)

    def close(self) -> None:
        self.jury(judgings.close, "organiser", reason="a break")

    def open(self) -> None:
        self.jury(judgings.reopen, "organiser", reason="the break is over")


def difference(jury: Jury) -> str | None:
    with jury.gallery.database.read() as session:
        event = jury.gallery.current
        return replay.difference(replay.replayed(session, event), replay.kept(session, event))


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
def test_whatever_happens_the_log_gives_the_tables_again(jury: Jury, seed: int) -> None:
    evening = Evening(jury, random.Random(seed))
    happened = []
    for _ in range(STEPS):
        happened.append(evening.happens())
        assert difference(jury) is None, happened
    assert len({what.partition(",")[0] for what in happened if "refused" not in what}) > 6


def test_what_somebody_changed_behind_the_log_is_said(
    jury: Jury, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = next(demo for demo in jury.demos if jury(is_assigned, "juror", submission_id=demo))
    said = Said({"craft": 3, "idea": 5})
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    monkeypatch.setattr("gallery.cli.open_gallery", lambda settings: jury.gallery)
    assert main(["jury", "replay"]) == 0
    assert "the same as the tables" in capsys.readouterr().out
    with jury.gallery.database.write() as session:
        session.scalars(select(Ballot)).one().scores = {"craft": 5, "idea": 5}
    assert main(["jury", "replay"]) == 1
    assert "'craft': 3" in capsys.readouterr().out
    with jury.gallery.database.read() as session:
        told = session.scalars(select(LogEntry).where(LogEntry.action == "ballot.finished"))
        assert all("note" not in entry.details for entry in told)


def is_assigned(act, *, submission_id: int) -> bool:
    try:
        return bool(ballots.seat(act, submission_id))
    except GalleryError:
        return False
