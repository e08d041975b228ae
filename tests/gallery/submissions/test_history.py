"""A submission's history: what was saved, and what else was done to it."""

from collections.abc import Callable
from datetime import timedelta

from gallery.actor import COMMAND_LINE, VISITOR, Actor
from gallery.gallery import Gallery
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.submissions import submissions
from gallery.submissions.history import Happening, history
from tests.gallery.conftest import Clock
from tests.gallery.submissions.conftest import Desk, MakeTeam

Person = Callable[[str], Actor]


def past(gallery: Gallery, actor: Actor, submission_id: int) -> list[Happening]:
    """The oldest first."""
    with gallery.database.read() as session:
        found = history(session, actor, event=gallery.current, submission_id=submission_id)
    return list(reversed(found))


def test_everything_that_was_done_is_there_in_its_order(
    gallery: Gallery, clock: Clock, person: Person, make_team: MakeTeam, desk: Desk
) -> None:
    ada, bob = person("ada-l"), person("bob-k")
    make_team("Fish", ada)
    others = make_team("Cats", bob)
    mine = desk.draft(ada)
    which = {"submission_id": mine.id}
    moderated = {"subject": Subject.SUBMISSION, "subject_id": mine.id}

    def do(verb: Callable, actor: Actor, **options: object) -> None:
        clock.now += timedelta(minutes=10)
        desk(verb, actor, **options)

    do(submissions.submit, ada, **which, number=1)
    do(submissions.withdraw, ada, **which)
    do(submissions.come_back, ada, **which)
    do(moderation.hide, COMMAND_LINE, **moderated, reason="A complaint")
    do(moderation.restore, COMMAND_LINE, **moderated, reason="It was unfounded")
    do(submissions.hand_over, COMMAND_LINE, **which, team_id=others.id, reason="They made it")

    seen = past(gallery, bob, mine.id)
    assert [(one.verb, one.author) for one in seen] == [
        ("saved", "ada-l"),
        ("submitted", "ada-l"),
        ("withdrawn", "ada-l"),
        ("brought_back", "ada-l"),
        ("hidden", "the organisers"),
        ("restored", "the organisers"),
        ("handed_over", "the organisers"),
    ]
    assert [one.note for one in seen[-3:]] == ["A complaint", "It was unfounded", "They made it"]
    assert seen[-1].teams == ("Fish", "Cats")
    assert [one.number for one in seen] == [1, *[None] * 6]
    public = past(gallery, VISITOR, mine.id)
    assert [one.verb for one in public] == [one.verb for one in seen]
    assert [one.note for one in public[-3:]] == ["", "", "They made it"]


def test_what_was_done_to_a_draft_is_its_teams_to_see(
    gallery: Gallery, clock: Clock, person: Person, make_team: MakeTeam, desk: Desk
) -> None:
    ada = person("ada-l")
    make_team("Fish", ada)
    mine = desk.draft(ada)
    desk(submissions.withdraw, ada, submission_id=mine.id)
    desk(submissions.come_back, ada, submission_id=mine.id)
    clock.now += timedelta(minutes=10)
    desk(submissions.submit, ada, submission_id=mine.id, number=1)
    verbs = ["saved", "withdrawn", "brought_back", "submitted"]
    assert [one.verb for one in past(gallery, ada, mine.id)] == verbs
    assert [one.verb for one in past(gallery, VISITOR, mine.id)] == ["saved", "submitted"]
