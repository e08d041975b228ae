"""Ideas, and what is said about them. Who asks to join which is for who decides alone."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter, Response
from pydantic import Field

from gallery.act import Act
from gallery.actor import VISITOR
from gallery.api.answers import Answer
from gallery.api.callers import CallerDep, RowId
from gallery.browsing import directory
from gallery.browsing.directory import IdeaCard, IdeaView
from gallery.database.tables import Idea, IdeaComment
from gallery.teams import ideas as use_cases
from gallery.web.dependencies import EventDep, GalleryDep, NowDep

router = APIRouter(prefix="/events/{event_slug}/ideas", tags=["Ideas"])


class IdeaAnswer(Answer):
    """An idea in a list."""

    id: int
    url: str = Field(description="Its page")
    title: str
    text: str = Field(description="Markdown")
    author: str = Field(description="A display name")
    created_at: datetime
    edited_at: datetime | None
    team_id: int | None = Field(description="Of the team that works on it")
    team_size: int
    comments: int

    @classmethod
    def of(cls, card: IdeaCard, base: str) -> Self:
        return cls(
            **_fields(card.idea, base),
            team_id=card.team_id,
            team_size=card.team_size,
            comments=card.comments,
        )


class CommentAnswer(Answer):
    id: int
    author: str
    text: str = Field(description="Markdown")
    created_at: datetime

    @classmethod
    def of(cls, comment: IdeaComment) -> Self:
        return cls(
            id=comment.id,
            author=comment.author.display_name,
            text=comment.text,
            created_at=comment.created_at,
        )


class IdeaWithComments(Answer):
    """An idea, whole."""

    id: int
    url: str
    title: str
    text: str = Field(description="Markdown")
    author: str
    created_at: datetime
    edited_at: datetime | None
    team_id: int | None
    team_size: int
    comments: tuple[CommentAnswer, ...] = Field(description="The oldest first")

    @classmethod
    def of(cls, view: IdeaView, base: str) -> Self:
        return cls(
            **_fields(view.idea, base),
            team_id=view.team.id if view.team else None,
            team_size=view.team_size,
            comments=tuple(map(CommentAnswer.of, view.comments)),
        )


def _fields(idea: Idea, base: str) -> dict:
    names = ("id", "title", "text", "created_at", "edited_at")
    return {name: getattr(idea, name) for name in names} | {
        "url": f"{base}/{idea.event}/ideas/{idea.id}",
        "author": idea.author.display_name,
    }


@router.get("")
def ideas(gallery: GalleryDep, event: EventDep) -> list[IdeaAnswer]:
    """Those without a full team first, and among those the newest."""
    with gallery.database.read() as session:
        cards = directory.idea_cards(session, event)
    return [IdeaAnswer.of(card, gallery.settings.base_url) for card in cards]


@router.get("/{idea_id}")
def idea(gallery: GalleryDep, event: EventDep, idea_id: RowId) -> IdeaWithComments:
    """One idea, with what is said about it."""
    with gallery.database.read() as session:
        view = directory.idea_view(session, VISITOR, event, idea_id)
    return IdeaWithComments.of(view, gallery.settings.base_url)


@router.delete("/{idea_id}", status_code=204)
def take_idea_back(
    gallery: GalleryDep, event: EventDep, caller: CallerDep, now: NowDep, idea_id: RowId
) -> Response:
    """With a token that its author made, while no team works on it; who asked to join is told."""
    with gallery.database.write() as session:
        use_cases.take_back(Act(session, caller, now, event), idea_id=idea_id)
    return Response(status_code=204)
