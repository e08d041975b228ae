"""All repositories of a small Hub: making, changing, copying and deleting them."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import yaml

from gallery.practice.small_hub import describe
from gallery.practice.small_hub.repository import (
    MAIN,
    Blob,
    Commit,
    Repository,
    RepoType,
    read_front_matter,
    write_readme,
)
from gallery.practice.small_hub.store import Store

README = "README.md"
GIT_ATTRIBUTES = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


class Shelf:
    """Repositories by type and id, ids in any case. Callers hold the Hub's lock while changing."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        announce: Callable[[Repository, str, str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._announce = announce
        """Told of every change: the repository, the action, and what of it was changed."""
        self._found: dict[tuple[RepoType, str], Repository] = {}
        self._former: dict[tuple[RepoType, str], Repository] = {}
        for document in store.load("repositories/*/*/*"):
            repository = Repository.model_validate(document)
            self._read_card(repository)
            self._found[_key(repository.repo_type, repository.repo_id)] = repository
            for former in repository.former_ids:
                self._former[_key(repository.repo_type, former)] = repository

    def get(self, repo_type: RepoType, repo_id: str) -> Repository | None:
        return self._found.get(_key(repo_type, repo_id))

    def renamed(self, repo_type: RepoType, repo_id: str) -> Repository | None:
        """What was called so once, as long as nothing else is."""
        key = _key(repo_type, repo_id)
        return None if key in self._found else self._former.get(key)

    def all(self, repo_type: RepoType) -> list[Repository]:
        return [found for (kind, _), found in self._found.items() if kind == repo_type]

    def create(self, repo_type: RepoType, repo_id: str, *, author: str) -> Repository:
        """A repository with a first commit in it. It must not be there yet."""
        now = self._clock()
        repository = Repository(repo_type=repo_type, repo_id=repo_id, created_at=now)
        blob = self.blob(GIT_ATTRIBUTES)
        first = Commit.of(
            {".gitattributes": blob}, parent=None, title="initial commit", author=author, date=now
        )
        repository.commits[first.id] = first
        repository.branches[MAIN] = first.id
        self._found[_key(repo_type, repo_id)] = repository
        self.save(repository)
        self._announce(repository, "create", "repo")
        return repository

    def commit(
        self,
        repository: Repository,
        *,
        add: Mapping[str, Blob],
        delete: Collection[str] = (),
        branch: str = MAIN,
        title: str,
        message: str = "",
        author: str,
    ) -> Commit:
        """Adds and deletes files on a branch; `delete` names files, or folders with a slash."""
        parent = repository.commits[repository.branches[branch]]
        kept = {
            path: blob
            for path, blob in parent.files.items()
            if not any(
                path == gone or (gone[-1:] == "/" and path.startswith(gone)) for gone in delete
            )
        }
        commit = Commit.of(
            {**kept, **add},
            parent=parent.id,
            title=title,
            message=message,
            author=author,
            date=self._clock(),
        )
        repository.commits[commit.id] = commit
        repository.branches[branch] = commit.id
        if branch == MAIN:
            self._read_card(repository)
        self.save(repository)
        self._announce(repository, "update", "repo.content")
        return commit

    def duplicate(self, source: Repository, repo_id: str) -> Repository:
        """A copy of the newest files; the card of a Space says whose copy it is, as on the Hub."""
        copy = self.create(source.repo_type, repo_id, author=repo_id.split("/")[0])
        files = dict(source.head.files)
        if source.repo_type == "space":
            text = self.readme(source) or ""
            card = {**source.front_matter, "duplicated_from": source.repo_id}
            body = text.split("---", 2)[2].lstrip() if source.front_matter else text
            files[README] = self.blob(write_readme(card, body).encode())
            copy.runtime = source.runtime
        self.commit(copy, add=files, title=f"Duplicate from {source.repo_id}", author=copy.owner)
        return copy

    def rename(self, repository: Repository, repo_id: str) -> None:
        """Gives it another name, perhaps another owner; nothing must be called so yet."""
        repository.hub_id = repository.hub_id or describe.identity(repository)
        former = repository.repo_id
        self._store.delete(_document(repository))
        del self._found[_key(repository.repo_type, former)]
        repository.former_ids.append(former)
        repository.repo_id = repo_id
        self._former[_key(repository.repo_type, former)] = repository
        self._found[_key(repository.repo_type, repo_id)] = repository
        self.save(repository)
        self._announce(repository, "move", "repo")

    def delete(self, repository: Repository) -> None:
        del self._found[_key(repository.repo_type, repository.repo_id)]
        for former in repository.former_ids:
            self._former.pop(_key(repository.repo_type, former), None)
        self._store.delete(_document(repository))
        self._announce(repository, "delete", "repo")

    def save(self, repository: Repository) -> None:
        """Keeps what was changed on it."""
        self._store.save(_document(repository), repository.model_dump_json())

    def blob(self, content: bytes, *, is_lfs: bool = False) -> Blob:
        """Keeps a content; a repository has it once a commit names it."""
        self._store.put(content)
        return Blob.of(content, is_lfs=is_lfs)

    def readme(self, repository: Repository) -> str | None:
        blob = repository.head.files.get(README)
        return None if blob is None else self._store.read(blob.digest).decode("utf-8", "replace")

    def _read_card(self, repository: Repository) -> None:
        try:
            repository.front_matter = read_front_matter(self.readme(repository) or "")
        except yaml.YAMLError:
            repository.front_matter = {}


def _key(repo_type: RepoType, repo_id: str) -> tuple[RepoType, str]:
    return repo_type, repo_id.casefold()


def _document(repository: Repository) -> str:
    return f"repositories/{repository.repo_type}/{repository.repo_id.casefold()}"
