"""Continuous backup on a small Hub: whole, bounded, and told when it fails."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gallery.backups import continuous, repo
from gallery.backups.archive import open_archive
from gallery.backups.continuous import BackupState, ContinuousBackup
from gallery.backups.repo import BackupRepo, NotPrivate
from gallery.database.connection import Database
from gallery.database.tables import Account, Picture, RepoRecord
from gallery.errors import Invalid, Unavailable
from gallery.practice.small_hub.trouble import Trouble
from tests.gallery.backups.filling import START, fill
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub

REPO = "team-lead/backups"
TOKEN = "hf_of-the-team-lead"

Keeper = Callable[..., ContinuousBackup]


@pytest.fixture
def database(sqlite_address: str) -> Iterator[Database]:
    """What is kept has the same form from either kind of database; one is enough here."""
    with closing(Database(sqlite_address)) as database:
        yield database


@pytest.fixture
def empty(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """The gallery after a restart on an empty disk."""
    (tmp_path / "empty").mkdir()
    path = tmp_path / "empty" / "gallery.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(Database(f"sqlite:///{path}")) as database:
        yield database


@pytest.fixture
def keeper(small_hub: ServedHub, tmp_path: Path, clock: Clock) -> Keeper:
    """Keeps a gallery on the small Hub, three backups of it at most."""
    small_hub.hub.add_account("team-lead", token=TOKEN)

    def make(database: Database, pictures: str = "pictures") -> ContinuousBackup:
        where = BackupRepo(small_hub.address, REPO, TOKEN)
        return ContinuousBackup(where, database, tmp_path / pictures, keep=3, clock=clock)

    return make


def join(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(Account(name=name, display_name=name, created_at=START))


def names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Account.name)))


def backups(small_hub: ServedHub) -> list[str]:
    kept = BackupRepo(small_hub.address, REPO, TOKEN).kept()
    return [Path(path).stem for path in kept.backups]


def test_a_gallery_on_an_empty_disk_begins_with_the_newest_backup(
    keeper: Keeper, database: Database, empty: Database, small_hub: ServedHub, tmp_path: Path
) -> None:
    fill(database, tmp_path / "pictures", seed=1, rows=3)
    ours = keeper(database)
    ours.keep()
    assert ours.state == BackupState(REPO, kept_at=START)
    repository = small_hub.hub.shelf.get("dataset", REPO)
    assert repository is not None
    assert repository.private

    restored = keeper(empty, "elsewhere").begin()
    assert restored is not None
    assert names(empty) == names(database)
    there = {path.name for path in (tmp_path / "elsewhere").rglob("*.webp")}
    assert there == {path.name for path in (tmp_path / "pictures").rglob("*.webp")}


def test_a_gallery_that_holds_something_keeps_it(
    keeper: Keeper, database: Database, empty: Database
) -> None:
    join(database, "ada-l")
    keeper(database).keep()
    join(empty, "grace-h")
    assert keeper(empty).begin() is None
    assert names(empty) == {"grace-h"}


def test_a_new_gallery_begins_empty_and_makes_its_repository(
    keeper: Keeper, empty: Database, small_hub: ServedHub
) -> None:
    assert keeper(empty).begin() is None
    assert backups(small_hub) == []


def test_only_changes_are_kept_and_only_the_newest_backups(
    keeper: Keeper, database: Database, small_hub: ServedHub, clock: Clock, tmp_path: Path
) -> None:
    fill(database, tmp_path / "pictures", seed=2, rows=2)
    ours = keeper(database)
    for number in range(5):
        join(database, f"person-{number}")
        for _ in range(2):
            clock.now += timedelta(minutes=10)
            ours.keep()
    assert backups(small_hub) == [
        f"2026-06-15T{time}Z" for time in ("12-50-00", "13-10-00", "13-30-00")
    ]
    asked = len(small_hub.hub.requests)
    ours.keep()
    assert len(small_hub.hub.requests) == asked


def test_what_the_hub_says_alone_is_no_reason_for_a_backup(
    keeper: Keeper, database: Database, small_hub: ServedHub
) -> None:
    join(database, "ada-l")
    ours = keeper(database)
    ours.keep()
    asked = len(small_hub.hub.requests)
    with database.write() as session:
        session.add(RepoRecord(repo_type="space", repo_id="ada-l/clouds", fetched_at=START))
    ours.keep()
    assert len(small_hub.hub.requests) == asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Trouble.down(), "the Hub answered 503"),
        (Trouble.nonsense(), "did not answer as it should"),
        (Trouble(drops=True), "did not answer as it should"),
        (Trouble(delay=30), "took more than"),
        (Trouble.down(path="/commit/"), "the Hub answered 503"),
    ],
    ids=["down", "nonsense", "drops", "slow", "refuses commits"],
)
def test_what_fails_is_told_and_lost_by_nobody(
    trouble: Trouble,
    why: str,
    keeper: Keeper,
    database: Database,
    empty: Database,
    small_hub: ServedHub,
    clock: Clock,
    impatient: None,
) -> None:
    ours = keeper(database)
    join(database, "ada-l")
    ours.keep()
    join(database, "grace-h")
    small_hub.hub.trouble = trouble
    clock.now += timedelta(minutes=10)
    ours.keep()
    assert why in (ours.state.problem or "")
    assert TOKEN not in (ours.state.problem or "")
    assert ours.state.failing_since == clock.now
    assert ours.state.word == "failing"
    assert "The newest backup is 10 minutes old; keeping one fails" in ours.state.sentence(
        clock.now
    )

    small_hub.hub.trouble = None
    clock.now += timedelta(minutes=1)
    ours.keep()
    assert ours.state.is_well
    assert keeper(empty).begin() is not None
    assert names(empty) == {"ada-l", "grace-h"}


@pytest.mark.slow
def test_an_upload_that_ends_in_the_middle_leaves_the_backup_before_it(
    keeper: Keeper,
    database: Database,
    empty: Database,
    small_hub: ServedHub,
    clock: Clock,
    tmp_path: Path,
    impatient: None,
) -> None:
    fill(database, tmp_path / "pictures", seed=3, rows=2)
    ours = keeper(database)
    ours.keep()
    before = names(database)
    join(database, "ada-l")
    later = tmp_path / "pictures" / "ff" / f"{'f' * 64}.webp"
    later.parent.mkdir(exist_ok=True)
    later.write_bytes(b"later")
    with database.write() as session:
        session.add(Picture(digest="f" * 64, width=16, height=16, size=5, created_at=START))
    clock.now += timedelta(minutes=10)
    small_hub.hub.trouble = Trouble.down(path="/commit/", after=1)  # its pictures go through
    ours.keep()
    assert not ours.state.is_well
    small_hub.hub.trouble = None
    keeper(empty, "elsewhere").begin()
    assert names(empty) == before


@pytest.mark.slow
def test_a_damaged_backup_is_passed_over_for_the_one_before_it(
    keeper: Keeper, database: Database, empty: Database, small_hub: ServedHub, clock: Clock
) -> None:
    join(database, "ada-l")
    ours = keeper(database)
    ours.keep()
    join(database, "grace-h")
    clock.now += timedelta(minutes=10)
    ours.keep()
    small_hub.hub.change("dataset", REPO, {"backups/2026-06-15T12-10-00Z.zip": b"half of a zip"})
    keeper(empty).begin()
    assert names(empty) == {"ada-l"}


def test_damaged_backups_alone_are_no_reason_to_begin_empty(
    keeper: Keeper, empty: Database, small_hub: ServedHub
) -> None:
    small_hub.hub.add_dataset(REPO, files={"backups/2026.zip": b"half of a zip"}, private=True)
    with pytest.raises(Invalid, match="must hold a backup that is whole, got 1"):
        keeper(empty).begin()


def test_a_hub_that_does_not_answer_is_no_reason_to_begin_empty(
    keeper: Keeper, empty: Database, small_hub: ServedHub, impatient: None
) -> None:
    small_hub.hub.trouble = Trouble.down()
    pauses: list[float] = []
    with pytest.raises(Unavailable, match="does not start empty over a backup that may be there"):
        keeper(empty).begin(pause=pauses.append)
    assert len(pauses) == 4


def test_a_public_repository_gets_nothing(
    keeper: Keeper, database: Database, small_hub: ServedHub
) -> None:
    small_hub.hub.add_dataset(REPO, files={"README.md": b"public"})
    join(database, "ada-l")
    ours = keeper(database)
    ours.keep()
    assert "must be private" in (ours.state.problem or "")
    assert backups_are_absent(small_hub)
    with pytest.raises(NotPrivate):
        BackupRepo(small_hub.address, REPO, TOKEN).kept()


def backups_are_absent(small_hub: ServedHub) -> bool:
    repository = small_hub.hub.shelf.get("dataset", REPO)
    assert repository is not None
    return not any(path.startswith("backups/") for path in repository.head.files)


def test_a_token_that_may_not_write_is_told(
    database: Database, small_hub: ServedHub, tmp_path: Path, clock: Clock
) -> None:
    small_hub.hub.add_account("ada-l", token="hf_of-ada")
    small_hub.hub.add_account("team-lead", token=TOKEN)
    join(database, "ada-l")
    where = BackupRepo(small_hub.address, REPO, "hf_of-ada")
    ours = ContinuousBackup(where, database, tmp_path, keep=3, clock=clock)
    ours.keep()
    assert "give HF_TOKEN write access" in (ours.state.problem or "")


def test_two_galleries_in_one_repository_are_told(
    keeper: Keeper, database: Database, empty: Database, clock: Clock
) -> None:
    join(database, "ada-l")
    join(empty, "grace-h")
    ours, theirs = keeper(database), keeper(empty)
    ours.keep()
    clock.now += timedelta(minutes=1)
    theirs.keep()
    join(database, "alan-t")
    clock.now += timedelta(minutes=1)
    ours.keep()
    assert "must keep one gallery alone" in (ours.state.problem or "")


def test_it_keeps_every_few_minutes_and_once_more_at_the_end(
    keeper: Keeper, database: Database, small_hub: ServedHub, tmp_path: Path
) -> None:
    ours, stop = keeper(database), threading.Event()
    thread = threading.Thread(target=ours.run, args=(stop,), kwargs={"every": 3600})
    thread.start()
    join(database, "ada-l")
    stop.set()
    thread.join(20)
    where = BackupRepo(small_hub.address, REPO, TOKEN)
    (path,) = where.kept().backups
    where.fetch([path], tmp_path / "fetched")
    with open_archive(tmp_path / "fetched" / path) as archive:
        assert archive.manifest.rows["accounts"] == 1


def test_what_failed_is_tried_again_sooner_and_then_ever_later(
    keeper: Keeper, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, waits = keeper(database), []

    class Stop:
        def wait(self, seconds: float) -> bool:
            waits.append(seconds)
            return len(waits) > 6

    def fail(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(ours, "_keep_one", fail)
    ours.run(Stop(), every=300)  # pyright: ignore[reportArgumentType]
    assert waits == [300, 30, 60, 120, 240, 300, 300]


def test_a_gallery_without_a_repository_says_so(database: Database, tmp_path: Path) -> None:
    ours = ContinuousBackup(None, database, tmp_path, keep=3, clock=lambda: START)
    assert ours.begin() is None
    ours.keep()
    assert ours.state.word == "none"
    assert "set BACKUP_REPO" in ours.state.sentence(START)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds instead of minutes, for a Hub that does not answer."""
    for name in ("ANSWER_SECONDS", "UPLOAD_SECONDS", "DOWNLOAD_SECONDS"):
        monkeypatch.setattr(repo, name, 5.0)
    monkeypatch.setattr(continuous, "FIRST_RETRY_SECONDS", 0.01)
