"""Signing up for an event, and the organisers' decisions: who takes part."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, SignUp, Submission
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, Stale
from gallery.event.event import Event, PhaseKey
from gallery.names import isolated
from gallery.people import accounts, letters, texts
from gallery.submissions import withholding
from gallery.teams import memberships

ABOUT_MOST = 2000
MESSAGE_MOST = 2000
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
        _decide(session, actor, now, event, found, "accepted", letters.PRACTICE)
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
    found = of(session, account.id, event)
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
    found.state, found.decision = state, message or None
    found.decided_at, found.decided_by = now, actor.account_id
    _record(session, actor, now, event, found, f"sign_up.{state}")
    if state == "declined":
        return withholding.take_out(session, actor, now, event=event, found=found)
    withholding.bring_back(session, actor, now, event=event, found=found)
    return []


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
