"""What was acknowledged is kept, and nothing is seen half-written, however a process ends."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from gallery.database.connection import Database
from tests.gallery.database import drill
from tests.gallery.databases import Postgres, running_postgres

ROOT = Path(__file__).parents[3]
ROUNDS = 100
SERVER_KILLS = 4


def drilled(address: str, rounds: int) -> drill.Outcome:
    program = [sys.executable, "-m", "tests.gallery.database.drill", address, str(rounds)]
    printed = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return drill.Outcome(**json.loads(printed))


@pytest.mark.slow
def test_a_writer_killed_a_hundred_times_loses_nothing(address: str) -> None:
    outcome = drilled(address, ROUNDS)
    assert outcome.wrong == []
    assert outcome.acknowledged > 10 * ROUNDS
    assert_sound(address)


def assert_sound(address: str) -> None:
    """SQLite's own look at every page; PostgreSQL's pages carry checksums that each read checks."""
    database = Database(address)
    if database.is_sqlite:
        with database.read() as session:
            checked = session.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
        assert checked == ["ok"]
    database.migrate()
    database.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that may be killed, and that keeps what it acknowledged."""
    with running_postgres() as postgres:
        yield postgres


def kill(postgres: Postgres) -> None:
    """The server and all its processes, without a word."""
    pid = postgres.server.get_pid()
    assert pid is not None
    server = psutil.Process(pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs(family, timeout=20)
    postgres.admin.dispose()


@pytest.mark.slow
def test_a_database_server_killed_in_the_middle_loses_nothing(
    own_postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    address = own_postgres.create()
    migrated = Database(address)
    migrated.migrate()
    migrated.close()
    outcome = drill.Outcome()
    for number in range(SERVER_KILLS):
        prefix = f"server{number}"
        program = [sys.executable, "-m", "tests.gallery.database.drill", address, "write", prefix]
        with subprocess.Popen(
            program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged = {int(writer.stdout.readline()) for _ in range(20 + 30 * number)}
            kill(own_postgres)
            acknowledged |= {int(line) for line in writer.stdout}
        assert len(acknowledged) < drill.WRITES
        own_postgres.server.ensure_postgres_running()
        drill.look(address, prefix, acknowledged, outcome)
    assert outcome.wrong == []
