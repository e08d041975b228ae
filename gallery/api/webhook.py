"""`POST /webhooks/hub`: the Hub says that a repository changed.

What it says is a hint, never a fact: the repository is noted, and the watcher asks the Hub itself.
So a replayed announcement costs one question at most, and a false one changes nothing.
"""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from gallery.errors import NotAllowed
from gallery.gallery import Gallery
from gallery.refusals import REPO_ID
from gallery.sources import records
from gallery.sources.records import RepoType
from gallery.web.dependencies import GalleryDep, NowDep

router = APIRouter(include_in_schema=False)


class AnnouncedRepo(BaseModel):
    """The part of the Hub's payload (version 3) that tells which repository it is about."""

    type: RepoType
    id: str | None = None
    name: str = Field(pattern=REPO_ID)
    tags: tuple[str, ...] | None = None


class Announcement(BaseModel):
    """What the Hub posts; everything else in it is left unread."""

    repo: AnnouncedRepo


class Answer(BaseModel):
    """`noted` is False for what this gallery does not show."""

    noted: bool


@router.post("/webhooks/hub", status_code=202)
def hub(
    gallery: GalleryDep,
    now: NowDep,
    announcement: Announcement,
    x_webhook_secret: Annotated[str, Header()] = "",
) -> Answer:
    """Raises `NotAllowed` without the secret that `WEBHOOK_SECRET` is."""
    require_secret(gallery, x_webhook_secret)
    repo = announcement.repo
    with gallery.database.write() as session:
        is_known = records.is_known(session, repo.type, repo.name)
        former = records.former_key(session, repo.type, repo.name, repo.id)
        noted = is_known or former is not None or _is_to_be_collected(gallery, repo)
        if noted:
            known_as = repo.name if is_known or former is None else former
            records.announce(session, now, repo.type, known_as)
    return Answer(noted=noted)


def require_secret(gallery: Gallery, given: str) -> None:
    secret = gallery.settings.webhook_secret
    if secret is None:
        raise NotAllowed("webhooks are not taken here; set WEBHOOK_SECRET to take them")
    if not hmac.compare_digest(given.encode(), secret.get_secret_value().encode()):
        raise NotAllowed(
            "the webhook's secret must be the gallery's WEBHOOK_SECRET, got another one; "
            "correct it in the Hub's settings of the webhook"
        )


def _is_to_be_collected(gallery: Gallery, repo: AnnouncedRepo) -> bool:
    tags = {event.tag for event in gallery.events.values()}
    return gallery.settings.collect and repo.type == "space" and bool(tags & {*(repo.tags or ())})
