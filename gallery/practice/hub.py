"""The practice Hub as a process: everybody signs in by a name, and finds a Space of their own."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gallery.practice.contents import add_space, fill
from gallery.practice.event import PROGRAMS, called
from gallery.practice.parts import CLIENT_ID, SECRET
from gallery.practice.process import answers
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.serving import serve

LOOK_EVERY = 2.0
"""Seconds between two looks at whether the demo runs."""
MISSES = 3
"""Looks in a row that find nothing until it counts as broken: it may be busy building its pages."""
AGE = timedelta(weeks=3)
"""Of the Spaces at a rehearsal."""


def main(arguments: Sequence[str]) -> int:
    """Serves until it is ended; 2 with a sentence when it cannot."""
    options = _parser().parse_args(arguments)
    hub = SmallHub(options.folder)
    address = f"http://127.0.0.1:{options.port}"
    if options.rehearsal:  # what a jury looks at was there before the deadline
        hub.clock = lambda: datetime.now(UTC) - AGE
    fill(hub, address=address, demo=options.demo, tag=options.tag)
    hub.clock = lambda: datetime.now(UTC)
    for program in PROGRAMS if options.rehearsal else ():
        hub.add_account(program, fullname=called(program), is_open=False)
    hub.add_client(CLIENT_ID, os.environ[SECRET], options.redirect)
    demo = _Demo(hub, options.demo)
    hub.on_new_account = lambda account: add_space(
        hub,
        account.name,
        address=address,
        demo=options.demo,
        tag=options.tag,
        stage=demo.stage,
    )
    try:
        with serve(hub, options.port):
            demo.follow()
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
    return 2


class _Demo:
    """The running demo: every Space that shows it has its stage."""

    def __init__(self, hub: SmallHub, address: str) -> None:
        self.hub = hub
        self.address = address
        self.stage = "APP_STARTING"

    def follow(self) -> None:
        """Looks at it, for good."""
        self._tell()
        missed = 0
        while True:
            missed = 0 if answers(self.address) else missed + 1
            stage = "RUNNING" if not missed else self.stage
            if missed >= MISSES and self.stage == "RUNNING":
                stage = "RUNTIME_ERROR"
            if stage != self.stage:
                self.stage = stage
                self._tell()
            time.sleep(LOOK_EVERY)

    def _tell(self) -> None:
        for space in self.hub.shelf.all("space"):
            if space.host is not None and f"{space.host}/".startswith(f"{self.address}/"):
                self.hub.set_stage(space.repo_id, self.stage)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gallery.practice.hub", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where it is kept")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--demo", required=True, metavar="ADDRESS", help="where the demo runs")
    parser.add_argument("--redirect", required=True, metavar="ADDRESS", help="of the gallery")
    parser.add_argument("--tag", required=True, help="the event's")
    parser.add_argument("--rehearsal", action="store_true", help="with what a jury looks at")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
