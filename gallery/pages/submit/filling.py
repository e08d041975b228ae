"""What the page holds for a submission: all of it, or what a save changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import gradio as gr
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.errors import Closed, GalleryError, Stale
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.pages.submit import shown
from gallery.pages.submit.form import FIELDS, Samples, values_of
from gallery.pages.submit.place import Place
from gallery.sources import records
from gallery.submissions import checking, claims, revisions
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
    is_open = event.is_open(PhaseKey.SUBMISSION, now)
    changes: Changes = {
        "head": shown.head(event, tuple(gallery.events.values()), actor, now),
        "deadline": shown.deadline(event, now),
        "mine": shown.mine(event, mine, submission.id if submission else None, now),
        "notice": "",
        "refusal": "",
        "standing": shown.standing(event, None, now, can_change=is_open),
        "proved": gr.Button(visible=False),
        "look": gr.Button(visible=is_open),
        **summary((), is_coming=False),
    }
    if submission is not None:
        content = revisions.current(session, submission)
        place.submission, place.number = submission.id, submission.number
        place.state = submission.state
        place.can_change = may_change(Act(session, actor, now, event), submission)
        known = records.space(session, submission.space_id)
        newest = checking.newest(session, submission.id)
        changes |= fields(content, can_change=place.can_change)
        changes |= {
            "address": gr.Textbox(submission.space_id, interactive=is_open),
            "found": shown.found(
                known, f"{gallery.settings.hf_endpoint}/spaces/{submission.space_id}"
            ),
            "checks": shown.checks(newest, is_running=False),
            **summary(newest, is_coming=is_coming),
            "steps": gr.Walkthrough(selected=2),
            **stage(gallery, event, submission, can_change=place.can_change),
        }
    else:
        changes["address"] = gr.Textbox(interactive=is_open)
    has_team = submission is not None or team_of(session, actor, event=event) is not None
    return changes | {
        "keeper": place,
        "card": shown.card(content, submission),
        "story": shown.story(content),
        "team_name": gr.Textbox(visible=is_open and not has_team),
    }


def may_change(act: Act, submission: Submission) -> bool:
    """Organisers change what is not theirs elsewhere, where they say why."""
    return act.event.is_open(PhaseKey.SUBMISSION, act.now) and works_on(
        act.session, act.actor, submission
    )


def fields(content: SubmissionContent, *, can_change: bool) -> Changes:
    """The form's, to be read only for who may not change them."""
    values = dict(zip(FIELDS, values_of(content), strict=True))
    samples = values.pop("samples")
    assert isinstance(samples, Samples), "the widget's model"
    return {
        **{name: gr.update(value=value, interactive=can_change) for name, value in values.items()},
        "samples": samples.model_copy(update={"can_change": can_change}),
    }


def stage(gallery: Gallery, event: Event, submission: Submission, *, can_change: bool) -> Changes:
    """What it is now, and what can be done with it."""
    state = submission.state
    address = f"{gallery.settings.base_url}/{event.slug}/submissions/{submission.id}"
    with gallery.database.read() as session:
        claim = claims.of(session, submission) if state == "waiting" else None
    space = f"{gallery.settings.hf_endpoint}/spaces/{submission.space_id}"
    return {
        "standing": shown.standing(
            event,
            submission,
            gallery.clock(),
            can_change=can_change,
            claim=claim,
            readme=f"{space}/edit/main/README.md",
        ),
        "proved": gr.Button(visible=claim is not None),
        "done": shown.done(event, submission, address),
        "again": gr.Button(visible=can_change),
        "submit": gr.Button(visible=can_change and state == "draft"),
        "withdraw": gr.Button(
            "Withdraw it" if state in ("submitted", "waiting") else "Put this draft away",
            visible=can_change and state != "withdrawn",
        ),
        "come_back": gr.Button(visible=can_change and state == "withdrawn"),
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


def kept_in_part(place: Place, mistake: GalleryError) -> Place:
    """After a save that left out what is wrong."""
    return place.model_copy(update={"status": "partly", "problem": str(mistake)})


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
