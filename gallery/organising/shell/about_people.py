"""People: who takes part, who has which role, closing accounts, the log."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import SignUp
from gallery.errors import Invalid
from gallery.organising import decisions, log_lines
from gallery.organising import tables as board_tables
from gallery.organising.shell.desk import Answer, Desk, table_answer
from gallery.people import accounts, role_list, roles
from gallery.submissions import withholding


def list_sign_ups(desk: Desk) -> Answer:
    return table_answer(
        board_tables.sign_ups(desk.act.session, desk.act.actor, event=desk.act.event)
    )


def accept(desk: Desk) -> Answer:
    return _decide(desk, decisions.accept, "accepted")


def decline(desk: Desk) -> Answer:
    """Says what becomes of what they handed in; `--yes` confirms it."""

    def declined(act: Act, *, sign_up_ids: list[int], **options: Any) -> None:
        becomes = decisions.fates(
            desk.act.session, desk.act.actor, event=desk.act.event, sign_up_ids=sign_up_ids
        )
        confirmed = withholding.digest(becomes) if desk.options.yes else ""
        try:
            decisions.decline(act, sign_up_ids=sign_up_ids, confirmed=confirmed, **options)
        except Invalid as error:
            if error.field != "confirmed":
                raise
            raise Invalid(f"{error}; with --yes it is done", field="yes") from None

    return _decide(desk, declined, "declined")


def _decide(desk: Desk, use_case: Callable[..., None], done: str) -> Answer:
    """By handle, whatever state each sign-up is in, as long as it is the same for all."""
    names: list[str] = desk.options.names
    found = [_sign_up(desk, name) for name in names]
    for state in {one.state for one in found}:
        ids = [one.id for one in found if one.state == state]
        message = desk.options.message
        use_case(desk.act, sign_up_ids=ids, seen=state, message=message)
    return Answer(sentence=f"{', '.join(names)}: {done}")


def _sign_up(desk: Desk, name: str) -> SignUp:
    account = accounts.named(desk.act.session, name)
    found = desk.act.session.scalar(
        select(SignUp).where(SignUp.account_id == account.id, SignUp.event == desk.act.event.slug)
    )
    if found is None:
        raise Invalid(
            f"{name} has not signed up for {desk.act.event.name}; let them in with: admit {name}",
            field="name",
        )
    return found


def admit(desk: Desk) -> Answer:
    name = desk.options.name
    decisions.admit(desk.act, name=name)
    return Answer(sentence=f"{name} takes part")


def list_roles(desk: Desk) -> Answer:
    rows = role_list.role_rows(desk.act.session, desk.act.actor, event=desk.act.event)
    shown = [(one.role, one.name, "event file" if one.in_file else one.given_at) for one in rows]
    return Answer(("role", "name", "since"), shown)


def give(desk: Desk) -> Answer:
    name, role = desk.options.name, desk.options.role
    roles.give(desk.act, name=name, role=role)
    return Answer(sentence=f"{name} is {role} of {desk.act.event.name}")


def take(desk: Desk) -> Answer:
    name, role = desk.options.name, desk.options.role
    roles.take(desk.act, name=name, role=role)
    return Answer(sentence=f"{name} is not {role} of {desk.act.event.name} any more")


def invite(desk: Desk) -> Answer:
    token = roles.invite(desk.act, role=desk.options.role, note=desk.options.note)
    return Answer(sentence=f"{desk.gallery.settings.base_url}/account/invitation/{token}")


def close(desk: Desk) -> Answer:
    name, reason = desk.options.name, desk.options.reason
    accounts.close(desk.act.session, desk.act.actor, desk.act.now, name=name, reason=reason)
    return Answer(sentence=f"the account {name} is closed")


def reopen(desk: Desk) -> Answer:
    name = desk.options.name
    accounts.reopen(desk.act.session, desk.act.actor, desk.act.now, name=name)
    return Answer(sentence=f"the account {name} is open again")


def list_log(desk: Desk) -> Answer:
    who, what = desk.options.who, desk.options.what
    rows = log_lines.log(desk.act.session, desk.act.actor, event=desk.act.event, who=who, what=what)
    shown = [(one.at, one.who, one.action, one.subject, one.details) for one in rows]
    return Answer(("at", "who", "did", "with", "details"), shown)
