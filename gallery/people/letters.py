"""What news says that people make for each other: decisions, invitations, requests, comments."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import (
    Idea,
    IdeaComment,
    JoinRequest,
    SignUp,
    Submission,
    Team,
    TeamInvitation,
)
from gallery.event.event import Event
from gallery.names import isolated
from gallery.people import notifications
from gallery.people.notifications import Kind

PRACTICE = "This is a practice event: everybody is accepted at once."


def decision(
    session: Session,
    now: datetime,
    event: Event,
    sign_up: SignUp,
    demos: Sequence[Submission] = (),
) -> None:
    """The organisers' yes or no, with their message, and what became of demos after a no."""
    said = (
        f"You take part in {event.name}"
        if sign_up.state == "accepted"
        else f"You cannot take part in {event.name} this time"
    )
    told = [f"The organisers write:\n\n{sign_up.decision}"] if sign_up.decision else []
    told += [_became(one) for one in demos]
    if any(one.state == "withheld" for one in demos):
        told.append("Should the organisers decide otherwise, what is withheld comes back as it is.")
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.DECISION,
        to=[sign_up.account_id],
        about=("sign_up", sign_up.id),
        title=said,
        text="\n\n".join(told),
        path="/sign-up",
    )


def _became(demo: Submission) -> str:
    """Of what somebody who was declined had handed in."""
    if demo.state == "withheld":
        return f"“{isolated(demo.title)}” is withheld: nobody but the organisers sees it."
    return f"“{isolated(demo.title)}” stays with the team “{isolated(demo.team.name)}”."


def invitation(act: Act, team: Team, made: TeamInvitation) -> None:
    """A team asks somebody to join."""
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.INVITATION,
        to=[made.account_id],
        about=("team_invitation", made.id),
        title=f"{isolated(act.actor.called)} invites you to the team “{isolated(team.name)}”",
        text=f"It takes part in {act.event.name}. Say yes or no on its page.",
        path=f"/teams/{team.id}",
    )


def join_request(act: Act, idea: Idea, asked: JoinRequest, *, decider_id: int | None) -> None:
    """Somebody would like to work on an idea."""
    message = f"They write:\n\n{asked.message}\n\n" if asked.message else ""
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.JOIN_REQUEST,
        to=[decider_id],
        about=("join_request", asked.id),
        title=f"{isolated(act.actor.called)} would like to work on “{isolated(idea.title)}” "
        "with you",
        text=f"{message}Say yes or no on the idea's page.",
        path=f"/ideas/{idea.id}",
    )


def join_answer(
    session: Session,
    now: datetime,
    event: Event,
    idea: Idea,
    asked: JoinRequest,
    *,
    team: Team | None,
) -> None:
    """Yes, with the team; or no."""
    if team is None:
        title = f"The answer is no this time: “{isolated(idea.title)}”"
        text = "You may ask once more, or look for another idea."
        _answer(session, now, event, asked, title, text, path=f"/ideas/{idea.id}")
        return
    title = f"You are in the team “{isolated(team.name)}” now"
    _answer(session, now, event, asked, title, path=f"/teams/{team.id}")


def comment(act: Act, idea: Idea, made: IdeaComment) -> None:
    """To the idea's author, and to who commented before; not to who wrote this one."""
    before: Iterable[int] = act.session.scalars(
        select(IdeaComment.author_id).where(
            IdeaComment.idea_id == idea.id, IdeaComment.hidden_at.is_(None)
        )
    )
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.COMMENT,
        to={idea.author_id, *before} - {made.author_id},
        about=("comment", made.id),
        title=f"{isolated(act.actor.called)} comments on “{isolated(idea.title)}”",
        text=made.text,
        path=f"/ideas/{idea.id}#comment-{made.id}",
    )


def idea_taken_back(
    session: Session, now: datetime, event: Event, idea: Idea, asked: JoinRequest
) -> None:
    """To who waited to join it."""
    title = f"“{isolated(idea.title)}” was taken back by its author"
    text = "You asked to join it; look for another idea, or propose yours."
    _answer(session, now, event, asked, title, text, path="/ideas")


def _answer(
    session: Session,
    now: datetime,
    event: Event,
    asked: JoinRequest,
    title: str,
    text: str = "",
    *,
    path: str,
) -> None:
    """To who asked to join."""
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.JOIN_ANSWER,
        to=[asked.account_id],
        about=("join_request", asked.id),
        title=title,
        text=text,
        path=path,
    )
