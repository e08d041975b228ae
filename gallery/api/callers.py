"""Who calls the API: a visitor, or a team's program by its token."""

from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gallery.act import Act
from gallery.actor import VISITOR, Actor
from gallery.judging.blind import is_blind
from gallery.people.texts import ROW_MAX
from gallery.teams.tokens import actor_of_token
from gallery.web.dependencies import EventDep, GalleryDep, NowDep, ViewerDep

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="team token",
    description="A team's token, made on its page: `Authorization: Bearer sprint_…`",
)


def _caller(
    gallery: GalleryDep,
    now: NowDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    if credentials is None:
        return VISITOR
    with gallery.database.read() as session:
        return actor_of_token(session, credentials.credentials, now)


CallerDep = Annotated[Actor, Depends(_caller)]
"""Raises `NotSignedIn` for a token that is unknown or was ended."""


def _blind(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, viewer: ViewerDep, now: NowDep
) -> bool:
    who = caller if caller.is_signed_in else viewer
    if not who.is_signed_in:
        return False
    with gallery.database.read() as session:
        return is_blind(Act(session, who, now, event))


BlindDep = Annotated[bool, Depends(_blind)]
"""Whether a juror asks who still judges, and is told no likes: by a token that they made, or in the
browser in which they are signed in. That cookie opens nothing here."""
RowId = Annotated[int, Path(ge=1, le=ROW_MAX)]
