"""Waking a sleeping demo: asked of the Hub, by people or before they come, and not too often."""

from datetime import timedelta

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Submission
from gallery.errors import Invalid, TooMany, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import attempts
from gallery.people.attempts import Limit
from gallery.sources import records
from gallery.sources.health import State, state_of
from gallery.submissions import access
from spaces.errors import HubUnavailable
from spaces.hub.addresses import repo_key

BY_DEMO = Limit("waking", "demo", 2, timedelta(minutes=10))
BY_PERSON = Limit("waking", "person", 12, timedelta(hours=1))
SLEEPING = "SLEEPING"
"""The stage that a visit ends; one that is being built or starts comes up by itself."""
CERTAIN = timedelta(seconds=30)
"""For so long, what the Hub said of the demo is taken to be true still."""


def wake(gallery: Gallery, actor: Actor, *, event: Event, submission_id: int) -> None:
    """Asks the Hub to start a demo that sleeps; it takes minutes until it answers.

    Raises `NotSignedIn`, `NotFound`, `TooMany`, `Invalid` when it does not sleep, and `Unavailable`
    when the Hub does not answer. Must not be called within a transaction.
    """
    person = actor.name if actor.is_program else str(actor.require_account("wake a demo"))
    with gallery.database.read() as session:
        space_id = access.seen(session, actor, event=event, submission_id=submission_id).space_id
    attempts.require(
        gallery.database, gallery.clock(), (BY_DEMO, repo_key(space_id)), (BY_PERSON, person)
    )
    known = records.refresh(gallery, "space", space_id, max_age=CERTAIN)
    stage = known.facts.stage if known.facts is not None else None
    if known.problem is not None:
        raise Unavailable(known.problem)
    if state_of(stage, answered=None) is not State.ASLEEP:
        raise Invalid(
            f"only a demo that sleeps can be woken, and this one is {_words(stage)}; "
            "open it, or tell its team",
            field="submission_id",
        )
    _ask(gallery, actor, event.slug, submission_id, space_id)


def wake_ahead(gallery: Gallery, actor: Actor, *, submission_id: int) -> bool:
    """Wakes a demo for somebody who will want it soon, and says whether it is on its way.

    False for one that does not sleep. One that starts already is left alone, and so is one that was
    woken a moment ago. Raises `Unavailable` when the Hub does not answer. Must not be called within
    a transaction.
    """
    with gallery.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        space_id, slug = submission.space_id, submission.event
    known = records.refresh(gallery, "space", space_id, max_age=CERTAIN)
    if known.problem is not None:
        raise Unavailable(known.problem)
    stage = known.facts.stage if known.facts is not None else None
    if state_of(stage, answered=None) is not State.ASLEEP:
        return False
    if (stage or "").upper() == SLEEPING:
        try:
            attempts.require(gallery.database, gallery.clock(), (BY_DEMO, repo_key(space_id)))
        except TooMany:
            return True
        _ask(gallery, actor, slug, submission_id, space_id)
    return True


def _ask(gallery: Gallery, actor: Actor, slug: str, submission_id: int, space_id: str) -> None:
    try:
        gallery.hub.wake(space_id)
    except HubUnavailable as error:
        raise Unavailable(str(error)) from None
    with gallery.database.write() as session:
        now = gallery.clock()
        records.announce(session, now, "space", space_id)
        record(
            session,
            actor,
            now,
            "demo.woken",
            subject=("submission", submission_id),
            event=slug,
            details={"space": space_id},
        )


def _words(stage: str | None) -> str:
    return "not known to the Hub" if stage is None else stage.replace("_", " ").lower()
