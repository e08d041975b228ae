"""Checkpoints from the Hugging Face Hub: what is in a repository, and only the files asked for.

Where the Hub cannot be reached, what an earlier run has left in the local cache is used.
"""

from pathlib import Path
from typing import NoReturn

import httpx2
from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from inference.checkpoints.source import Folder, LocalFolder
from inference.errors import CheckpointNotFound

_ANCHORS = frozenset({"model_index.json", "config.json"})
"""One of them is in every folder that can be loaded."""

_UNREACHABLE = (OfflineModeIsEnabled, httpx2.TransportError, LocalEntryNotFoundError)


class HubFolder:
    """A repository at one commit, or a folder in it."""

    def __init__(
        self, repo: str, commit: str, files: frozenset[str], subfolder: str | None
    ) -> None:
        self.name = _name(repo, subfolder)
        self._repo = repo
        self._commit = commit
        self._prefix = prefix = f"{subfolder.strip('/')}/" if subfolder else ""
        self._files = frozenset(f.removeprefix(prefix) for f in files if f.startswith(prefix))

    def __str__(self) -> str:
        return self.name

    def names(self) -> frozenset[str]:
        return self._files

    def path(self, *names: str) -> Path:
        paths = [self._download(name, self._commit) for name in names]
        return paths[0]

    def dates(self, *names: str) -> tuple[float, ...] | None:
        paths = [self._prefix + name for name in names]
        try:
            infos = HfApi().get_paths_info(self._repo, paths, expand=True, revision=self._commit)
        except (HfHubHTTPError, *_UNREACHABLE):
            return None
        commits = {info.path: getattr(info, "last_commit", None) for info in infos}
        found = [commits.get(path) for path in paths]
        if any(commit is None for commit in found):
            return None
        return tuple(commit.date.timestamp() for commit in found if commit is not None)

    def remember(self, revision: str | None) -> None:
        """Notes in the cache which commit `revision` is, for when the Hub cannot be asked.

        The client does so when it fetches a file by its revision; all others go by the commit, so
        that a push in between mixes nothing.
        """
        for name in _ANCHORS & self._files:
            self._download(name, revision)

    def _download(self, name: str, revision: str | None) -> Path:
        try:
            path = HfApi().hf_hub_download(self._repo, self._prefix + name, revision=revision)
        except GatedRepoError as error:  # everybody may see what is in one
            _refuse(self._repo, revision, error)
        except (HfHubHTTPError, *_UNREACHABLE) as error:
            raise CheckpointNotFound(
                f"{self._repo} must be downloaded from the Hub, got {_reason(error)} "
                f"for {self._prefix}{name}; try again, or give a local folder"
            ) from error
        return Path(path)


def open_repository(repo: str, *, revision: str | None, subfolder: str | None) -> Folder:
    """A model repository on the Hub, pinned to the commit that `revision` names now."""
    try:
        info = HfApi().model_info(repo, revision=revision)
    except _UNREACHABLE as error:
        return _cached(repo, revision, subfolder, error)
    except HfHubHTTPError as error:
        if error.response.status_code >= 500:
            return _cached(repo, revision, subfolder, error)
        _refuse(repo, revision, error)
    except HFValidationError as error:
        _refuse(repo, revision, error)
    files = frozenset(sibling.rfilename for sibling in info.siblings or ())
    folder = HubFolder(repo, str(info.sha), files, subfolder)
    if not folder.names():
        wanted = f"a folder {subfolder}" if subfolder else "files"
        raise CheckpointNotFound(
            f"{repo} must have {wanted}{_at(revision)}, got none; see what it has on the Hub"
        )
    folder.remember(revision)
    return folder


def _cached(
    repo: str, revision: str | None, subfolder: str | None, error: Exception
) -> LocalFolder:
    for name in _ANCHORS:
        found = try_to_load_from_cache(
            repo, f"{subfolder}/{name}" if subfolder else name, revision=revision
        )
        if isinstance(found, str):
            return LocalFolder(Path(found).parent, _name(repo, subfolder), is_dated=False)
    raise CheckpointNotFound(
        f"{repo}{_at(revision)} must be on the Hub or in the local cache, got {_reason(error)} "
        "and nothing in the cache; connect to the network, give a local folder, or use embedded"
    ) from error


def _refuse(repo: str, revision: str | None, error: Exception) -> NoReturn:
    match error:
        case GatedRepoError():
            got, remedy = "a gated repository", "accept its terms on the Hub and set HF_TOKEN"
        case RepositoryNotFoundError():
            got = "no such repository, or a private one"
            remedy = "check its spelling, or set HF_TOKEN if it is private"
        case RevisionNotFoundError():
            got, remedy = f"no revision {revision!r}", "choose one of its branches or tags"
        case DisabledRepoError():
            got, remedy = "a disabled repository", "choose another"
        case HFValidationError():
            got, remedy = "a name that no repository can have", "check its spelling"
        case _:
            got, remedy = _reason(error), "try again, or give a local folder"
    raise CheckpointNotFound(f"{repo} must be a model on the Hub, got {got}; {remedy}") from error


def _name(repo: str, subfolder: str | None) -> str:
    return f"{repo}:{subfolder}" if subfolder else repo


def _at(revision: str | None) -> str:
    return f" at {revision}" if revision else ""


def _reason(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        return f"HTTP status {error.response.status_code}"
    return "offline mode" if isinstance(error, OfflineModeIsEnabled) else "no connection"
