"""Keeps a running gallery on the Hub, where a Space's own disk is not kept.

Every few minutes, if something changed, and once more when the gallery stops. What fails is tried
again, sooner than usual and then ever later, and is told until it succeeds. A gallery that starts
on an empty disk begins with the newest backup; if that cannot be fetched, it does not start, for
it would otherwise keep its emptiness over what people made.
"""

import hashlib
import json
import logging
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from gallery.backups import rows
from gallery.backups.archive import Manifest, open_archive
from gallery.backups.backup import back_up_rows
from gallery.backups.repo import BACKUPS, PICTURES, BackupRepo, Kept
from gallery.backups.restore import restore
from gallery.database.connection import Database
from gallery.database.tables import LogEntry
from gallery.errors import GalleryError, Invalid, Unavailable

log = logging.getLogger(__name__)

VOLATILE = frozenset({"health", "repo_records"})
"""Tables that change all the time and can be had again: alone they are no reason for a backup."""
FIRST_RETRY_SECONDS = 30.0
RESTORE_PAUSES = (2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries to find out whether there is a backup."""


@dataclass(frozen=True)
class BackupState:
    """How the continuous backup does. `repo` is empty when none is set up."""

    repo: str
    kept_at: datetime | None = None
    """Whose moment the newest backup holds; None before the first."""
    failing_since: datetime | None = None
    problem: str | None = None
    """Why the last try failed, in one sentence; None when it did not."""

    @property
    def is_well(self) -> bool:
        return self.problem is None

    @property
    def word(self) -> str:
        """`none`, `ok` or `failing`, for monitors."""
        if not self.repo:
            return "none"
        return "ok" if self.is_well else "failing"

    def sentence(self, now: datetime) -> str:
        """For the organisers."""
        if not self.repo:
            return "No continuous backup is set up; set BACKUP_REPO if the disk is not kept."
        newest = (
            "No backup has been kept yet"
            if self.kept_at is None
            else f"The newest backup is {_ago(now, self.kept_at)} old"
        )
        if self.problem is None or self.failing_since is None:
            return f"{newest}, in {self.repo}."
        return f"{newest}; keeping one fails since {_ago(now, self.failing_since)}: {self.problem}."


class ContinuousBackup:
    """Keeps one gallery in one repository. `repo` is None when none is set up."""

    def __init__(
        self,
        repo: BackupRepo | None,
        database: Database,
        pictures: Path,
        *,
        keep: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._repo = repo
        self._database = database
        self._pictures = pictures
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._state = BackupState(repo.repo_id if repo else "")
        self._digests: dict[str, str] = {}
        self._changes: tuple[int, int] | None = None
        self._essence: str | None = None
        self._ours: set[str] | None = None
        """Backups that were there when we began, or that we wrote."""

    @property
    def state(self) -> BackupState:
        return self._state

    def begin(self, *, pause: Callable[[float], object] = time.sleep) -> Manifest | None:
        """Restores the newest backup that is whole into a gallery that holds nothing.

        Gives what was restored, None when there was no need. Raises `Unavailable` when it cannot
        be known whether there is one, after a few tries, and `Invalid` when all are damaged.
        """
        if self._repo is None or not self._is_empty():
            return None
        before = self._count_changes()
        restored = self._restore_patiently(self._repo, pause)
        self._changes = before if restored is None else self._count_changes()
        return restored

    def keep(self) -> None:
        """Keeps a backup if something changed; afterwards `state` tells how it went."""
        if self._repo is None:
            return
        now = self._clock()
        with self._lock:
            try:
                self._keep_one(self._repo, now)
            except (GalleryError, OSError) as error:
                since = self._state.failing_since or now
                self._state = replace(self._state, failing_since=since, problem=str(error))
                log.error("%s", error)
            else:
                self._state = replace(self._state, failing_since=None, problem=None)

    def run(self, stop: threading.Event, *, every: float) -> None:
        """Keeps a backup every so many seconds until `stop` is set, and once more then."""
        wait, retry = every, FIRST_RETRY_SECONDS
        while not stop.wait(wait):
            self.keep()
            wait = every if self.state.is_well else min(every, retry)
            retry = FIRST_RETRY_SECONDS if self.state.is_well else retry * 2
        self._changes = None  # the last look goes by the rows alone, whoever changed them
        self.keep()

    def _keep_one(self, repo: BackupRepo, now: datetime) -> None:
        changes = self._count_changes()
        if changes == self._changes:
            return
        with tempfile.TemporaryDirectory(prefix="backup-") as folder:
            archive = Path(folder) / "backup.zip"
            manifest = back_up_rows(
                self._database, self._pictures, archive, now=now, known=self._digests
            )
            essence = _essence(manifest)
            if essence != self._essence:
                self._upload(repo, archive, manifest)
        self._changes, self._essence = changes, essence

    def _upload(self, repo: BackupRepo, archive: Path, manifest: Manifest) -> None:
        kept = repo.kept()
        self._require_ours(repo, kept)
        missing = {name for name in manifest.pictures if PICTURES + name not in kept.pictures}
        repo.add_pictures(self._pictures, missing)
        name = f"{BACKUPS}{manifest.made_at.strftime('%Y-%m-%dT%H-%M-%SZ')}.zip"
        assert self._ours is not None, "it was set above"
        self._ours.add(name)  # before: a commit whose answer is lost may have been made
        others = [path for path in kept.backups if path != name]
        repo.add_backup(name, archive, without=others[: max(0, len(others) - self._keep + 1)])
        self._state = replace(self._state, kept_at=manifest.made_at)

    def _require_ours(self, repo: BackupRepo, kept: Kept) -> None:
        if self._ours is None:
            self._ours = set(kept.backups)
        strange = set(kept.backups) - self._ours
        if strange:
            raise Invalid(
                f"{repo.repo_id} must keep one gallery alone, got {max(strange)}, which another "
                "one wrote; give each its own BACKUP_REPO and start this one again",
                field="BACKUP_REPO",
            )

    def _restore_patiently(
        self, repo: BackupRepo, pause: Callable[[float], object]
    ) -> Manifest | None:
        for seconds in RESTORE_PAUSES:
            try:
                return self._restore_newest(repo)
            except Unavailable as error:
                log.warning("%s", error)
                pause(seconds)
        try:
            return self._restore_newest(repo)
        except Unavailable as error:
            raise Unavailable(
                f"{error}; the gallery does not start empty over a backup that may be there: "
                "start it again when the Hub answers, or without BACKUP_REPO"
            ) from error

    def _restore_newest(self, repo: BackupRepo) -> Manifest | None:
        kept = repo.kept()
        self._ours = set(kept.backups)
        with tempfile.TemporaryDirectory(prefix="restore-") as folder:
            for path in reversed(kept.backups):
                repo.fetch([path, f"{PICTURES}*"], Path(folder))
                with ExitStack() as opened:
                    try:
                        archive = opened.enter_context(
                            open_archive(Path(folder, path), pictures=Path(folder, PICTURES))
                        )
                    except Invalid as error:
                        log.error("%s", error)
                        continue
                    left_out = restore(self._database, self._pictures, archive)
                    if left_out:
                        log.warning("%d damaged pictures were left out", len(left_out))
                    self._state = replace(self._state, kept_at=archive.manifest.made_at)
                    return archive.manifest
        if kept.backups:
            raise Invalid(
                f"{repo.repo_id} must hold a backup that is whole, got {len(kept.backups)} that "
                "are not; look at them, or start with another BACKUP_REPO",
                field="BACKUP_REPO",
            )
        return None

    def _is_empty(self) -> bool:
        with self._database.read() as session:
            return not rows.are_there(session.connection())

    def _count_changes(self) -> tuple[int, int]:
        """Grows with every write of this process, and with every logged one of others."""
        with self._database.read() as session:
            return self._database.writes, session.scalar(select(func.max(LogEntry.id))) or 0


def _essence(manifest: Manifest) -> str:
    tables = {name: sha for name, sha in manifest.tables.items() if name not in VOLATILE}
    whole = json.dumps([tables, dict(manifest.pictures)], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def _ago(now: datetime, then: datetime) -> str:
    minutes = max(0, round((now - then).total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
