"""Signing in without a password: whoever types a name on the small Hub is that account."""

from gallery.practice.small_hub.accounts import NAME, Account
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.hub import SmallHub


def enter(hub: SmallHub, name: str) -> Account:
    """The account of that name, made now if it is new. Raises Refused with a sentence."""
    if not NAME.fullmatch(name):
        raise Refused(
            "a name here is letters, digits, '-', '_' and '.', such as ada-l; choose another",
            status=422,
        )
    account = hub.accounts.named(name)
    if account is not None and not account.is_open:
        raise Refused(f"{account.name} is a program's account; choose another name", status=422)
    if account is None:
        account = hub.add_account(name)
        if hub.on_new_account is not None:
            hub.on_new_account(account)
    return account
