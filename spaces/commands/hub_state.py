"""Repository plans: what is on the Hub, what is here, and the one commit that makes them alike.

Each published repository carries a list of what was put there (`LIST`). By it a file that somebody
else changed on the Hub is known from one that we put there, and so is never overwritten unasked;
and only what we put there is ever deleted.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    hf_hub_url,
)
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import get_session, hf_raise_for_status

from spaces.checks.wording import listed
from spaces.commands.hub_words import patiently
from spaces.errors import CannotDo

LIST = ".sprint.json"
INITIAL = frozenset({".gitattributes", "README.md", "index.html", "style.css"})
"""What the Hub itself puts into a new repository."""
CHUNK = 1_048_576
SHOWN = 3
RepoType = Literal["model", "dataset", "space"]
T = TypeVar("T")


@dataclass(frozen=True)
class Repository:
    """One on the Hub, and the files here that are to be in it."""

    repo_type: RepoType
    repo_id: str
    files: Mapping[str, Path]

    @property
    def words(self) -> str:
        return f"{self.repo_type} {self.repo_id}"


@dataclass(frozen=True)
class Plan:
    """What is to be done to one repository. `ids` are those of all its files after it."""

    repository: Repository
    creates: bool
    parent: str | None
    add: dict[str, Path] = field(default_factory=dict)
    delete: tuple[str, ...] = ()
    unchanged: int = 0
    ids: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_changes(self) -> bool:
        return self.creates or bool(self.add or self.delete)

    @property
    def size(self) -> int:
        """Bytes to upload."""
        return sum(path.stat().st_size for path in self.add.values())


@dataclass(frozen=True)
class _There:
    """What is in a repository: each file's id, and the ids of what was put there from here."""

    commit: str
    files: dict[str, str]
    listed: dict[str, list[str]]


def plan(api: HfApi, repository: Repository, *, overwrites: bool = False) -> Plan:
    """Raises CannotDo where files would be overwritten that were not put there from here."""
    there = _look(api, repository)
    if there is None:
        ids = {name: ids_of(path) for name, path in repository.files.items()}
        return Plan(repository, True, None, add=dict(repository.files), ids=ids)
    is_new = not there.listed and set(there.files) <= INITIAL
    add: dict[str, Path] = {}
    ids: dict[str, list[str]] = {}
    foreign: list[str] = []
    for name, path in repository.files.items():
        ids[name] = ids_of(path)
        known = there.files.get(name)
        if known in ids[name]:
            continue
        add[name] = path
        was_put_here = known is None or known in there.listed.get(name, ())
        if not (was_put_here or is_new):
            foreign.append(name)
    if foreign and not overwrites:
        more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        raise CannotDo(
            f"the {repository.words} must hold only what was published from here, got "
            f"{listed(foreign[:SHOWN])}{more} from somebody else; fetch that first, choose another "
            "name, or take its place with --overwrite"
        )
    gone = [name for name in there.listed if name in there.files and name not in repository.files]
    unchanged = len(repository.files) - len(add)
    return Plan(repository, False, there.commit, add, tuple(gone), unchanged, ids)


def has_own(api: HfApi, repository: Repository, name: str) -> bool:
    """Whether there is a file of that name which was never put there from here, beside others."""
    there = _look(api, repository)
    if there is None or (not there.listed and set(there.files) <= INITIAL):
        return False
    return name in there.files and name not in there.listed


def apply(api: HfApi, change: Plan, *, sdk: str | None, message: str) -> None:
    """Creates the repository and makes the commit, where there is something to do."""
    repository = change.repository
    if change.creates:
        create = _call(
            api.create_repo,
            repository.repo_id,
            repo_type=repository.repo_type,
            space_sdk=sdk if repository.repo_type == "space" else None,
            exist_ok=True,
        )
        patiently(create, f"create the {repository.words}")
    if not (change.add or change.delete):
        return
    listing = json.dumps({"files": change.ids}, indent=0, sort_keys=True).encode()
    operations = [
        *(CommitOperationAdd(name, path) for name, path in change.add.items()),
        CommitOperationAdd(LIST, listing),
        *(CommitOperationDelete(name) for name in change.delete),
    ]
    commit = _call(
        api.create_commit,
        repository.repo_id,
        operations,
        repo_type=repository.repo_type,
        commit_message=message,
        parent_commit=change.parent,
    )
    try:
        patiently(commit, f"write to the {repository.words}")
    except ValueError as error:
        reason = " ".join(str(error).split())[:300]
        raise CannotDo(
            f"the {repository.words} must be as the Hub takes it, got: {reason}"
        ) from None


def ids_of(path: Path) -> list[str]:
    """By which the Hub knows a file's content: git's id, and SHA-256 where it is a large one."""
    git = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            git.update(chunk)
            whole.update(chunk)
    return [git.hexdigest(), whole.hexdigest()]


def _look(api: HfApi, repository: Repository) -> _There | None:
    """None when there is no such repository, or none that we may see."""
    doing = f"tell of the {repository.words}"
    kind = repository.repo_type

    def ask() -> _There | None:
        try:
            info = api.repo_info(repository.repo_id, repo_type=kind)
        except RepositoryNotFoundError:
            return None
        files = {
            entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id
            for entry in api.list_repo_tree(
                repository.repo_id, repo_type=kind, recursive=True, revision=info.sha
            )
            if isinstance(entry, RepoFile)
        }
        return _There(str(info.sha), files, _listed(api, repository, info.sha, files))

    return patiently(ask, doing)


def _listed(
    api: HfApi, repository: Repository, commit: str | None, files: Mapping[str, Any]
) -> dict[str, list[str]]:
    """What the repository's own list says; nothing when it has none that can be read."""
    if LIST not in files:
        return {}
    address = hf_hub_url(
        repository.repo_id,
        LIST,
        repo_type=repository.repo_type,
        revision=commit,
        endpoint=api.endpoint,
    )
    reply = get_session().get(address, headers=api._build_hf_headers(), follow_redirects=True)
    hf_raise_for_status(reply)
    try:
        found = json.loads(reply.content)["files"]
        return {str(name): [str(one) for one in ids] for name, ids in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _call(method: Callable[..., T], *arguments: Any, **options: Any) -> Callable[[], T]:
    return lambda: method(*arguments, **options)
