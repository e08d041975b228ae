"""Notification preferences: which kinds of news somebody switched off, and the link that does so.

Every letter carries such a link (RFC 8058): it works without signing in, for one kind of letters.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account, NotificationSwitch
from gallery.errors import NotFound
from gallery.people import accounts
from gallery.people.notifications import Channel, Kind
from gallery.secret import sign, signed_value

PURPOSE = "switch news off"
Switch = tuple[Kind, Channel]


def switched_off(session: Session, account_id: int) -> frozenset[Switch]:
    """What somebody wants to hear nothing of."""
    rows = session.execute(
        select(NotificationSwitch.kind, NotificationSwitch.channel).where(
            NotificationSwitch.account_id == account_id
        )
    )
    known = {kind.value for kind in Kind}
    return frozenset((Kind(kind), Channel(channel)) for kind, channel in rows if kind in known)


def choose(session: Session, actor: Actor, now: datetime, *, wanted: Collection[Switch]) -> None:
    """What somebody wants to hear of, and how; all else is switched off."""
    account = accounts.locked(session, actor.require_person("choose your news"))
    before = switched_off(session, account.id)
    off = {(kind, channel) for kind in Kind for channel in Channel} - set(wanted)
    session.execute(delete(NotificationSwitch).where(NotificationSwitch.account_id == account.id))
    for kind, channel in sorted(off):
        _switch_off(session, now, account.id, kind, channel)
    if off != before:
        _record(session, actor, now, account.id, off)


def link(base_url: str, account_id: int, kind: Kind, *, key: bytes) -> str:
    """Switches the letters of one kind off, for one account."""
    return f"{base_url}/news/off/{sign(key, PURPOSE, f'{account_id}.{kind.value}')}"


def behind(session: Session, token: str, *, key: bytes) -> tuple[Account, Kind]:
    """Whose letters, of which kind, a link switches off. Raises `NotFound`."""
    value = signed_value(key, PURPOSE, token)
    account_id, _, kind = (value or "").partition(".")
    if value is not None and kind in {one.value for one in Kind}:
        account = session.get(Account, int(account_id))
        if account is not None and account.disabled_at is None:
            return account, Kind(kind)
    raise NotFound("this link switches nothing off (any more); your account page does")


def follow(session: Session, now: datetime, token: str, *, key: bytes) -> Kind:
    """Switches off what the link is for; twice is once. Raises `NotFound`."""
    account, kind = behind(session, token, key=key)
    if (kind, Channel.LETTER) not in switched_off(session, account.id):
        _switch_off(session, now, account.id, kind, Channel.LETTER)
        who = Actor(account.id, account.name, account.display_name)
        _record(session, who, now, account.id, {(kind, Channel.LETTER)})
    return kind


def _switch_off(
    session: Session, now: datetime, account_id: int, kind: Kind, channel: Channel
) -> None:
    session.add(
        NotificationSwitch(account_id=account_id, kind=kind.value, channel=channel.value, at=now)
    )


def _record(
    session: Session, actor: Actor, now: datetime, account_id: int, off: Collection[Switch]
) -> None:
    named = ", ".join(sorted(f"{kind.value} by {channel.value}" for kind, channel in off))
    record(
        session,
        actor,
        now,
        "account.news_chosen",
        subject=("account", account_id),
        event=None,
        details={"off": named},
    )
