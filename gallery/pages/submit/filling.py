"""What the page holds for a submission: all of it, or what a save changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import gradio as gr
from sqlalchemy.orm import Session

from gallery.database.tables import Submission
from gallery.errors import Closed, GalleryError, Stale
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.pages.submit import shown
from gallery.pages.submit.form import FIELDS, values_of
from gallery.pages.submit.place import Place
from gallery.people.actor import Actor
from gallery.sources import records
from gallery.submissions import checking, revisions
from gallery.submissions.access import works_on
from gallery.submissions.content import SubmissionContent
from gallery.submissions.team import team_of

Changes = dict[str, Any]
"""By the names of `layout.Parts`."""


def filled(
    gallery: Gallery,
    session: Session,
    actor: Actor,
    event: Event,
    submission: Submission | None,
    mine: Sequence[Submission],
    *,
    is_coming: bool = False,
) -> Changes:
    """The whole page for `submission`, or for none yet; `is_coming` when checks will run."""
    now = gallery.clock()
    place = Place(event=event.slug)
    content: SubmissionContent | None = None
    changes: Changes = {
        "head": shown.head(event, tuple(gallery.events.values()), actor, now),
        "deadline": shown.deadline(event, now),
        "mine": shown.mine(event, mine, submission.id if submission else None),
        "notice": "",
        "refusal": "",
        **summary((), is_coming=False),
    }
    if submission is not None:
        content = revisions.current(session, submission)
        place.submission, place.number = submission.id, submission.number
        place.state = submission.state
        place.can_change = may_change(session, actor, event, submission, now)
        known = records.space(session, submission.space_id)
        newest = checking.newest(session, submission.id)
        changes |= dict(zip(FIELDS, values_of(content), strict=True))
        changes |= {
            "address": submission.space_id,
            "found": shown.found(
                known, f"{gallery.settings.hf_endpoint}/spaces/{submission.space_id}"
            ),
            "checks": shown.checks(newest, is_running=False),
            **summary(newest, is_coming=is_coming),
            "steps": gr.Walkthrough(selected=2),
            **stage(gallery, event, submission),
        }
    has_team = submission is not None or team_of(session, actor, event=event) is not None
    return changes | {
        "keeper": place,
        "card": shown.card(content, submission),
        "story": shown.story(content),
        "team_name": gr.Textbox(visible=not has_team),
    }


def may_change(
    session: Session, actor: Actor, event: Event, submission: Submission, now: datetime
) -> bool:
    """Organisers change what is not theirs elsewhere, where they say why."""
    return event.is_open(PhaseKey.SUBMISSION, now) and works_on(session, actor, submission)


def stage(gallery: Gallery, event: Event, submission: Submission) -> Changes:
    """What can be done with it now."""
    state = submission.state
    address = f"{gallery.settings.base_url}/{event.slug}/submissions/{submission.id}"
    return {
        "done": shown.done(event, submission, address),
        "submit": gr.Button(visible=state == "draft"),
        "withdraw": gr.Button(
            "Withdraw it" if state == "submitted" else "Put this draft away",
            visible=state != "withdrawn",
        ),
        "come_back": gr.Button(visible=state == "withdrawn"),
    }


def summary(done: Sequence[checking.Check], *, is_coming: bool) -> Changes:
    """What the checks said last, looked at again until those that are to come are done."""
    return {
        "checked": shown.checked(done, is_coming=is_coming),
        "waiting": gr.Timer(active=is_coming),
    }


def kept(place: Place, submission: Submission, now: datetime) -> Place:
    """After a save."""
    return place.model_copy(
        update={
            "submission": submission.id,
            "number": submission.number,
            "state": submission.state,
            "status": "saved",
            "saved_at": now.isoformat(),
            "problem": "",
        }
    )


def failed(place: Place, error: GalleryError) -> Place:
    """After a save that was refused."""
    match error:
        case Stale():
            status = "stale"
        case Closed():
            status = "closed"
        case _:
            status = "problem"
    return place.model_copy(update={"status": status, "problem": str(error)})
