"""The drill: processes that write from many threads at once, and are killed in the middle.

    python -m tests.gallery.database.drill ADDRESS ROUNDS
    python -m tests.gallery.database.drill ADDRESS write PREFIX

Each round forks a writer, which says through a pipe what was acknowledged to it; kills it with
SIGKILL after a random number of those; opens the database at once and looks. It prints one line of
JSON: how many writes were acknowledged, kept without having been (the answer was on its way), and
what was wrong. The second form only writes, and prints the number of each acknowledged write.
"""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.actor import COMMAND_LINE
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import Account, Attempt, LogEntry
from gallery.errors import Unavailable

WRITES = 200
ROWS = 3
"""Rows beside an account and its log entry."""
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@dataclass
class Outcome:
    """Of all rounds together."""

    acknowledged: int = 0
    kept_without: int = 0
    wrong: list[str] = field(default_factory=list)


def join(session: Session, name: str) -> None:
    """A use case: an account, rows beside it, and the log, in one transaction."""
    account = Account(name=name, display_name=name, created_at=NOW)
    session.add(account)
    session.flush()
    for _ in range(ROWS):
        session.add(Attempt(key=name, at=NOW))
        session.flush()
    record(session, COMMAND_LINE, NOW, "account.joined", subject=("account", name), event=None)


def write_all(address: str, prefix: str, acknowledge: Callable[[int], object]) -> None:
    """`WRITES` threads with one write each; `acknowledge` is called after a commit."""
    database = Database(address)

    def write(number: int) -> None:
        try:
            with database.write() as session:
                join(session, f"{prefix}-{number}")
        except Unavailable:
            return
        acknowledge(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()


@contextmanager
def writer(address: str, prefix: str) -> Iterator[tuple[int, int]]:
    """A process that writes; gives its id and where to read what was acknowledged, two bytes each.

    Fork it from a process without threads and open connections.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        write_all(address, prefix, lambda number: os.write(writing, number.to_bytes(2, "big")))
        os._exit(0)
    os.close(writing)
    try:
        yield child, reading
    finally:
        os.close(reading)


def read_acknowledged(pipe: int, most: int) -> set[int]:
    """Waits for so many; fewer when the writer ends before."""
    taken = b""
    while len(taken) < 2 * most and (some := os.read(pipe, 2 * most - len(taken))):
        taken += some
    return {int.from_bytes(taken[at : at + 2], "big") for at in range(0, len(taken), 2)}


def look(address: str, prefix: str, acknowledged: set[int], outcome: Outcome) -> None:
    """Every acknowledged write is there, and every write that is there is whole."""
    database = Database(address)
    with database.read() as session:
        of_prefix = f"{prefix}-%"
        accounts = set(session.scalars(select(Account.name).where(Account.name.like(of_prefix))))
        rows = select(Attempt.key, func.count()).where(Attempt.key.like(of_prefix))
        beside = dict(session.execute(rows.group_by(Attempt.key)).all())
        entries = session.scalars(
            select(LogEntry.subject_id).where(LogEntry.subject_id.like(of_prefix))
        ).all()
    database.close()
    for number in acknowledged:
        if f"{prefix}-{number}" not in accounts:
            outcome.wrong.append(f"{prefix}-{number} was acknowledged and is lost")
    if sorted(entries) != sorted(accounts) or beside != dict.fromkeys(accounts, ROWS):
        outcome.wrong.append(f"{prefix} left half of a write")
    outcome.acknowledged += len(acknowledged)
    outcome.kept_without += len(accounts) - len(acknowledged)


def one_round(address: str, prefix: str, kill_after: int, outcome: Outcome) -> None:
    with writer(address, prefix) as (child, pipe):
        acknowledged = read_acknowledged(pipe, kill_after)
        os.kill(child, signal.SIGKILL)
        acknowledged |= read_acknowledged(pipe, WRITES)
        os.waitpid(child, 0)
    look(address, prefix, acknowledged, outcome)


def main(address: str, rounds: int) -> Outcome:
    chance, outcome = random.Random(7), Outcome()
    for number in range(rounds):
        one_round(address, f"round{number}", chance.randrange(1, WRITES // 2), outcome)
    return outcome


if __name__ == "__main__":
    if sys.argv[2] == "write":
        write_all(sys.argv[1], sys.argv[3], lambda number: os.write(1, b"%d\n" % number))
    else:
        print(json.dumps(vars(main(sys.argv[1], int(sys.argv[2])))))
