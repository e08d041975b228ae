"""A jury at work: demos that were handed in, jurors, and the judging phase."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gallery.act import Act
from gallery.actor import VISITOR, Actor
from gallery.database.tables import Account, Assignment, Ballot, Membership, Submission
from gallery.event.event import Event
from gallery.event.rubric import Criterion, Rubric
from gallery.gallery import Gallery
from gallery.judging import judgings
from gallery.judging.ballots import Said
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import Clock
from tests.gallery.summer import summer

JURORS = ("juror", "jo-2", "jo-3", "jo-4")
RUBRIC = Rubric(
    criteria=(
        Criterion(key="craft", name="Craft", weight=2),
        Criterion(key="idea", name="Idea", lowest=0, highest=9),
    )
)
WHOLE = Said({"craft": 4, "idea": 7}, comment="Good work", note="ask about data")


@pytest.fixture
def event(clock: Clock) -> Event:
    return summer(clock.now).model_copy(update={"rubric": RUBRIC, "jurors": JURORS})


class Jury:
    """Calls the use cases as pages do: one transaction each."""

    def __init__(self, gallery: Gallery, clock: Clock, person: Callable[[str], Actor]) -> None:
        self.gallery, self.clock, self.person = gallery, clock, person
        self.demos: list[int] = []

    def hand_in(self, count: int) -> list[int]:
        with self.gallery.database.write() as session:
            for number in range(len(self.demos), len(self.demos) + count):
                made = hand_in(
                    session, self.gallery.current.slug, entry(number), self.gallery.clock()
                )
                self.demos.append(made.id)
        return self.demos

    def join(self, name: str, demo: int) -> None:
        """Somebody is in the demo's team."""
        account_id = self.person(name).account_id
        with self.gallery.database.write() as session:
            session.add(
                Membership(
                    team=session.get_one(Submission, demo).team,
                    account=session.get_one(Account, account_id),
                    event=self.gallery.current.slug,
                    joined_at=self.clock.now,
                )
            )

    def begin(self) -> None:
        """The deadline passes; judging is open."""
        self.clock.now = self.gallery.current.deadline + timedelta(hours=1)

    def assign_all(self, *names: str) -> None:
        """Everything to each of them, without a thought."""
        accounts = [self.person(name).account_id for name in names]
        organiser = self.person("organiser")
        with self.gallery.database.write() as session:
            act = Act(session, organiser, self.clock.now, self.gallery.current)
            judgings.begun(act)
            session.add_all(
                Assignment(
                    account_id=account,
                    submission_id=demo,
                    event=act.event.slug,
                    state="open",
                    assigned_at=act.now,
                    reason="",
                )
                for account in accounts
                for demo in self.demos
            )
            act.record("jury.assigned", subject=("event", act.event.slug))

    def __call__(self, use_case: Callable[..., Any], who: str, /, **options: Any) -> Any:
        actor = self.person(who)
        with self.gallery.database.write() as session:
            return use_case(Act(session, actor, self.clock.now, self.gallery.current), **options)

    def as_visitor(self, use_case: Callable[..., Any], **options: Any) -> Any:
        with self.gallery.database.write() as session:
            return use_case(Act(session, VISITOR, self.clock.now, self.gallery.current), **options)

    def ballot(self, who: str, demo: int) -> Ballot | None:
        account = self.person(who).account_id
        with self.gallery.database.read() as session:
            return session.get(Ballot, (account, demo))


@pytest.fixture
def jury(gallery: Gallery, clock: Clock, person: Callable[[str], Actor]) -> Jury:
    """Three demos, each to be judged by two of four jurors, on the day after the deadline."""
    jury = Jury(gallery, clock, person)
    for name in JURORS:
        person(name)
    jury.hand_in(3)
    jury.begin()
    jury.assign_all("juror", "jo-2")
    return jury
