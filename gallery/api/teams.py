"""Teams, and with a token one's own."""

from fastapi import APIRouter
from pydantic import Field

from gallery.act import Act
from gallery.actor import Actor
from gallery.api.answers import TeamAnswer, TeamWithSubmissions
from gallery.api.bodies import Body, Number
from gallery.api.callers import CallerDep, RowId
from gallery.browsing import directory
from gallery.errors import NotSignedIn
from gallery.teams import teams as use_cases
from gallery.web.dependencies import EventDep, GalleryDep, NowDep

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
    team_id = _own(caller)
    with gallery.database.read() as session:
        view = directory.team_view(session, caller, event, team_id)
        return TeamWithSubmissions.of(view)


class TeamText(Body):
    number: Number
    name: str
    about: str | None = Field(None, description="Markdown; left as it is if left out")


@router.put("/events/{event_slug}/team")
def edit_team(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, now: NowDep, body: TeamText
) -> TeamWithSubmissions:
    """Its name and what it says of itself, with a token that the lead made. 409 `stale` when
    somebody changed it since `number`."""
    team_id = _own(caller)
    with gallery.database.write() as session:
        use_cases.edit(
            Act(session, caller, now, event),
            team_id=team_id,
            name=body.name,
            about=body.about,
            number=body.number,
        )
        session.flush()
        view = directory.team_view(session, caller, event, team_id)
        return TeamWithSubmissions.of(view)


def _own(caller: Actor) -> int:
    if caller.token_team_id is None:
        raise NotSignedIn(
            "this takes a team's token; make one on your team's page and send it as "
            "`Authorization: Bearer …`"
        )
    return caller.token_team_id
