"""What the jury looks at is what stood at the deadline, whatever is changed afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import update

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import Picture, Pin, Submission
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.submissions import checking, revisions, snapshot, submissions
from gallery.submissions.showing import Showing, show
from gallery.submissions.stood import stood
from spaces.checks.run import Check, Outcome
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter, enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]

SPACE, MODEL, DATA = "ada-l/clouds", "ada-l/canny", "ada-l/drawings"
NEW = "b" * 64
"""A picture's digest."""
LICENSED = b"---\nlicense: mit\n---\n# Ours\n\nIt draws clouds."
OTHER = b"---\nlicense: openrail\n---\n# Rewritten\n"


def check(message: str) -> Check:
    return Check("card", "The card is complete", Outcome.PASS, message, "")


@dataclass
class Case:
    """One submission with a model and data, checked a minute before the deadline."""

    gallery: Gallery
    event: Event
    hub: ServedHub
    clock: Clock
    pace: Pace
    organiser: Actor
    demo: int

    def checked(self, message: str) -> None:
        with self.gallery.database.write() as session:
            checking.keep(
                session,
                self.clock.now,
                submission_id=self.demo,
                checks=(check(message),),
                facts=None,
            )

    def pin(self) -> None:
        done = snapshot.snapshot(self.gallery, COMMAND_LINE, event=self.event, pace=self.pace)
        assert [one.problem for one in done] == [None]

    def change_everything(self) -> None:
        """The repositories as their team may, the text as organisers may."""
        for kind, name in (("space", SPACE), ("model", MODEL), ("dataset", DATA)):
            self.hub.hub.change(kind, name, {"README.md": OTHER})  # type: ignore[arg-type]
        with self.gallery.database.write() as session:
            now_at = self.clock.now
            session.add(Picture(digest=NEW, width=8, height=8, size=1, created_at=now_at))
            Act(session, self.organiser, now_at, self.event).record(
                "picture.kept", subject=("picture", NEW)
            )
            row = session.get_one(Submission, self.demo)
            now = revisions.current(session, row)
            changed = now.model_copy(update={"title": "Rewritten", "models": (), "thumbnail": NEW})
            submissions.save(
                Act(session, self.organiser, self.clock.now, self.event),
                submission_id=self.demo,
                number=row.number,
                content=changed,
                reason="they asked for it",
            )

    def look(self) -> Showing:
        with self.gallery.database.read() as session:
            act = Act(session, self.organiser, self.clock.now, self.event)
            return stood(act, submission_id=self.demo)


@pytest.fixture
def case(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    pace: Pace,
    enter: Enter,
    person: Callable[[str], Actor],
) -> Case:
    small_hub.hub.add_space(SPACE, readme=LICENSED.decode())
    small_hub.hub.add_model(MODEL, readme=LICENSED.decode())
    small_hub.hub.add_dataset(DATA, readme=LICENSED.decode())
    demo = enter(SPACE, models=(MODEL,), datasets=(DATA,))
    case = Case(gallery, event, small_hub, clock, pace, person("organiser"), demo)
    clock.now = event.deadline - timedelta(minutes=1)
    case.checked("before the deadline")
    clock.now = event.deadline + timedelta(minutes=1)
    return case


def assert_as_handed_in(shown: Showing) -> None:
    assert (shown.content.title, shown.number, shown.hero) == ("Clouds", 1, None)
    assert [one.known.facts.license for one in shown.models if one.known.facts] == ["mit"]
    assert [one.known.facts.license for one in shown.datasets if one.known.facts] == ["mit"]
    assert shown.checks is not None
    assert shown.checks.results[0]["message"] == "before the deadline"


@pytest.mark.parametrize("pinned", ["at once", "when all had changed"])
def test_text_cards_and_checks_stay_those_of_the_deadline(case: Case, pinned: str) -> None:
    if pinned == "at once":
        case.pin()
    case.clock.now += timedelta(hours=1)
    case.change_everything()
    if pinned != "at once":
        case.pin()
    for number in range(checking.KEPT_RUNS + 5):
        case.clock.now += timedelta(minutes=1)
        case.checked(f"run {number} afterwards")
    for kind, name in (("space", SPACE), ("model", MODEL), ("dataset", DATA)):
        records.refresh(case.gallery, kind, name)  # type: ignore[arg-type]
    shown = case.look()
    assert_as_handed_in(shown)
    assert {pin.repo_id for pin in shown.drifted} == {SPACE, MODEL, DATA}
    with case.gallery.database.read() as session:
        now = show(
            Act(session, case.organiser, case.clock.now, case.event), submission_id=case.demo
        )
    assert now.content.title == "Rewritten"
    assert now.hero == NEW
    assert [one.known.facts.license for one in now.datasets if one.known.facts] == ["openrail"]


def test_what_was_not_there_at_the_deadline_is_not_there_for_the_jury(case: Case) -> None:
    case.hub.hub.delete("model", MODEL)
    case.pin()
    case.hub.hub.add_model(MODEL, readme=LICENSED.decode())
    records.refresh(case.gallery, "model", MODEL)
    (model,) = case.look().models
    assert model.known.is_missing
    assert model.card is None


def test_a_pin_of_an_older_release_shows_what_is_known_now(case: Case) -> None:
    case.pin()
    with case.gallery.database.write() as session:
        session.connection().execute(update(Pin).values(facts=None))
    (model,) = case.look().models
    assert model.known.facts is not None
    assert model.card is not None


def test_checks_that_ran_only_afterwards_are_no_checks_of_the_deadline(
    case: Case, event: Event
) -> None:
    case.event = event.model_copy(
        update={
            "phases": tuple(
                phase.model_copy(update={"ends": phase.ends - timedelta(hours=2)})
                if phase.key == "submission"
                else phase
                for phase in event.phases
            )
        }
    )
    assert case.look().checks is None
