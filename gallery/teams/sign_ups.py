"""Sign-ups for an event: who takes part, or wishes to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, SignUp
from gallery.errors import Closed, Invalid, NotAllowed, NotFound
from gallery.event.event import Event, PhaseKey
from gallery.names import isolated
from gallery.people import accounts, letters, texts
from gallery.teams import memberships

ABOUT_MOST = 2000
STANDING = ("waiting", "accepted")
"""Teams form while the organisers still decide, so both may take part in that."""


def of(session: Session, account_id: int | None, event: Event) -> SignUp | None:
    """Somebody's sign-up for an event, if there is one."""
    if account_id is None:
        return None
    return session.scalar(
        select(SignUp).where(SignUp.account_id == account_id, SignUp.event == event.slug)
    )


def sign_up(session: Session, actor: Actor, now: datetime, *, event: Event, about: str) -> SignUp:
    """A wish to take part; changed by signing up again while it waits.

    A practice event accepts everybody at once, so that one person alone can try everything.
    """
    account = accounts.locked(session, actor.require_person("sign up"))
    event.require_open(PhaseKey.SIGN_UP, now, "signing up")
    found = of(session, account.id, event)
    if found is not None and found.state in ("accepted", "declined"):
        raise Invalid(
            f"your sign-up is {found.state} already; there is nothing to change", field="about"
        )
    text = texts.paragraphs(about, field="about", what="what you write", most=ABOUT_MOST)
    if found is None:
        found = SignUp(event=event.slug, account_id=account.id, created_at=now)
        session.add(found)
    found.about, found.state = text, "waiting"
    session.flush()
    _record(session, actor, now, event, found, "sign_up.made")
    if event.is_practice:
        practice = letters.PRACTICE
        decide(session, actor, now, event=event, found=found, state="accepted", message=practice)
    return found


def withdraw(session: Session, actor: Actor, now: datetime, *, event: Event) -> None:
    """Taking no part after all; who is in a team leaves it first."""
    account = accounts.locked(session, actor.require_person("change your sign-up"))
    found = of(session, account.id, event)
    if found is None or found.state not in STANDING:
        raise NotFound("you are not signed up for this event; there is nothing to take back")
    if memberships.of(session, account.id, event) is not None:
        raise Invalid("you are in a team; leave it before you take your sign-up back", field="team")
    found.state = "withdrawn"
    _record(session, actor, now, event, found, "sign_up.withdrawn")


def require_participant(
    session: Session, actor: Actor, now: datetime, *, event: Event, doing: str
) -> Account:
    """The actor's locked account, which is signed up and not declined.

    In a practice event, whoever does something there is signed up by it.
    """
    account = accounts.locked(session, actor.require_person(doing))
    require_standing(session, actor, now, event=event, account=account)
    return account


def require_standing(
    session: Session, actor: Actor, now: datetime, *, event: Event, account: Account
) -> None:
    """Raises `NotAllowed` unless a locked account takes part (or waits to)."""
    found = of(session, account.id, event)
    if found is not None and found.state in STANDING:
        return
    own, who = account.id == actor.account_id, isolated(account.display_name)
    if found is not None and found.state == "declined":
        if own:
            raise NotAllowed("your sign-up was declined, so this is not open; ask the organisers")
        raise NotAllowed(f"the sign-up of {who} was declined; {_way_in(actor, event)}")
    if event.is_practice and own:
        sign_up(session, actor, now, event=event, about=found.about if found else "")
        return
    if not own:
        way = _way_in(actor, event)
        if event.is_open(PhaseKey.SIGN_UP, now):
            way = f"ask them to, or {way}" if actor.organises(event.slug) else "ask them to"
        raise NotAllowed(f"this is for who signed up for {event.name}, and {who} has not; {way}")
    if not event.is_open(PhaseKey.SIGN_UP, now):
        raise Closed(
            f"this is for who signed up for {event.name}, and signing up is not open; "
            "ask the organisers to let you in"
        )
    raise NotAllowed(f"this is for who takes part in {event.name}; sign up first")


def _way_in(actor: Actor, event: Event) -> str:
    """For somebody who acts on a person that takes no part."""
    if actor.organises(event.slug):
        return "let them in first, under Sign-ups, “Let somebody in”"
    return "ask the organisers to let them in"


def decide(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    event: Event,
    found: SignUp,
    state: str,
    message: str,
) -> None:
    """Notes a decision; what follows from it is the caller's."""
    found.state, found.decision = state, message or None
    found.decided_at, found.decided_by = now, actor.account_id
    _record(session, actor, now, event, found, f"sign_up.{state}")


def _record(
    session: Session, actor: Actor, now: datetime, event: Event, found: SignUp, action: str
) -> None:
    record(
        session,
        actor,
        now,
        action,
        subject=("sign_up", found.id),
        event=event.slug,
        details={"account": found.account_id},
    )
