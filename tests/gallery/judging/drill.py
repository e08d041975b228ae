"""The drill of a judging evening: a server that is killed again and again while jurors save.

    python -m tests.gallery.judging.drill FOLDER ADDRESS ROUNDS

Each round forks a server as `python -m gallery serve` starts it, lets jurors press as the page's
script does, and kills it with SIGKILL in the middle: after a random number of answers, whatever is
on its way. Then the database is opened, and every acknowledged score looked for. At last a server
that nobody kills lets all come to the end. It prints one line of JSON.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from fastapi.testclient import TestClient

from gallery.app import build_app
from gallery.cli import main as run_gallery
from gallery.database.connection import Database
from gallery.gallery import Gallery
from gallery.settings import Settings
from gallery.web import render
from tests.bench.full_gallery import KEY
from tests.bench.full_jury import fill
from tests.bench.jurors import Juror, press, wrong
from tests.bench.visitors import Browser, Measured
from tests.browser import free_port

JURORS, DEMOS, EACH = 12, 10, 7
MOST_ANSWERS = 24
"""Of one round: so many come before the server is killed, at most."""
QUICK = (0.0, 0.02)
PATIENCE_SECONDS = 60


@dataclass
class Outcome:
    """Of all rounds together."""

    kills: int = 0
    acknowledged: int = 0
    cut_off: int = 0
    """Jurors who were in the middle of something when a server was killed."""
    finished: int = 0
    wrong: list[str] = field(default_factory=list)


class Counting(Measured):
    """Kills when so many answers have come; what comes after it is an error of the connection."""

    def __init__(self, most: int, kill: Callable[[], None]) -> None:
        super().__init__()
        self._left, self._kill = most, kill

    def note(self, kind: str, path: str, status: int, seconds: float) -> None:
        super().note(kind, path, status, seconds)
        self._left -= 1
        if self._left == 0:
            self.kill()

    def kill(self) -> None:
        """Once; also where all came to their end before."""
        self._kill()
        self._kill = _nothing


def _nothing() -> None:
    pass


def warm(address: str) -> None:
    """Before the first fork: modules, routes and templates are there, and servers start at once."""
    database = Database(address)
    gallery = Gallery(Settings.model_validate({"secret_key": KEY}), database, {})
    TestClient(build_app(gallery)).get("/healthz")
    database.close()
    for name in render._environment().list_templates():
        render._environment().get_template(name)


def serve(folder: Path, address: str, port: int) -> int:
    """The id of a new process that serves."""
    child = os.fork()
    if child:
        return child
    os.environ |= {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": address,
        "DATA_DIR": str(folder),
        "EVENTS": f'["{folder / "event.toml"}"]',
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "POLL_MINUTES": "0",
        "SECRET_KEY": KEY,
    }
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    run_gallery(["serve", "--port", str(port)])
    os._exit(0)


async def until_it_answers(port: int) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with Browser(port, headers={}) as browser:
                await browser.ask("GET", "/healthz")
            return
        except OSError:
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.05)


def end(child: int) -> None:
    """Without a word; also those that it started."""
    family = psutil.Process(child).children(recursive=True)
    os.kill(child, signal.SIGKILL)
    for one in family:
        one.kill()
    os.waitpid(child, 0)


async def evening(port: int, jurors: list[Juror], measured: Measured, seed: int) -> Measured:
    await until_it_answers(port)
    return await press(port, jurors, measured, pause=QUICK, seed=seed)


def main(folder: Path, address: str, rounds: int) -> Outcome:
    jurors = fill(folder, address, jurors=JURORS, demos=DEMOS, each=EACH)
    warm(address)
    chance, outcome, port = random.Random(7), Outcome(), free_port()
    for number in range(rounds):
        child = serve(folder, address, port)
        counting = Counting(chance.randrange(1, MOST_ANSWERS), lambda child=child: end(child))
        measured = asyncio.run(evening(port, jurors, counting, number))
        counting.kill()
        outcome.kills += 1
        outcome.cut_off += len(measured.failures)
        outcome.wrong += wrong(address, jurors)
    child = serve(folder, address, port)
    try:
        measured = asyncio.run(evening(port, jurors, Measured(), rounds))
    finally:
        end(child)
    outcome.wrong += [*measured.failures, *wrong(address, jurors)]
    outcome.finished = sum(juror.is_done for juror in jurors)
    outcome.acknowledged = sum(
        len(form.acknowledged) for juror in jurors for form in juror.forms.values()
    )
    return outcome


if __name__ == "__main__":
    print(json.dumps(vars(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))))
