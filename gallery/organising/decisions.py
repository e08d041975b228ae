"""Decisions about sign-ups: organisers let people in, or decline them, and what follows from it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Account, SignUp, Submission
from gallery.errors import Invalid, NotFound, Stale
from gallery.event.event import Event
from gallery.names import isolated
from gallery.people import accounts, letters, texts
from gallery.submissions import withholding
from gallery.teams import sign_ups

MESSAGE_MOST = 2000


def accept(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    event: Event,
    sign_up_ids: Sequence[int],
    seen: str = "waiting",
    message: str = "",
) -> None:
    """Lets people in, all or none, and tells them.

    `seen` is the state that the organiser saw; raises `Stale` when it is another one by now.
    """
    _decide_all(session, actor, now, event, sign_up_ids, seen, state="accepted", message=message)


def decline(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    event: Event,
    sign_up_ids: Sequence[int],
    seen: str = "waiting",
    message: str = "",
    confirmed: str = "",
) -> None:
    """As `accept`, with a no; who is in a team leaves it, and demos of theirs alone are withheld.

    Where something was handed in, `confirmed` must be the digest of `withholding.fates`, which the
    organiser has seen. Raises `Invalid` when it is not, telling what becomes of it.
    """
    becomes = fates(session, actor, event=event, sign_up_ids=sign_up_ids)
    if confirmed != withholding.digest(becomes):
        said = "; ".join(one.told for one in becomes) or "nothing of theirs is handed in any more"
        raise Invalid(f"look at what becomes of it, and confirm: {said}", field="confirmed")
    _decide_all(session, actor, now, event, sign_up_ids, seen, state="declined", message=message)


def fates(
    session: Session, actor: Actor, *, event: Event, sign_up_ids: Iterable[int]
) -> tuple[withholding.Fate, ...]:
    """What becomes of what these people have handed in, if they are declined."""
    ids = select(SignUp.account_id).where(
        SignUp.id.in_(set(sign_up_ids)), SignUp.event == event.slug
    )
    account_ids = session.scalars(ids).all()
    return withholding.fates(session, actor, event=event, account_ids=account_ids)


def admit(session: Session, actor: Actor, now: datetime, *, event: Event, name: str) -> None:
    """Lets somebody in whatever the phase, who has not signed up or was declined."""
    actor.require_organiser(event.slug)
    account = accounts.locked(session, accounts.named(session, name).id)
    found = sign_ups.of(session, account.id, event)
    if found is None:
        found = SignUp(event=event.slug, account_id=account.id, about="", created_at=now)
        session.add(found)
    elif found.state == "accepted":
        raise Invalid(
            f"nobody has to let {isolated(account.display_name)} in, who takes part already",
            field="name",
        )
    found.state = "waiting"
    session.flush()
    _decide(session, actor, now, event, found, "accepted", "")
    letters.decision(session, now, event, found)


def _decide_all(
    session: Session,
    actor: Actor,
    now: datetime,
    event: Event,
    sign_up_ids: Sequence[int],
    seen: str,
    *,
    state: str,
    message: str,
) -> None:
    actor.require_organiser(event.slug)
    text = texts.paragraphs(message, field="message", what="the message", most=MESSAGE_MOST)
    if not sign_up_ids:
        raise Invalid("choose at least one sign-up", field="sign_up")
    people = session.execute(
        select(SignUp.id, SignUp.account_id)
        .where(SignUp.id.in_(set(sign_up_ids)), SignUp.event == event.slug)
        .order_by(SignUp.account_id)
    ).all()
    if len(people) != len(set(sign_up_ids)):
        raise NotFound("one of these sign-ups is not in this event; open the board again")
    decided = []
    for sign_up_id, account_id in people:
        account = session.get_one(
            Account, account_id, with_for_update={"key_share": True}, populate_existing=True
        )
        found = session.get_one(SignUp, sign_up_id, populate_existing=True)
        if found.state != seen:
            raise Stale(
                f"the sign-up of {isolated(account.display_name)} is {found.state} by now; "
                "nothing was changed, "
                "open the board again"
            )
        decided.append((found, _decide(session, actor, now, event, found, state, text)))
    for found, demos in decided:  # by now it is certain which of a team's are withheld
        letters.decision(session, now, event, found, demos)


def _decide(
    session: Session,
    actor: Actor,
    now: datetime,
    event: Event,
    found: SignUp,
    state: str,
    message: str,
) -> list[Submission]:
    """Gives what somebody who is declined had handed in."""
    sign_ups.decide(session, actor, now, event=event, found=found, state=state, message=message)
    if state == "declined":
        return withholding.take_out(session, actor, now, event=event, found=found)
    withholding.bring_back(session, actor, now, event=event, found=found)
    return []
