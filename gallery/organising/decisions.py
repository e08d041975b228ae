"""Decisions about sign-ups: organisers let people in, or decline them, and what follows from it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
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
    act: Act, *, sign_up_ids: Sequence[int], seen: str = "waiting", message: str = ""
) -> None:
    """Lets people in, all or none, and tells them.

    `seen` is the state that the organiser saw; raises `Stale` when it is another one by now.
    """
    _decide_all(act, sign_up_ids, seen, state="accepted", message=message)


def decline(
    act: Act,
    *,
    sign_up_ids: Sequence[int],
    seen: str = "waiting",
    message: str = "",
    confirmed: str = "",
) -> None:
    """As `accept`, with a no; who is in a team leaves it, and demos of theirs alone are withheld.

    Where something was handed in, `confirmed` must be the digest of `withholding.fates`, which the
    organiser has seen. Raises `Invalid` when it is not, telling what becomes of it.
    """
    becomes = fates(act.session, act.actor, event=act.event, sign_up_ids=sign_up_ids)
    if confirmed != withholding.digest(becomes):
        said = "; ".join(one.told for one in becomes) or "nothing of theirs is handed in any more"
        raise Invalid(f"look at what becomes of it, and confirm: {said}", field="confirmed")
    _decide_all(act, sign_up_ids, seen, state="declined", message=message)


def fates(
    session: Session, actor: Actor, *, event: Event, sign_up_ids: Iterable[int]
) -> tuple[withholding.Fate, ...]:
    """What becomes of what these people have handed in, if they are declined."""
    ids = select(SignUp.account_id).where(
        SignUp.id.in_(set(sign_up_ids)), SignUp.event == event.slug
    )
    account_ids = session.scalars(ids).all()
    return withholding.fates(session, actor, event=event, account_ids=account_ids)


def admit(act: Act, *, name: str) -> None:
    """Lets somebody in whatever the phase, who has not signed up or was declined."""
    act.actor.require_organiser(act.event.slug)
    account = accounts.locked(act.session, accounts.named(act.session, name).id)
    found = sign_ups.of(act.session, account.id, act.event)
    if found is None:
        found = SignUp(event=act.event.slug, account_id=account.id, about="", created_at=act.now)
        act.session.add(found)
    elif found.state == "accepted":
        raise Invalid(
            f"nobody has to let {isolated(account.display_name)} in, who takes part already",
            field="name",
        )
    found.state = "waiting"
    act.session.flush()
    _decide(act, found, "accepted", "")
    letters.decision(act.session, act.now, act.event, found)


def _decide_all(
    act: Act, sign_up_ids: Sequence[int], seen: str, *, state: str, message: str
) -> None:
    act.actor.require_organiser(act.event.slug)
    text = texts.paragraphs(message, field="message", what="the message", most=MESSAGE_MOST)
    if not sign_up_ids:
        raise Invalid("choose at least one sign-up", field="sign_up")
    people = act.session.execute(
        select(SignUp.id, SignUp.account_id)
        .where(SignUp.id.in_(set(sign_up_ids)), SignUp.event == act.event.slug)
        .order_by(SignUp.account_id)
    ).all()
    if len(people) != len(set(sign_up_ids)):
        raise NotFound("one of these sign-ups is not in this event; open the board again")
    decided = []
    for sign_up_id, account_id in people:
        account = act.session.get_one(
            Account, account_id, with_for_update={"key_share": True}, populate_existing=True
        )
        found = act.session.get_one(SignUp, sign_up_id, populate_existing=True)
        if found.state != seen:
            raise Stale(
                f"the sign-up of {isolated(account.display_name)} is {found.state} by now; "
                "nothing was changed, "
                "open the board again"
            )
        decided.append((found, _decide(act, found, state, text)))
    for found, demos in decided:  # by now it is certain which of a team's are withheld
        letters.decision(act.session, act.now, act.event, found, demos)


def _decide(act: Act, found: SignUp, state: str, message: str) -> list[Submission]:
    """Gives what somebody who is declined had handed in."""
    sign_ups.decide(act, found=found, state=state, message=message)
    if state == "declined":
        return withholding.take_out(act, found=found)
    withholding.bring_back(act, found=found)
    return []
