"""Who has an account on the small Hub, and whom a token speaks for."""

import hashlib
import re
import secrets

from pydantic import BaseModel, Field

from gallery.practice.small_hub.store import Store

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}")


class Account(BaseModel):
    """A person or a program. Anyone may sign in to an `is_open` one: this Hub has no passwords."""

    name: str
    fullname: str = ""
    email: str | None = None
    organisations: tuple[str, ...] = ()
    is_open: bool = True
    is_paid: bool = False
    token_digests: set[str] = Field(default_factory=set)

    @property
    def subject(self) -> str:
        """24 hex digits, as the Hub's own ids are."""
        return digest(self.name.casefold())[:24]

    @property
    def shown(self) -> str:
        return self.fullname or self.name

    def may_write(self, owner: str) -> bool:
        names = {name.casefold() for name in (self.name, *self.organisations)}
        return owner.casefold() in names


class Accounts:
    """All accounts, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        documents = store.load("accounts/*")
        found = [Account.model_validate(document) for document in documents]
        self._by_name = {account.name.casefold(): account for account in found}
        self._by_token = {token: account for account in found for token in account.token_digests}

    def add(self, account: Account) -> Account:
        """Makes it, or replaces the one of that name. Raises ValueError for an impossible name."""
        if not NAME.fullmatch(account.name):
            raise ValueError(
                "an account name is up to 96 letters, digits, '-', '_' and '.', and begins with a "
                f"letter or digit; got {account.name!r}"
            )
        self._by_name[account.name.casefold()] = account
        self._by_token.update(dict.fromkeys(account.token_digests, account))
        self._store.save(f"accounts/{account.name.casefold()}", account.model_dump_json())
        return account

    def named(self, name: str) -> Account | None:
        return self._by_name.get(name.casefold())

    def of_token(self, token: str) -> Account | None:
        return self._by_token.get(digest(token))

    def new_token(self, account: Account) -> str:
        """Another token of that account."""
        token = f"hf_{secrets.token_urlsafe(24)}"
        account.token_digests.add(digest(token))
        self.add(account)
        return token

    def clear(self) -> None:
        for name in self._by_name:
            self._store.delete(f"accounts/{name}")
        self._by_name.clear()
        self._by_token.clear()


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
