"""Checkpoints from the Hugging Face Hub: what is in a repository, and only the files asked for.

Without a network, what an earlier run has left in the local cache is used.
"""

from pathlib import Path, PurePosixPath
from typing import NoReturn

import httpx
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
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

_UNREACHABLE = (OfflineModeIsEnabled, httpx.TransportError, LocalEntryNotFoundError)


class HubFolder:
    """A repository at one commit, or a folder in it."""

    def __init__(
        self, repo: str, commit: str, files: frozenset[str], subfolder: str | None
    ) -> None:
        self.name = f"{repo}:{subfolder}" if subfolder else repo
        self._repo = repo
        self._commit = commit
        self._prefix = f"{subfolder.strip('/')}/" if subfolder else ""
        prefix = self._prefix
        self._files = frozenset(f.removeprefix(prefix) for f in files if f.startswith(prefix))

    def __str__(self) -> str:
        return self.name

    def names(self) -> frozenset[str]:
        return self._files

    def path(self, *names: str) -> Path:
        try:
            paths = [self._download(self._prefix + name) for name in names]
        except (HfHubHTTPError, *_UNREACHABLE) as error:
            raise CheckpointNotFound(
                f"{self._repo} must be downloaded from the Hub, got {_reason(error)} "
                f"for {names[0]}; try again, or give a local folder"
            ) from error
        return paths[0]

    def _download(self, name: str) -> Path:
        return Path(hf_hub_download(self._repo, name, revision=self._commit))


def open_repository(repo: str, *, revision: str | None, subfolder: str | None) -> Folder:
    """A model repository on the Hub, pinned to the commit that `revision` names now."""
    try:
        info = HfApi().model_info(repo, revision=revision)
    except _UNREACHABLE as error:
        return _cached(repo, revision, subfolder, error)
    except (HfHubHTTPError, HFValidationError) as error:
        _refuse(repo, revision, error)
    files = frozenset(sibling.rfilename for sibling in info.siblings or ())
    folder = HubFolder(repo, str(info.sha), files, subfolder)
    if not folder.names():
        inside = f"a folder {subfolder}" if subfolder else "files"
        raise CheckpointNotFound(
            f"{repo} must have {inside}{_at(revision)}, got none; see what it has on the Hub"
        )
    return folder


def _cached(
    repo: str, revision: str | None, subfolder: str | None, error: Exception
) -> LocalFolder:
    try:
        snapshot = Path(snapshot_download(repo, revision=revision, local_files_only=True))
    except LocalEntryNotFoundError:
        raise CheckpointNotFound(
            f"{repo}{_at(revision)} must be on the Hub or in the local cache, got "
            f"{_reason(error)} and nothing in the cache; connect to the network, give a local "
            "folder, or use embedded"
        ) from error
    folder = snapshot / PurePosixPath(subfolder or "")
    return LocalFolder(folder, f"{repo}:{subfolder}" if subfolder else repo)


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
        case _:
            got, remedy = _reason(error), "try again, or give a local folder"
    raise CheckpointNotFound(f"{repo} must be a model on the Hub, got {got}; {remedy}") from error


def _at(revision: str | None) -> str:
    return f" at {revision}" if revision else ""


def _reason(error: Exception) -> str:
    if isinstance(error, HfHubHTTPError):
        return f"HTTP status {error.response.status_code}"
    return "offline mode" if isinstance(error, OfflineModeIsEnabled) else "no connection"
