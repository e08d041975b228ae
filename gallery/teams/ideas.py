"""Ideas: proposed and edited by their authors, talked about by everybody who takes part."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from gallery.act import Act
from gallery.actor import Actor
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


def propose(act: Act, *, title: str, text: str) -> Idea:
    """While people sign up or form teams."""
    require_proposing(act.event, act.now)
    account = sign_ups.require_participant(act, doing="propose an idea")
    made = act.session.scalar(
        select(func.count()).where(
            Idea.author_id == account.id,
            Idea.event == act.event.slug,
            Idea.hidden_reason.is_distinct_from(TAKEN_BACK),
        )
    )
    if made is not None and made >= IDEAS_MOST:
        raise Invalid(
            f"one person may propose {IDEAS_MOST} ideas; edit one of yours instead", field="title"
        )
    idea = Idea(
        event=act.event.slug, author_id=account.id, created_at=act.now, **_checked(title, text)
    )
    act.session.add(idea)
    act.session.flush()
    act.record("idea.proposed", subject=("idea", idea.id))
    return idea


def edit(act: Act, *, idea_id: int, title: str, text: str, number: int) -> Idea:
    """By its author; `number` is the idea's when the change was begun."""
    account_id = act.actor.require_person("edit an idea")
    idea = act.session.get(Idea, idea_id, with_for_update=True, populate_existing=True)
    if idea is None or idea.event != act.event.slug or idea.hidden_at is not None:
        raise _no_idea()
    if idea.author_id != account_id:
        raise NotAllowed("an idea is edited by its author; comment on it instead")
    require_before_deadline(act.event, act.now)
    if idea.number != number:
        raise Stale("the idea was changed in between; look at it and make your change again")
    checked = _checked(title, text)
    idea.title, idea.text = checked["title"], checked["text"]
    idea.number += 1
    idea.edited_at = act.now
    act.record("idea.edited", subject=("idea", idea.id))
    return idea


def take_back(act: Act, *, idea_id: int) -> None:
    """By its author, also through a token of theirs, while no team works on it.

    Who waits to join it is told. Organisers still see it, and what was said about it.
    """
    account_id = act.actor.require_account("take an idea back")
    idea = act.session.get(Idea, idea_id, with_for_update=True, populate_existing=True)
    if idea is None or idea.event != act.event.slug or idea.hidden_at is not None:
        raise _no_idea()
    if idea.author_id != account_id or not _speaks_here(act.session, act.actor, act.event):
        raise NotAllowed("an idea is taken back by its author; tell the organisers what is wrong")
    require_before_deadline(act.event, act.now)
    team = act.session.scalar(
        select(Team.name).where(Team.idea_id == idea.id, Team.dissolved_at.is_(None))
    )
    if team is not None:
        raise Invalid(
            f"an idea stays while a team works on it, and “{team}” does; it can go when that ends",
            field="idea",
        )
    idea.hidden_at, idea.hidden_reason = act.now, TAKEN_BACK
    waiting = act.session.scalars(
        select(JoinRequest)
        .where(JoinRequest.idea_id == idea.id, JoinRequest.state == "waiting")
        .order_by(JoinRequest.id)
    ).all()
    for asked in waiting:
        asked.state, asked.decided_at = "declined", act.now
        letters.idea_taken_back(act.session, act.now, act.event, idea, asked)
    act.record("idea.taken_back", subject=("idea", idea.id), details={"waiting": len(waiting)})


def _speaks_here(session: Session, actor: Actor, event: Event) -> bool:
    """A team's token speaks in its team's event alone."""
    if actor.token_team_id is None:
        return True
    return session.get_one(Team, actor.token_team_id).event == event.slug


def comment(act: Act, *, idea_id: int, text: str) -> IdeaComment:
    """By everybody who takes part, and the organisers."""
    if act.actor.organises(act.event.slug):
        account_id = act.actor.require_person("comment")
    else:
        account_id = sign_ups.require_participant(act, doing="comment").id
    require_before_deadline(act.event, act.now)
    idea = shown(act.session, act.event, idea_id)
    said = texts.paragraphs(text, field="text", what="the comment", most=COMMENT_MOST, least=1)
    lately = act.session.scalar(
        select(func.count()).where(
            IdeaComment.author_id == account_id,
            IdeaComment.created_at > act.now - timedelta(hours=1),
        )
    )
    if lately is not None and lately >= COMMENTS_MOST:
        raise TooMany(
            f"one person may write {COMMENTS_MOST} comments in an hour; wait a little",
            retry_after=3600,
        )
    made = IdeaComment(idea_id=idea.id, author_id=account_id, text=said, created_at=act.now)
    act.session.add(made)
    act.session.flush()
    act.record("idea.commented", subject=("comment", made.id), details={"idea": idea.id})
    letters.comment(act, idea, made)
    return made


def remove_comment(act: Act, *, comment_id: int) -> None:
    """By its author: its words go, its row stays for reports about it."""
    account_id = act.actor.require_person("remove a comment")
    found = act.session.get(IdeaComment, comment_id)
    if found is None or found.author_id != account_id or found.hidden_at is not None:
        raise NotFound("there is no such comment of yours; open the idea again")
    idea = act.session.get_one(Idea, found.idea_id)
    if idea.event != act.event.slug:
        raise NotFound("there is no such comment of yours; open the idea again")
    found.text, found.hidden_at, found.hidden_reason = "", act.now, "removed by its author"
    act.record("idea.comment_removed", subject=("comment", comment_id), details={"idea": idea.id})


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
