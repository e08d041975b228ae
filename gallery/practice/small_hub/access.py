"""Who asks, and for which repository: what every route begins with."""

from enum import StrEnum
from typing import Annotated, cast

from fastapi import Depends, Request

from gallery.practice.small_hub.accounts import Account
from gallery.practice.small_hub.errors import (
    EntryNotFound,
    GatedRepo,
    Refused,
    Renamed,
    RepoNotFound,
    RevisionNotFound,
)
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.repository import MAIN, Commit, Repository, RepoType


class Kind(StrEnum):
    """The types of repositories as they stand in addresses."""

    MODELS = "models"
    DATASETS = "datasets"
    SPACES = "spaces"

    @property
    def repo_type(self) -> RepoType:
        return cast(RepoType, self.value[:-1])


def _hub(request: Request) -> SmallHub:
    return request.app.state.hub


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _account(request: Request, hub: "HubDep") -> Account | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    account = hub.accounts.of_token(token)
    if account is None:
        raise Refused("Invalid credentials in Authorization header", status=401)
    return account


HubDep = Annotated[SmallHub, Depends(_hub)]
BaseUrl = Annotated[str, Depends(_base_url)]
AccountDep = Annotated[Account | None, Depends(_account)]


def find(hub: SmallHub, account: Account | None, repo_type: RepoType, repo_id: str) -> Repository:
    """A repository that this account may see; private and missing ones are told alike.

    Raises `Renamed` for one that was called so once.
    """
    former = hub.shelf.renamed(repo_type, repo_id)
    repository = former or hub.shelf.get(repo_type, repo_id)
    hidden = (
        repository is not None
        and repository.private
        and not (account and account.may_write(repository.owner))
    )
    if repository is None or hidden:
        if account is None:
            raise RepoNotFound("Invalid username or password.", status=401)
        raise RepoNotFound("Repository not found")
    if former is not None:
        raise Renamed(repo_id, former.repo_id)
    return repository


def _found(request: Request, hub: HubDep, account: AccountDep, owner: str, name: str) -> Repository:
    kind = request.path_params.get("kind", Kind.MODELS)
    if kind not in set(Kind):
        raise EntryNotFound(f"there are no {kind} here; there are models, datasets and spaces")
    return find(hub, account, Kind(kind).repo_type, f"{owner}/{name}")


RepoDep = Annotated[Repository, Depends(_found)]


def _writable(repository: RepoDep, account: AccountDep) -> Repository:
    require_writer(account, repository.owner)
    return repository


WritableDep = Annotated[Repository, Depends(_writable)]


def require_account(account: Account | None) -> Account:
    if account is None:
        raise Refused("Invalid username or password.", status=401)
    return account


def require_writer(account: Account | None, owner: str) -> Account:
    """Whoever may write to this owner's repositories."""
    account = require_account(account)
    if not account.may_write(owner):
        raise Refused(f"You don't have the rights to write under {owner!r}", status=403)
    return account


def require_files(repository: Repository, account: Account | None) -> None:
    """Everybody sees a gated repository; its files are for those who were let in."""
    if repository.gated and not (account and account.may_write(repository.owner)):
        raise GatedRepo(
            f"Access to {repository.repo_type} {repository.repo_id} is restricted.",
            status=401 if account is None else 403,
        )


def commit_at(repository: Repository, revision: str = MAIN) -> Commit:
    commit = repository.commit_at(revision)
    if commit is None:
        raise RevisionNotFound(f"Invalid rev id: {revision}")
    return commit
