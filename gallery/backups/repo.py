"""A private dataset repository on the Hub as the place where backups are kept.

    backups/2026-06-15T12-00-00Z.zip    rows, and the names of the pictures
    pictures/ab/ab….webp                each once, whichever backups show it

A backup is there from the one commit on that adds its zip, after its pictures; so whatever is
listed is whole, however an upload before it ended.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_session,
    snapshot_download,
)
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.utils.tqdm import disable_progress_bars

from gallery.errors import GalleryError, Unavailable

T = TypeVar("T")

ANSWER_SECONDS = 60
"""For one answer of the Hub; its client would wait for ever."""
UPLOAD_SECONDS = 15 * 60
DOWNLOAD_SECONDS = 60 * 60
FILES_PER_COMMIT = 200

BACKUPS = "backups/"
PICTURES = "pictures/"
README = """---
viewer: false
---
Backups of a sprint's gallery, which it writes and reads by itself. They hold e-mail addresses:
keep this repository private.
"""


@dataclass(frozen=True)
class Kept:
    """What a repository holds. Both are paths in it; backups oldest first."""

    backups: tuple[str, ...] = ()
    pictures: frozenset[str] = frozenset()


class NotPrivate(GalleryError):
    """The repository can be read by everybody, so nothing is written to it."""


class BackupRepo:
    """Every method raises `Unavailable` when the Hub does not do its part in time."""

    def __init__(self, endpoint: str, repo_id: str, token: str | None) -> None:
        self.repo_id = repo_id
        self._endpoint = endpoint
        self._token = token or False
        self._api = HfApi(endpoint=endpoint, token=self._token)
        disable_progress_bars()

    def kept(self) -> Kept:
        """Makes the repository if there is none; raises `NotPrivate`."""
        return self._ask(self._kept, ANSWER_SECONDS, "be listed")

    def add_pictures(self, folder: Path, names: Iterable[str]) -> None:
        """Uploads pictures, by path inside `folder`."""
        operations = [CommitOperationAdd(PICTURES + name, folder / name) for name in sorted(names)]
        for start in range(0, len(operations), FILES_PER_COMMIT):
            part = operations[start : start + FILES_PER_COMMIT]
            self._ask(
                lambda part=part: self._commit(part, "Pictures"), UPLOAD_SECONDS, "be written"
            )

    def add_backup(self, name: str, archive: Path, *, without: Iterable[str]) -> None:
        """Uploads a backup and removes those in `without`, in one commit."""
        operations = [
            CommitOperationAdd(name, archive),
            CommitOperationAdd("README.md", README.encode()),
            *(CommitOperationDelete(path) for path in without),
        ]
        self._ask(lambda: self._commit(operations, "Backup"), UPLOAD_SECONDS, "be written")

    def fetch(self, names: Iterable[str], folder: Path) -> None:
        """Downloads files into `folder`, under the paths that they have here."""

        def fetch() -> None:
            snapshot_download(
                self.repo_id,
                repo_type="dataset",
                local_dir=folder,
                allow_patterns=list(names),
                endpoint=self._endpoint,
                token=self._token,
            )

        self._ask(fetch, DOWNLOAD_SECONDS, "be read")

    def _kept(self) -> Kept:
        try:
            info = self._api.dataset_info(self.repo_id)
        except RepositoryNotFoundError:
            self._api.create_repo(self.repo_id, repo_type="dataset", private=True, exist_ok=True)
            info = self._api.dataset_info(self.repo_id)
        if not info.private:
            raise NotPrivate(
                f"the repository of the backups must be private, got {self.repo_id}, which "
                "everybody can read; make it private on the Hub, for backups hold e-mail addresses"
            )
        paths = [file.rfilename for file in info.siblings or ()]
        backups = (path for path in paths if path.startswith(BACKUPS) and path.endswith(".zip"))
        pictures = (path for path in paths if path.startswith(PICTURES))
        return Kept(tuple(sorted(backups)), frozenset(pictures))

    def _commit(
        self, operations: Sequence[CommitOperationAdd | CommitOperationDelete], message: str
    ) -> None:
        self._api.create_commit(
            self.repo_id, operations, commit_message=message, repo_type="dataset"
        )

    def _ask(self, question: Callable[[], T], seconds: float, doing: str) -> T:
        """The answer, or one sentence; the client itself may wait as long as it is told to."""
        get_session().timeout = httpx2.Timeout(ANSWER_SECONDS)
        try:
            return _within(seconds, question)
        except HfHubHTTPError as error:
            status = error.response.status_code
            remedy = (
                "give HF_TOKEN write access to it"
                if status in (401, 403, 404)
                else "it is tried again"
            )
            raise self._failed(doing, f"the Hub answered {status}", remedy) from error
        except TimeoutError as error:
            why = f"the Hub took more than {seconds:.0f} seconds"
            raise self._failed(doing, why, "it is tried again") from error
        except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            why = f"the Hub did not answer as it should ({type(error).__name__})"
            raise self._failed(doing, why, "it is tried again") from error

    def _failed(self, doing: str, why: str, remedy: str) -> Unavailable:
        return Unavailable(f"the backups in {self.repo_id} could not {doing}: {why}; {remedy}")


def _within(seconds: float, question: Callable[[], T]) -> T:
    """Raises TimeoutError; then the question goes on without anybody waiting for it."""
    answers: list[T] = []
    problems: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            problems.append(error)

    thread = threading.Thread(target=ask, name="backup upload", daemon=True)
    thread.start()
    thread.join(seconds)
    if problems:
        raise problems[0]
    if not answers:
        raise TimeoutError
    return answers[0]
