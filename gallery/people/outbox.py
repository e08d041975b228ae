"""The outbox: letters that wait in the database are sent, each once, however often one dies.

A letter is claimed in a transaction, sent outside of it, and marked in another. Who dies in between
leaves a claim that runs out; the letter is then sent again under the same Message-ID, by which mail
programs know the second for the first.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gallery.database.connection import Database
from gallery.database.tables import Account, Letter, Notification
from gallery.errors import Unavailable
from gallery.names import isolated
from gallery.people import mail, preferences
from gallery.people.mail import Mail, Undeliverable
from gallery.people.notifications import WORDS, Channel, Kind
from gallery.settings import Settings

log = logging.getLogger(__name__)

BATCH = 10
CLAIM = timedelta(minutes=10)
"""Longer than the mail server can make us wait for a batch."""
TRIES = 14
"""Over about a day."""
PAUSE_MOST = timedelta(hours=3)
STALE = timedelta(days=3)
"""A letter that could not be sent for so long would only puzzle."""


@dataclass(frozen=True)
class _Claimed:
    notification_id: int
    mail: Mail


def deliver(
    database: Database,
    settings: Settings,
    *,
    key: bytes,
    clock: Callable[[], datetime],
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Sends what is due; gives how many were sent. A mail server that is away ends the round.

    Where letters reach nobody they wait.
    """
    sent = 0
    if not settings.mail_arrives:
        return sent
    while not stopped():
        with database.read() as session:
            is_due = session.scalar(_due(clock()).limit(1)) is not None
        if not is_due:
            return sent
        with database.write() as session:
            claimed = _claim(session, settings, clock(), key=key)
        for position, one in enumerate(claimed):
            state = "waiting" if stopped() else _send(settings, one)
            with database.write() as session:
                _mark(session, clock(), one.notification_id, state)
                if state == "waiting":
                    for other in claimed[position + 1 :]:
                        _mark(session, clock(), other.notification_id, state)
            if state == "waiting":
                return sent
            sent += state in ("sent", "logged")
    return sent


def pause(tries: int) -> timedelta:
    """Before the next try, after so many that failed."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), PAUSE_MOST)


def _due(now: datetime):
    return (
        select(Letter)
        .where(Letter.state == "waiting", Letter.next_try_at <= now)
        .order_by(Letter.next_try_at, Letter.notification_id)
    )


def _claim(session: Session, settings: Settings, now: datetime, *, key: bytes) -> list[_Claimed]:
    """Nobody else sends these for a while. What is no news any more or switched off is dropped."""
    wanted = (
        _due(now)
        .options(joinedload(Letter.notification).joinedload(Notification.account))
        .limit(BATCH)
    )
    claimed = []
    for letter in session.scalars(wanted).all():
        told = letter.notification
        kind = Kind(told.kind)
        off = preferences.switched_off(session, told.account_id)
        account = told.account
        is_over = letter.until is not None and now >= letter.until
        is_over = is_over or now - told.at >= STALE
        has_left = account.disabled_at is not None or account.email is None
        if is_over or has_left or (kind, Channel.LETTER) in off:
            letter.state = "dropped"
        else:
            letter.tries += 1
            letter.next_try_at = now + CLAIM
            claimed.append(_Claimed(told.id, _written(settings, told, account, kind, key=key)))
    return claimed


def _send(settings: Settings, one: _Claimed) -> str:
    """The state that the letter is in now."""
    try:
        mail.send(settings, one.mail)
    except Undeliverable:
        return "failed"
    except Unavailable:
        return "waiting"
    except Exception:  # one letter that cannot be written must not keep the others
        log.exception("letter %d cannot be sent", one.notification_id)
        return "failed"
    return "sent" if settings.smtp_url is not None else "logged"


def _mark(session: Session, now: datetime, notification_id: int, state: str) -> None:
    letter = session.get(Letter, notification_id)
    if letter is None or letter.state != "waiting":
        return  # its reader left, or it is news no more
    if state == "waiting":
        letter.next_try_at = now + pause(letter.tries)
        state = "failed" if letter.tries >= TRIES else state
    letter.state = state
    if state in ("sent", "logged"):
        letter.sent_at = now


def _written(
    settings: Settings, told: Notification, account: Account, kind: Kind, *, key: bytes
) -> Mail:
    assert account.email is not None, "letters go to addresses"
    off = preferences.link(settings.base_url, account.id, kind, key=key)
    parts = [
        f"Hello {isolated(account.display_name)},",
        f"{told.title}.",
        told.text,
        f"{settings.base_url}{told.path}",
        f"-- \nLetters like this one (“{WORDS[kind]}”) can be switched off:\n{off}",
    ]
    domain = settings.mail_from.rpartition("@")[2] or urlsplit(settings.base_url).hostname
    which = hmac.new(key, f"letter:{told.id}:{told.at.isoformat()}".encode(), hashlib.sha256)
    return Mail(
        account.email,
        told.title,
        "\n\n".join(part for part in parts if part) + "\n",
        headers={
            "Message-ID": f"<{which.hexdigest()[:32]}@{domain}>",
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
