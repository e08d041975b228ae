"""The jurors of an event: those whom its file names, and those who were given the role."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Account, Role
from gallery.errors import NotAllowed
from gallery.event.event import Event
from gallery.submissions.index import facet_value


def jurors(session: Session, event: Event) -> tuple[Account, ...]:
    """Who has an account here, in the order in which they came."""
    given = set(
        session.scalars(
            select(Role.account_id).where(Role.event == event.slug, Role.role == "juror")
        )
    )
    named = {name.casefold() for name in event.jurors}
    accounts = session.scalars(
        select(Account).where(Account.disabled_at.is_(None)).order_by(Account.id)
    )
    return tuple(one for one in accounts if one.id in given or named & _names(one))


def topics(account: Account, event: Event) -> frozenset[str]:
    """What a juror knows, as facets are kept; empty where the event file does not say it."""
    names = _names(account)
    known = (one.topics for one in event.juror_topics if one.juror.casefold() in names)
    return frozenset(facet_value(topic) for each in known for topic in each)


def require_juror(act: Act) -> int:
    """The account of a juror. Raises `NotSignedIn` or `NotAllowed`."""
    account_id = act.actor.require_person("judge")
    if act.event.slug not in act.actor.juror_of:
        raise NotAllowed("judging is for the event's jurors; ask an organiser for a link")
    return account_id


def _names(account: Account) -> set[str]:
    return {name.casefold() for name in (account.hub_name, account.email) if name}
