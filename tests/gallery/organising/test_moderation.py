"""Reporting, hiding and restoring."""

from collections.abc import Callable

import pytest

from gallery.act import Act
from gallery.actor import COMMAND_LINE, VISITOR, Actor
from gallery.errors import Invalid, NotAllowed, NotFound, NotSignedIn, TooMany
from gallery.gallery import Gallery
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.submissions import submissions
from gallery.submissions.access import seen
from tests.gallery.submissions.conftest import content

Person = Callable[[str], Actor]


@pytest.fixture
def submission_id(gallery: Gallery, person: Person) -> int:
    ada, now, event = person("ada-l"), gallery.clock(), gallery.current
    with gallery.database.write() as session:
        draft = submissions.create_draft(Act(session, ada, now, event), content=content())
        submissions.submit(Act(session, ada, now, event), submission_id=draft.id, number=1)
        return draft.id


class Desk:
    def __init__(self, gallery: Gallery, submission_id: int) -> None:
        self.gallery, self.submission_id = gallery, submission_id

    def __call__(self, verb: Callable, actor: Actor, **options: object):
        options = {"subject": Subject.SUBMISSION, "subject_id": self.submission_id, **options}
        return self.plainly(verb, actor, **options)

    def plainly(self, verb: Callable, actor: Actor, **options: object):
        with self.gallery.database.write() as session:
            return verb(Act(session, actor, self.gallery.clock(), self.gallery.current), **options)

    def reports(self, actor: Actor, state: str = "open"):
        with self.gallery.database.read() as session:
            return moderation.reports(session, actor, event=self.gallery.current, state=state)


@pytest.fixture
def desk(gallery: Gallery, submission_id: int) -> Desk:
    return Desk(gallery, submission_id)


def test_an_account_has_one_open_report_of_a_thing(desk: Desk, person: Person) -> None:
    desk(moderation.report, person("eve-x"), reason="not theirs")
    desk(moderation.report, person("eve-x"), reason="still not theirs")
    desk(moderation.report, person("bob-k"), reason="I agree")
    found = desk.reports(person("organiser"))
    assert [(one.by, one.report.reason) for one in found] == [
        ("eve-x", "still not theirs"),
        ("bob-k", "I agree"),
    ]
    assert found[0].address == f"/summer/submissions/{desk.submission_id}"


def test_reporting_takes_an_account_a_reason_and_something_that_is_there(
    desk: Desk, person: Person
) -> None:
    with pytest.raises(NotSignedIn):
        desk(moderation.report, VISITOR, reason="spam")
    with pytest.raises(Invalid):
        desk(moderation.report, person("eve-x"), reason=" ")
    for number in (-1, 0, 999, 2**40):
        with pytest.raises(NotFound):
            desk(moderation.report, person("eve-x"), subject_id=number, reason="spam")


def test_reports_that_wait_are_bounded(
    desk: Desk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "OPEN_PER_ACCOUNT", 0)
    with pytest.raises(TooMany):
        desk(moderation.report, person("eve-x"), reason="spam")


def test_what_is_hidden_is_there_for_its_team_and_organisers_alone(
    desk: Desk, person: Person
) -> None:
    desk(moderation.report, person("eve-x"), reason="not theirs")
    desk(moderation.hide, person("organiser"), reason="pictures of somebody else")
    event = desk.gallery.current
    with desk.gallery.database.read() as session:
        for actor in (VISITOR, person("eve-x")):
            with pytest.raises(NotFound):
                seen(session, actor, event=event, submission_id=desk.submission_id)
        for actor in (person("ada-l"), person("organiser")):
            found = seen(session, actor, event=event, submission_id=desk.submission_id)
            assert found.hidden_reason == "pictures of somebody else"
    assert not desk.reports(COMMAND_LINE)
    (upheld,) = desk.reports(COMMAND_LINE, "upheld")
    assert upheld.report.decision == "pictures of somebody else"
    desk(moderation.restore, person("organiser"), reason="pictures replaced")
    with desk.gallery.database.read() as session:
        seen(session, VISITOR, event=event, submission_id=desk.submission_id)


def test_a_report_is_dismissed_once(desk: Desk, person: Person) -> None:
    made = desk(moderation.report, person("eve-x"), reason="I do not like it")
    decided = {"report_id": made.id, "reason": "taste is not against the rules"}
    desk.plainly(moderation.dismiss, person("organiser"), **decided)
    with pytest.raises(Invalid, match="was dismissed already"):
        desk.plainly(moderation.dismiss, person("organiser"), **decided)
    with pytest.raises(NotFound):
        desk.plainly(moderation.dismiss, COMMAND_LINE, report_id=2**40, reason="none such")


@pytest.mark.parametrize("verb", [moderation.hide, moderation.restore])
def test_only_organisers_decide(desk: Desk, person: Person, verb: Callable) -> None:
    for name in ("ada-l", "juror"):
        with pytest.raises(NotAllowed):
            desk(verb, person(name), reason="because")
    with pytest.raises(NotSignedIn):
        desk(verb, VISITOR, reason="because")
