"""Outages: a team hears that its demo is down or gone, once it was so at two looks in a row."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Health, Submission
from gallery.gallery import Gallery
from gallery.sources.health import BROKEN, State
from gallery.submissions import letters
from spaces.hub.addresses import repo_key

IN_A_ROW = 2
"""A restart is no outage."""
LOOKED_BACK = 50


def tell(session: Session, gallery: Gallery, space_ids: Sequence[str]) -> None:
    """Of these Spaces, which were just looked at. An outage is told once, however long it lasts."""
    now = gallery.clock()
    down = session.scalars(
        select(Submission).where(
            Submission.space_key.in_([repo_key(one) for one in space_ids]),
            Submission.state == "submitted",
            Submission.hidden_at.is_(None),
            Submission.health.in_(BROKEN),
        )
    ).all()
    for submission in down:
        event = gallery.events.get(submission.event)
        looks = session.execute(
            select(Health.state, Health.at)
            .where(Health.space_id == submission.space_key)
            .order_by(Health.at.desc(), Health.id.desc())
            .limit(LOOKED_BACK)
        ).all()
        outage = []
        for look in looks:
            if look.state not in BROKEN:
                break
            outage.append(look.at)
        if event is None or len(outage) != IN_A_ROW:
            continue
        is_gone = submission.health == State.GONE
        tell_team = letters.gone if is_gone else letters.down
        tell_team(session, now, event, submission, since=outage[-1])
