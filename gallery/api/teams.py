"""Teams, and with a token one's own."""

from fastapi import APIRouter

from gallery.api.answers import TeamAnswer, TeamWithSubmissions
from gallery.api.callers import CallerDep, RowId
from gallery.errors import NotSignedIn
from gallery.pages.dependencies import EventDep, GalleryDep
from gallery.people import directory

router = APIRouter(tags=["Teams"])


@router.get("/events/{event_slug}/teams")
def teams(gallery: GalleryDep, event: EventDep) -> list[TeamAnswer]:
    """By name."""
    with gallery.database.read() as session:
        return [TeamAnswer.of(card) for card in directory.team_cards(session, event)]


@router.get("/events/{event_slug}/teams/{team_id}")
def team(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, team_id: RowId
) -> TeamWithSubmissions:
    """One team, with what it has handed in; its own token sees drafts, too."""
    with gallery.database.read() as session:
        view = directory.team_view(session, caller, event, team_id)
        return TeamWithSubmissions.of(view)


@router.get("/events/{event_slug}/team")
def own_team(gallery: GalleryDep, event: EventDep, caller: CallerDep) -> TeamWithSubmissions:
    """The team whose token this is."""
    if caller.token_team_id is None:
        raise NotSignedIn(
            "this takes a team's token; make one on your team's page and send it as "
            "`Authorization: Bearer …`"
        )
    with gallery.database.read() as session:
        view = directory.team_view(session, caller, event, caller.token_team_id)
        return TeamWithSubmissions.of(view)
