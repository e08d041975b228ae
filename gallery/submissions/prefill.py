"""From a pasted address to the first content of a draft, with what the Hub knows."""

from datetime import timedelta

from gallery.actor import Actor
from gallery.errors import GalleryError, Invalid
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.submissions import thumbnails
from gallery.submissions.content import SubmissionContent
from gallery.submissions.first_draft import first_draft
from spaces.errors import HubUnavailable, NotASpace
from spaces.hub.facts import ModelFacts, SpaceFacts

RECENT = timedelta(minutes=1)
"""The Hub's answer about a repository is used again for so long."""
MODELS = 3
"""Of so many models the card is read, for base model and kind of control."""


def look_up(gallery: Gallery, actor: Actor, *, event: Event, address: str) -> SubmissionContent:
    """Asks the Hub about a Space, however its address was pasted. Must not run in a transaction.

    When the Hub is down, what is known of the Space is used, or its name alone: a team can go on
    writing. Raises `Invalid` for what is no Space's address, and for a Space that is not there.
    """
    space_id = _space_id(gallery, address)
    known = records.refresh(gallery, "space", space_id, max_age=RECENT)
    if known.is_missing:
        raise Invalid(
            f"the Hub has no public Space {space_id}; check the spelling, or make it public "
            "in its settings",
            field="space_id",
        )
    facts = known.facts
    if not isinstance(facts, SpaceFacts):
        return first_draft(SpaceFacts(repo_id=space_id), event_tag=event.tag)
    models = [
        found.facts
        for repo_id in facts.models[:MODELS]
        if isinstance(
            (found := records.refresh(gallery, "model", repo_id, max_age=RECENT)).facts, ModelFacts
        )
    ]
    return first_draft(
        facts,
        event_tag=event.tag,
        models=models,
        thumbnail=_thumbnail(gallery, actor, facts.thumbnail),
    )


def _space_id(gallery: Gallery, address: str) -> str:
    try:
        return gallery.hub.find_space(address)
    except NotASpace as error:
        raise Invalid(str(error), field="space_id") from None
    except HubUnavailable:
        raise Invalid(
            "the Hub does not answer, and only it can tell which Space is behind this address; "
            "paste owner/name instead",
            field="space_id",
        ) from None


def _thumbnail(gallery: Gallery, actor: Actor, address: str | None) -> str | None:
    """A thumbnail that cannot be had is left out: pictures are added in the third step."""
    if not address:
        return None
    try:
        return thumbnails.take(gallery, actor, address)
    except GalleryError:
        return None
