"""What stands on a certificate: only what everybody may see, and only after publication."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Account, Membership
from gallery.errors import NotFound
from gallery.judging import results
from gallery.submissions.access import seen

PLACES = ("First place", "Second place", "Third place")


@dataclass(frozen=True)
class Certificate:
    """Of one demo. Names are of any script, and nobody's choice but their owners'."""

    event: str
    headline: str
    """`First place`, or that the team took part."""
    prize: str
    title: str
    team: str
    members: tuple[str, ...]
    at: datetime
    """When the result was published, in the event's zone."""
    has_won: bool

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.event, self.prize, self.title, self.team, *self.members)


def certificate(act: Act, *, submission_id: int) -> Certificate:
    """Raises `NotFound` before publication, and for what the jury did not judge or nobody sees."""
    submission = seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    result = results.published(act.session, act.event)
    judged = {row.demo for row in result.rows} if result is not None else set()
    if result is None or submission.id not in judged or not results.is_shown(submission):
        raise NotFound(
            "there is no certificate at this address; each demo that the jury judged gets one when "
            "the result is published"
        )
    place = results.places(act.session, act.event.slug).get(submission.id)
    prize = results.prize(act.event, place) if place else None
    members = act.session.scalars(
        select(Account.display_name)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.team_id == submission.team_id)
        .order_by(Membership.joined_at, Membership.account_id)
    )
    return Certificate(
        event=act.event.name,
        headline=PLACES[place - 1] if place else "Took part",
        prize=prize.title if prize is not None else "",
        title=submission.title,
        team=submission.team.name,
        members=tuple(members),
        at=result.at.astimezone(act.event.zone),
        has_won=place is not None,
    )
