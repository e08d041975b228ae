"""A served gallery on a disk that is not kept: stopped by SIGTERM, started again elsewhere."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from gallery.database.connection import Database
from gallery.database.tables import Account
from tests.browser import free_port
from tests.gallery.backups.filling import START
from tests.gallery.hub_fixtures import ServedHub

ROOT = Path(__file__).parents[3]
TOKEN = "hf_of-the-team-lead"


@contextmanager
def served(hub: str, data_dir: Path) -> Iterator[int]:
    """`python -m gallery` with a continuous backup; gives its port, and stops it by SIGTERM."""
    port = free_port()
    settings = {
        "DATA_DIR": str(data_dir),
        "BACKUP_REPO": "team-lead/backups",
        "HF_ENDPOINT": hub,
        "HF_TOKEN": TOKEN,
        "POLL_MINUTES": "0",
        "PATH": "/usr/bin:/bin",
        "HOME": str(data_dir.parent),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "gallery", "serve", "--port", str(port)],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "The gallery is at" in line:
                break
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.slow
def test_a_restart_on_an_empty_disk_loses_nothing(small_hub: ServedHub, tmp_path: Path) -> None:
    small_hub.hub.add_account("team-lead", token=TOKEN)
    with served(small_hub.address, tmp_path / "first") as port:
        assert health(port)["backup"] == "ok"
        database = Database(f"sqlite:///{tmp_path / 'first' / 'gallery.db'}")
        with database.write() as session:
            session.add(Account(id=1, name="ada-l", display_name="Ada", created_at=START))
        database.close()
    with served(small_hub.address, tmp_path / "second") as port:
        assert health(port)["backup_kept_at"] is not None
        database = Database(f"sqlite:///{tmp_path / 'second' / 'gallery.db'}")
        with database.read() as session:
            assert session.get_one(Account, 1).name == "ada-l"
        database.close()


def health(port: int) -> dict[str, str | None]:
    for _ in range(100):
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise TimeoutError
