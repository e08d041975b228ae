"""The small Hub itself, as tests and the practice event hold it."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack

from fastapi import FastAPI

from gallery.practice.small_hub.accounts import Account, Accounts, digest
from gallery.practice.small_hub.repository import (
    Commit,
    Repository,
    RepoType,
    Runtime,
    write_readme,
)
from gallery.practice.small_hub.shelf import README, Shelf
from gallery.practice.small_hub.store import Store
from gallery.practice.small_hub.trouble import Trouble
from gallery.practice.small_hub.webhooks import Postman


@dataclass(frozen=True)
class Client:
    """An application that may ask people to sign in; without a `secret` it is a public one."""

    client_id: str
    secret: str | None
    redirect_uris: tuple[str, ...]


class Given(TypedDict, total=False):
    """What a model or dataset is made of: `readme` is the whole file, `card` front matter alone."""

    readme: str
    card: Mapping[str, Any]
    files: Mapping[str, bytes]
    likes: int
    private: bool
    gated: bool


class SmallHub:
    """A Hub on this machine. `folder` keeps it over restarts; without one it lives in memory.

    `page_size` bounds every list's pages. Files are taken whole in a commit, however large they
    are, unless `lfs_from` names a size in bytes: from there on the LFS protocol is asked for, which
    real clients speak only without `hf_xet` or with HF_HUB_DISABLE_XET.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        page_size: int = 1000,
        lfs_from: int | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.page_size = self._usual_page_size = page_size
        self.lfs_from = self._usual_lfs_from = lfs_from
        self.clock = self._usual_clock = clock
        self.lock = threading.RLock()
        self.store = Store(folder)
        self.accounts = Accounts(self.store)
        self.postman = Postman()
        self.shelf = Shelf(self.store, lambda: self.clock(), self.postman.announce)
        self.clients: dict[str, Client] = {}
        self.free_sdks: frozenset[str] | None = None
        """What accounts without a paid plan may make Spaces of; None for everything."""
        self.after_push = "RUNNING"
        """The stage that a Space has once its app file was pushed."""
        self.on_new_account: Callable[[Account], None] | None = None
        """Called with each account that somebody makes by signing in for the first time."""
        self.requests: deque[tuple[str, str]] = deque(maxlen=10_000)
        """Method and path of what was asked, newest last."""
        self._trouble: Trouble | None = None
        self._met = 0
        self._app: FastAPI | None = None

    @property
    def app(self) -> FastAPI:
        """The application; `gallery.practice.small_hub.serving.serve` serves it."""
        if self._app is None:
            from gallery.practice.small_hub.app import build_app  # which needs this class

            self._app = build_app(self)
        return self._app

    @property
    def trouble(self) -> Trouble | None:
        """What goes wrong from now on; None when all is well."""
        return self._trouble

    @trouble.setter
    def trouble(self, trouble: Trouble | None) -> None:
        with self.lock:
            self._trouble, self._met = trouble, 0

    def meet(self, method: str, path: str) -> Trouble | None:
        """Writes a request down; gives what it meets on its way."""
        with self.lock:
            self.requests.append((method, path))
            if self._trouble is None or self._trouble.path not in path:
                return None
            self._met += 1
            return self._trouble if self._trouble.meets(self._met) else None

    def clear(self) -> None:
        """As it was made: forgets everything but the contents of files."""
        with self.lock:
            for repo_type in ("model", "dataset", "space"):
                for repository in self.shelf.all(repo_type):
                    self.shelf.delete(repository)
            self.accounts.clear()
            self.clients.clear()
            self.postman.webhooks.clear()
            self.requests.clear()
            self.on_new_account = None
            self.trouble = None
            self.free_sdks, self.after_push = None, "RUNNING"
            self.page_size, self.lfs_from = self._usual_page_size, self._usual_lfs_from
            self.clock = self._usual_clock

    def add_account(
        self,
        name: str,
        *,
        token: str | None = None,
        fullname: str = "",
        email: str | None = None,
        organisations: tuple[str, ...] = (),
        is_open: bool = True,
        is_paid: bool = False,
    ) -> Account:
        """Makes or replaces an account, for which `token` then speaks.

        One that is not `is_open` cannot be signed in to on the page.
        """
        account = Account(
            name=name,
            fullname=fullname,
            email=email,
            organisations=organisations,
            is_open=is_open,
            is_paid=is_paid,
            token_digests={digest(token)} if token else set(),
        )
        with self.lock:
            return self.accounts.add(account)

    def add_client(self, client_id: str, secret: str | None, *redirect_uris: str) -> Client:
        """Registers an application, which may then ask people to sign in."""
        client = Client(client_id, secret, redirect_uris)
        self.clients[client_id] = client
        return client

    def add_space(
        self,
        repo_id: str,
        *,
        readme: str | None = None,
        card: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
        runtime: str = "RUNNING",
        hardware: str | None = "cpu-basic",
        host: str | None = None,
        likes: int = 0,
        private: bool = False,
    ) -> Repository:
        """Makes a Space, or brings one up to date.

        `readme` is the whole file; without it there is a usual one, whose front matter `card` adds
        to. `runtime` is the stage. `host` is where its demo runs; None means a page of this Hub.
        """
        title = repo_id.split("/")[-1].replace("-", " ").capitalize()
        usual = {"title": title, "emoji": "🎨", "sdk": "gradio", "app_file": "app.py"}
        text = readme or write_readme({**usual, **(card or {})}, f"# {title}\n")
        files = {"app.py": f"# The demo of {repo_id}\n".encode(), **(files or {})}
        with self.lock:
            repository = self._bring_up_to_date("space", repo_id, {README: text.encode(), **files})
            repository.host = host
            repository.runtime = Runtime(stage=runtime, hardware=hardware)
            repository.likes, repository.private = likes, private
            self.shelf.save(repository)
        return repository

    def add_model(self, repo_id: str, **given: Unpack[Given]) -> Repository:
        """Makes a model repository, or brings one up to date."""
        return self._add("model", repo_id, **given)

    def add_dataset(self, repo_id: str, **given: Unpack[Given]) -> Repository:
        """Makes a dataset repository, or brings one up to date."""
        return self._add("dataset", repo_id, **given)

    def change(
        self,
        repo_type: RepoType,
        repo_id: str,
        files: Mapping[str, bytes],
        *,
        author: str | None = None,
    ) -> Commit:
        """A commit with these files, as if its owner, or `author`, had pushed it."""
        with self.lock:
            repository = self._known(repo_type, repo_id)
            return self.shelf.commit(
                repository,
                add={path: self.shelf.blob(content) for path, content in files.items()},
                title="Update files",
                author=author or repository.owner,
            )

    def set_stage(self, repo_id: str, stage: str) -> None:
        """What the Hub says of a Space from now on: RUNNING, SLEEPING, BUILD_ERROR, …"""
        with self.lock:
            repository = self._known("space", repo_id)
            repository.runtime = Runtime(stage=stage)
            self.shelf.save(repository)
            self.postman.announce(repository, "update", "repo.config")

    def rename(self, repo_type: RepoType, repo_id: str, to: str) -> None:
        """As its owner does in its settings; the former name leads to it."""
        with self.lock:
            self.shelf.rename(self._known(repo_type, repo_id), to)

    def delete(self, repo_type: RepoType, repo_id: str) -> None:
        with self.lock:
            self.shelf.delete(self._known(repo_type, repo_id))

    def _add(self, repo_type: RepoType, repo_id: str, **given: Unpack[Given]) -> Repository:
        contents = dict(given.get("files", {}))
        if "readme" in given or "card" in given:
            readme = given.get("readme") or write_readme(dict(given.get("card", {})), "")
            contents[README] = readme.encode()
        with self.lock:
            repository = self._bring_up_to_date(repo_type, repo_id, contents)
            repository.likes = given.get("likes", 0)
            repository.private = given.get("private", False)
            repository.gated = "auto" if given.get("gated", False) else False
            self.shelf.save(repository)
        return repository

    def _bring_up_to_date(
        self, repo_type: RepoType, repo_id: str, files: Mapping[str, bytes]
    ) -> Repository:
        repository = self.shelf.get(repo_type, repo_id)
        if repository is None:
            owner = repo_id.split("/")[0]
            repository = self.shelf.create(repo_type, repo_id, author=owner)
        blobs = {path: self.shelf.blob(content) for path, content in files.items()}
        if not blobs.items() <= repository.head.files.items():
            author = repository.owner
            self.shelf.commit(repository, add=blobs, title="Upload files", author=author)
        return repository

    def _known(self, repo_type: RepoType, repo_id: str) -> Repository:
        repository = self.shelf.get(repo_type, repo_id)
        if repository is None:
            raise KeyError(f"there is no {repo_type} {repo_id!r} on this Hub; add it first")
        return repository
