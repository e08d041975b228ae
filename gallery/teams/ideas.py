"""Ideas: proposed and edited by their authors, talked about by everybody who takes part."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Idea, IdeaComment, JoinRequest, Team
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, Stale, TooMany
from gallery.event.event import Event, PhaseKey
from gallery.event.phase import told
from gallery.people import letters, texts
from gallery.teams import sign_ups

TITLE_MOST = 100
TEXT_MOST = 5000
COMMENT_MOST = 2000
IDEAS_MOST = 10
"""Of one person in one event."""
TAKEN_BACK = "taken back by its author"
"""Why it is hidden then, for the organisers' board."""
COMMENTS_MOST = 30
"""Of one person in an hour."""


def propose(
    session: Session, actor: Actor, now: datetime, *, event: Event, title: str, text: str
) -> Idea:
    """While people sign up or form teams."""
    require_proposing(event, now)
    account = sign_ups.require_participant(
        session, actor, now, event=event, doing="propose an idea"
    )
    made = session.scalar(
        select(func.count()).where(
            Idea.author_id == account.id,
            Idea.event == event.slug,
            Idea.hidden_reason.is_distinct_from(TAKEN_BACK),
        )
    )
    if made is not None and made >= IDEAS_MOST:
        raise Invalid(
            f"one person may propose {IDEAS_MOST} ideas; edit one of yours instead", field="title"
        )
    idea = Idea(event=event.slug, author_id=account.id, created_at=now, **_checked(title, text))
    session.add(idea)
    session.flush()
    record(session, actor, now, "idea.proposed", subject=("idea", idea.id), event=event.slug)
    return idea


def edit(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    event: Event,
    idea_id: int,
    title: str,
    text: str,
    number: int,
) -> Idea:
    """By its author; `number` is the idea's when the change was begun."""
    account_id = actor.require_person("edit an idea")
    idea = session.get(Idea, idea_id, with_for_update=True, populate_existing=True)
    if idea is None or idea.event != event.slug or idea.hidden_at is not None:
        raise _no_idea()
    if idea.author_id != account_id:
        raise NotAllowed("an idea is edited by its author; comment on it instead")
    require_before_deadline(event, now)
    if idea.number != number:
        raise Stale("the idea was changed in between; look at it and make your change again")
    checked = _checked(title, text)
    idea.title, idea.text = checked["title"], checked["text"]
    idea.number += 1
    idea.edited_at = now
    record(session, actor, now, "idea.edited", subject=("idea", idea.id), event=event.slug)
    return idea


def take_back(session: Session, actor: Actor, now: datetime, *, event: Event, idea_id: int) -> None:
    """By its author, also through a token of theirs, while no team works on it.

    Who waits to join it is told. Organisers still see it, and what was said about it.
    """
    account_id = actor.require_account("take an idea back")
    idea = session.get(Idea, idea_id, with_for_update=True, populate_existing=True)
    if idea is None or idea.event != event.slug or idea.hidden_at is not None:
        raise _no_idea()
    if idea.author_id != account_id or not _speaks_here(session, actor, event):
        raise NotAllowed("an idea is taken back by its author; tell the organisers what is wrong")
    require_before_deadline(event, now)
    team = session.scalar(
        select(Team.name).where(Team.idea_id == idea.id, Team.dissolved_at.is_(None))
    )
    if team is not None:
        raise Invalid(
            f"an idea stays while a team works on it, and “{team}” does; it can go when that ends",
            field="idea",
        )
    idea.hidden_at, idea.hidden_reason = now, TAKEN_BACK
    waiting = session.scalars(
        select(JoinRequest)
        .where(JoinRequest.idea_id == idea.id, JoinRequest.state == "waiting")
        .order_by(JoinRequest.id)
    ).all()
    for asked in waiting:
        asked.state, asked.decided_at = "declined", now
        letters.idea_taken_back(session, now, event, idea, asked)
    record(
        session,
        actor,
        now,
        "idea.taken_back",
        subject=("idea", idea.id),
        event=event.slug,
        details={"waiting": len(waiting)},
    )


def _speaks_here(session: Session, actor: Actor, event: Event) -> bool:
    """A team's token speaks in its team's event alone."""
    if actor.token_team_id is None:
        return True
    return session.get_one(Team, actor.token_team_id).event == event.slug


def comment(
    session: Session, actor: Actor, now: datetime, *, event: Event, idea_id: int, text: str
) -> IdeaComment:
    """By everybody who takes part, and the organisers."""
    if actor.organises(event.slug):
        account_id = actor.require_person("comment")
    else:
        account_id = sign_ups.require_participant(
            session, actor, now, event=event, doing="comment"
        ).id
    require_before_deadline(event, now)
    idea = shown(session, event, idea_id)
    said = texts.paragraphs(text, field="text", what="the comment", most=COMMENT_MOST, least=1)
    lately = session.scalar(
        select(func.count()).where(
            IdeaComment.author_id == account_id,
            IdeaComment.created_at > now - timedelta(hours=1),
        )
    )
    if lately is not None and lately >= COMMENTS_MOST:
        raise TooMany(
            f"one person may write {COMMENTS_MOST} comments in an hour; wait a little",
            retry_after=3600,
        )
    made = IdeaComment(idea_id=idea.id, author_id=account_id, text=said, created_at=now)
    session.add(made)
    session.flush()
    record(
        session,
        actor,
        now,
        "idea.commented",
        subject=("comment", made.id),
        event=event.slug,
        details={"idea": idea.id},
    )
    letters.comment(session, actor, now, event, idea, made)
    return made


def remove_comment(
    session: Session, actor: Actor, now: datetime, *, event: Event, comment_id: int
) -> None:
    """By its author: its words go, its row stays for reports about it."""
    account_id = actor.require_person("remove a comment")
    found = session.get(IdeaComment, comment_id)
    if found is None or found.author_id != account_id or found.hidden_at is not None:
        raise NotFound("there is no such comment of yours; open the idea again")
    idea = session.get_one(Idea, found.idea_id)
    if idea.event != event.slug:
        raise NotFound("there is no such comment of yours; open the idea again")
    found.text, found.hidden_at, found.hidden_reason = "", now, "removed by its author"
    record(
        session,
        actor,
        now,
        "idea.comment_removed",
        subject=("comment", comment_id),
        event=event.slug,
        details={"idea": idea.id},
    )


def shown(session: Session, event: Event, idea_id: int) -> Idea:
    """An idea that everybody may see, with its author. Raises `NotFound`."""
    if not 0 < idea_id <= texts.ROW_MAX:
        raise _no_idea()
    idea = session.get(Idea, idea_id, options=[joinedload(Idea.author)])
    if idea is None or idea.event != event.slug or idea.hidden_at is not None:
        raise _no_idea()
    return idea


def _checked(title: str, text: str) -> dict[str, str]:
    return {
        "title": texts.line(title, field="title", what="the title", most=TITLE_MOST, least=3),
        "text": texts.paragraphs(
            text, field="text", what="the description", most=TEXT_MOST, least=1
        ),
    }


def require_proposing(event: Event, now: datetime) -> None:
    """Raises `Closed`."""
    if not event.is_open(PhaseKey.SIGN_UP, now):
        event.require_open(PhaseKey.TEAM_FORMING, now, "proposing ideas")


def require_before_deadline(event: Event, now: datetime) -> None:
    """Raises `Closed`."""
    if now >= event.deadline:
        raise Closed(f"ideas stay as they are after the deadline, {told(event.deadline)}")


def _no_idea() -> NotFound:
    return NotFound("there is no such idea in this event; look at the list of ideas")
