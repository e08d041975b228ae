"""Reminders: every team hears that the deadline is near, once two days and once three hours before.

Whoever's demo is not handed in hears that first.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Account, Membership, Submission, Team
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.event.zones import in_words
from gallery.gallery import Gallery
from gallery.names import isolated
from gallery.people import notifications
from gallery.people.notifications import Kind

LEADS = (timedelta(hours=48), timedelta(hours=3))
"""How long before the deadline, the longest first."""
WORDS = {LEADS[0]: "two days", LEADS[1]: "three hours"}


def remind(gallery: Gallery) -> None:
    """Tells those who were not told yet. Doing it again does nothing."""
    now = gallery.clock()
    for event in gallery.events.values():
        lead = due(event, now)
        if lead is None:
            continue
        key = f"near:{event.slug}:{event.deadline.isoformat()}:{WORDS[lead]}"
        with gallery.database.read() as session:
            teams = _untold(session, event, key)
        for team_id in teams:
            with gallery.database.write() as session:
                _tell(session, now, event, team_id, lead, key)


def due(event: Event, now: datetime) -> timedelta | None:
    """The reminder that it is time for: the last one, if several are."""
    if not event.is_open(PhaseKey.SUBMISSION, now):
        return None
    left = event.deadline - now
    return next((lead for lead in reversed(LEADS) if left <= lead), None)


def _untold(session: Session, event: Event, key: str) -> list[int]:
    """Teams with a member who was not told."""
    told = notifications.told_under(key)
    return list(
        session.scalars(
            select(Membership.team_id)
            .join(Team, Team.id == Membership.team_id)
            .join(Account, Account.id == Membership.account_id)
            .where(
                Team.event == event.slug,
                Team.dissolved_at.is_(None),
                Account.disabled_at.is_(None),
                Membership.account_id.not_in(told),
            )
            .distinct()
            .order_by(Membership.team_id)
        )
    )


def _tell(
    session: Session, now: datetime, event: Event, team_id: int, lead: timedelta, key: str
) -> None:
    demos = session.scalars(
        select(Submission).where(Submission.team_id == team_id, Submission.state != "withdrawn")
    ).all()
    handed_in = [one.title for one in demos if one.state == "submitted"]
    drafts = [one.title for one in demos if one.state == "draft"]
    said = []
    if drafts:
        said.append(f"Not handed in yet: {_named(drafts)}. Nobody else sees a draft.")
    elif not handed_in:
        said.append("Your team has handed nothing in yet.")
    if handed_in:
        said.append(f"Handed in: {_named(handed_in)}. You can change it until then.")
    said.append(f"Handing in closes {in_words(event.deadline, event.zone)}.")
    missing = bool(drafts) or not handed_in
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.DEADLINE_NEAR,
        to=notifications.members(session, team_id),
        about=("event", event.slug),
        title=(
            f"Less than {WORDS[lead]} left, and your demo is not handed in"
            if missing
            else f"Less than {WORDS[lead]} left to change your demo"
        ),
        text="\n\n".join(said),
        path="/event#deadline",
        key=key,
        until=event.deadline,
    )


def _named(titles: list[str]) -> str:
    return ", ".join(f"“{isolated(title)}”" for title in titles)
