"""Sign-ups for an event: who takes part, or wishes to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
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


def sign_up(act: Act, *, about: str) -> SignUp:
    """A wish to take part; changed by signing up again while it waits.

    A practice event accepts everybody at once, so that one person alone can try everything.
    """
    account = accounts.locked(act.session, act.actor.require_person("sign up"))
    act.event.require_open(PhaseKey.SIGN_UP, act.now, "signing up")
    found = of(act.session, account.id, act.event)
    if found is not None and found.state in ("accepted", "declined"):
        raise Invalid(
            f"your sign-up is {found.state} already; there is nothing to change", field="about"
        )
    text = texts.paragraphs(about, field="about", what="what you write", most=ABOUT_MOST)
    if found is None:
        found = SignUp(event=act.event.slug, account_id=account.id, created_at=act.now)
        act.session.add(found)
    found.about, found.state = text, "waiting"
    act.session.flush()
    _record(act, found, "sign_up.made")
    if act.event.is_practice:
        practice = letters.PRACTICE
        decide(act, found=found, state="accepted", message=practice)
    return found


def withdraw(act: Act) -> None:
    """Taking no part after all; who is in a team leaves it first."""
    account = accounts.locked(act.session, act.actor.require_person("change your sign-up"))
    found = of(act.session, account.id, act.event)
    if found is None or found.state not in STANDING:
        raise NotFound("you are not signed up for this event; there is nothing to take back")
    if memberships.of(act.session, account.id, act.event) is not None:
        raise Invalid("you are in a team; leave it before you take your sign-up back", field="team")
    found.state = "withdrawn"
    _record(act, found, "sign_up.withdrawn")


def require_participant(act: Act, *, doing: str) -> Account:
    """The actor's locked account, which is signed up and not declined.

    In a practice event, whoever does something there is signed up by it.
    """
    account = accounts.locked(act.session, act.actor.require_person(doing))
    require_standing(act, account=account)
    return account


def require_standing(act: Act, *, account: Account) -> None:
    """Raises `NotAllowed` unless a locked account takes part (or waits to)."""
    found = of(act.session, account.id, act.event)
    if found is not None and found.state in STANDING:
        return
    own, who = account.id == act.actor.account_id, isolated(account.display_name)
    if found is not None and found.state == "declined":
        if own:
            raise NotAllowed("your sign-up was declined, so this is not open; ask the organisers")
        raise NotAllowed(f"the sign-up of {who} was declined; {_way_in(act.actor, act.event)}")
    if act.event.is_practice and own:
        sign_up(act, about=found.about if found else "")
        return
    if not own:
        way = _way_in(act.actor, act.event)
        if act.event.is_open(PhaseKey.SIGN_UP, act.now):
            way = f"ask them to, or {way}" if act.actor.organises(act.event.slug) else "ask them to"
        raise NotAllowed(
            f"this is for who signed up for {act.event.name}, and {who} has not; {way}"
        )
    if not act.event.is_open(PhaseKey.SIGN_UP, act.now):
        raise Closed(
            f"this is for who signed up for {act.event.name}, and signing up is not open; "
            "ask the organisers to let you in"
        )
    raise NotAllowed(f"this is for who takes part in {act.event.name}; sign up first")


def _way_in(actor: Actor, event: Event) -> str:
    """For somebody who acts on a person that takes no part."""
    if actor.organises(event.slug):
        return "let them in first, under Sign-ups, “Let somebody in”"
    return "ask the organisers to let them in"


def decide(act: Act, *, found: SignUp, state: str, message: str) -> None:
    """Notes a decision; what follows from it is the caller's."""
    found.state, found.decision = state, message or None
    found.decided_at, found.decided_by = act.now, act.actor.account_id
    _record(act, found, f"sign_up.{state}")


def _record(act: Act, found: SignUp, action: str) -> None:
    act.record(action, subject=("sign_up", found.id), details={"account": found.account_id})
