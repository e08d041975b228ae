"""Accounts: found or made at sign-in, linked to a second way of signing in, named, closed."""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.log import record
from gallery.database.tables import Account
from gallery.errors import Invalid, NotAllowed, NotFound, Stale
from gallery.names import name_key
from gallery.people import sessions, texts
from gallery.people.openid import HubPerson
from spaces.hub.addresses import repo_key

NAME_MOST = 40
DISPLAY_NAME_MOST = 60


def locked(session: Session, account_id: int) -> Account:
    """The account, which nobody else changes until this transaction ends.

    Whoever changes what somebody takes part in takes this lock first, so that two changes to one
    person follow each other.
    """
    found = session.get(
        Account, account_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None or found.disabled_at is not None:
        raise NotFound("there is no such account; sign in again")
    return found


def named(session: Session, name: str, *, field: str = "name") -> Account:
    """The open account of a handle as people type it. Raises `Invalid`."""
    handle = texts.line(name, field=field, what="the name", most=100).removeprefix("@")
    found = session.scalar(
        select(Account)
        .where(func.lower(Account.name) == name_key(handle), Account.disabled_at.is_(None))
        .limit(1)
    )
    if found is None:
        raise Invalid(
            f"nobody here is called “{handle}”; they must have signed in once, "
            "and their account page shows their name",
            field=field,
        )
    return found


def of_email(session: Session, email: str, now: datetime, *, display_name: str) -> Account:
    """Who signs in by this address, which they have just shown to be theirs; made if new."""
    found = session.scalar(select(Account).where(Account.email == email))
    if found is not None:
        return _open(found)
    shown = texts.line(display_name, field="display_name", what="your name", most=DISPLAY_NAME_MOST)
    return _make(session, now, name=shown, display_name=shown, email=email)


def of_hub(session: Session, person: HubPerson, now: datetime) -> Account:
    """Who signs in by this Hub account; made if new, and called there as here from now on."""
    found = session.scalar(select(Account).where(Account.hub_subject == person.subject))
    if found is None:
        _free_hub_name(session, person)
        account = _make(session, now, name=person.name, display_name=person.display_name)
        account.hub_subject, account.hub_name = person.subject, person.name
        _keep_organisations(account, person)
        session.flush()
        return account
    _keep_organisations(found, person)
    if found.hub_name != person.name:
        _free_hub_name(session, person)
        found.hub_name = person.name
    return _open(found)


def link_email(session: Session, account_id: int, email: str, now: datetime) -> Account:
    """From now on this address signs in to the account, too."""
    account = locked(session, account_id)
    owner = session.scalar(select(Account).where(Account.email == email))
    if owner is not None and owner.id != account.id:
        raise NotAllowed(
            "this address signs in to another account already; sign in by it and delete that "
            "account first, or use another address"
        )
    account.email = email
    record(
        session, _self(account), now, "account.email_linked", subject=_subject(account), event=None
    )
    return account


def link_hub(session: Session, account_id: int, person: HubPerson, now: datetime) -> Account:
    """From now on this Hub account signs in to the account, too."""
    account = locked(session, account_id)
    owner = session.scalar(select(Account).where(Account.hub_subject == person.subject))
    if owner is not None and owner.id != account.id:
        raise NotAllowed(
            f"the Hub account {person.name} signs in to another account already; sign in with "
            "it and delete that account first"
        )
    _free_hub_name(session, person)
    account.hub_subject, account.hub_name = person.subject, person.name
    _keep_organisations(account, person)
    record(
        session, _self(account), now, "account.hub_linked", subject=_subject(account), event=None
    )
    return account


def unlink_email(session: Session, actor: Actor, now: datetime) -> None:
    """The address signs in no more, and is forgotten."""
    account = locked(session, actor.require_person("change how you sign in"))
    if account.hub_subject is None:
        raise Invalid(
            "this is your only way to sign in; link the Hub before you remove it", field="email"
        )
    account.email = None
    record(session, actor, now, "account.email_unlinked", subject=_subject(account), event=None)


def unlink_hub(session: Session, actor: Actor, now: datetime) -> None:
    """The Hub account signs in no more, and is forgotten."""
    account = locked(session, actor.require_person("change how you sign in"))
    if account.email is None:
        raise Invalid(
            "this is your only way to sign in; link an e-mail address before you remove it",
            field="hub",
        )
    account.hub_subject = account.hub_name = None
    account.hub_organisations = []
    record(session, actor, now, "account.hub_unlinked", subject=_subject(account), event=None)


def rename(session: Session, actor: Actor, now: datetime, *, display_name: str) -> None:
    """The name that others read; the handle in addresses stays."""
    account = locked(session, actor.require_person("change your name"))
    account.display_name = texts.line(
        display_name, field="display_name", what="your name", most=DISPLAY_NAME_MOST
    )
    record(session, actor, now, "account.renamed", subject=_subject(account), event=None)


def sign_out_everywhere(session: Session, actor: Actor, now: datetime) -> None:
    """Ends every session of the account, this one included."""
    account_id = actor.require_person("sign out")
    sessions.end_all(session, account_id, now)
    record(
        session,
        actor,
        now,
        "account.signed_out_everywhere",
        subject=("account", account_id),
        event=None,
    )


def close(session: Session, actor: Actor, now: datetime, *, name: str, reason: str) -> None:
    """Nobody signs in to it any more; what it made stays. For the command line alone."""
    _require_program(actor)
    account = named(session, name)
    account.disabled_at = now
    account.disabled_reason = texts.line(reason, field="reason", what="the reason", most=500)
    sessions.end_all(session, account.id, now)
    record(
        session,
        actor,
        now,
        "account.closed",
        subject=_subject(account),
        event=None,
        details={"account": account.id, "reason": account.disabled_reason},
    )


def reopen(session: Session, actor: Actor, now: datetime, *, name: str) -> None:
    """Takes `close` back; a deleted account stays deleted."""
    _require_program(actor)
    account = session.scalar(
        select(Account).where(Account.name == name, Account.disabled_at.is_not(None))
    )
    if account is None or (account.email is None and account.hub_subject is None):
        raise Invalid(f"no closed account is called “{name}”; check the name", field="name")
    account.disabled_at = account.disabled_reason = None
    record(
        session,
        actor,
        now,
        "account.reopened",
        subject=_subject(account),
        event=None,
        details={"account": account.id},
    )


def _require_program(actor: Actor) -> None:
    if not actor.is_program:
        raise NotAllowed("accounts are closed from the command line; ask who runs the gallery")


def _open(account: Account) -> Account:
    if account.disabled_at is not None:
        raise NotAllowed("this account was closed; write to the organisers if that is a mistake")
    return account


def _make(
    session: Session,
    now: datetime,
    *,
    name: str,
    display_name: str,
    email: str | None = None,
) -> Account:
    account = Account(
        name=_free_name(session, name), display_name=display_name, email=email, created_at=now
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError:
        raise Stale("somebody signed in at the same moment; try once more") from None
    record(session, _self(account), now, "account.created", subject=_subject(account), event=None)
    return account


def _free_name(session: Session, wanted: str) -> str:
    """A handle in small letters like `wanted`, with a number behind it if somebody has it."""
    decomposed = unicodedata.normalize("NFKD", wanted.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    handle = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:NAME_MOST].rstrip("-") or "person"
    taken = set(
        session.scalars(
            select(func.lower(Account.name)).where(
                (func.lower(Account.name) == handle)
                | func.lower(Account.name).startswith(f"{handle}-", autoescape=True)
            )
        )
    )
    if handle not in taken:
        return handle
    return next(
        f"{handle}-{number}"
        for number in range(2, len(taken) + 3)
        if f"{handle}-{number}" not in taken
    )


def _free_hub_name(session: Session, person: HubPerson) -> None:
    """The Hub gave the name to somebody else since: roles by Hub name must not stay behind."""
    session.flush()
    for account in session.scalars(
        select(Account).where(
            func.lower(Account.hub_name) == person.name.lower(),
            Account.hub_subject.is_distinct_from(person.subject),
        )
    ):
        account.hub_name = None
    session.flush()


def _keep_organisations(account: Account, person: HubPerson) -> None:
    """What the Hub did not say leaves what it said before."""
    if person.organisations is not None:
        account.hub_organisations = [*person.organisations]


def _self(account: Account) -> Actor:
    return Actor(account.id, account.name, account.display_name)


def _subject(account: Account) -> tuple[str, object]:
    return ("account", account.id)


def is_on_hub(account: Account, name: str) -> bool:
    """Whether somebody signs in as this Hub account, or is in this organisation."""
    names = (account.hub_name or "", *account.hub_organisations)
    return bool(name) and repo_key(name) in {repo_key(each) for each in names}
