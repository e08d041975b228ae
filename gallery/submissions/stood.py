"""A submission as it stood at the deadline: what the jury looks at, whatever was changed since.

Text and pictures are the revision's of then, cards and licences those of the pinned commits, checks
the last that ran before. What the demo itself does is of now: there is no other to try.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import CheckRun
from gallery.sources import records
from gallery.sources.records import Known
from gallery.submissions import revisions
from gallery.submissions.access import seen
from gallery.submissions.showing import Linked, Showing, card_of, show


def stood(act: Act, *, submission_id: int) -> Showing:
    """Raises `NotFound` for what is not to be seen."""
    submission = seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    number = revisions.number_at(act.session, submission, act.event.deadline)
    shown = show(act, submission_id=submission_id, number=number)
    return replace(
        shown,
        models=_pinned(shown.models),
        datasets=_pinned(shown.datasets),
        checks=checks_before(act.session, submission.id, act.event.deadline),
    )


def checks_before(session: Session, submission_id: int, deadline: datetime) -> CheckRun | None:
    """What the checks said when they ran last before it; None when they had not."""
    given = {"submission_id": submission_id, "deadline": deadline}
    return session.scalars(_CHECKS, given).first()


_CHECKS = (
    select(CheckRun)
    .where(
        CheckRun.submission_id == bindparam("submission_id"), CheckRun.at < bindparam("deadline")
    )
    .order_by(CheckRun.at.desc(), CheckRun.id.desc())
    .limit(1)
)


def _pinned(every: Sequence[Linked]) -> tuple[Linked, ...]:
    return tuple(map(_as_pinned, every))


def _as_pinned(linked: Linked) -> Linked:
    """With what was kept of the commit; as it is now where nothing was pinned, or kept."""
    pin = linked.pin
    if pin is None:
        return linked
    facts = records.read(pin.repo_type, pin.facts)
    if facts is None and pin.commit is not None:
        return linked
    known = Known(facts, fetched_at=pin.pinned_at, tried_at=pin.pinned_at, problem=None)
    return replace(linked, known=known, card=card_of(facts))
