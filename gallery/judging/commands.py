"""`python -m gallery jury`: a result made again from its export, and judging from the log."""

import argparse
from pathlib import Path
from typing import Any

from gallery.gallery import Gallery
from gallery.judging import reading, reckoning, replay


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    jury = commands.add_parser("jury", help="the jury's result")
    inner = jury.add_subparsers(required=True, metavar="WHAT")
    again = inner.add_parser("recompute", help="make a result again from its export")
    again.add_argument("file", type=Path, metavar="FILE", help="what the board's Result gives")
    again.set_defaults(alone=_recompute)
    log = inner.add_parser("replay", help="make judging again from the log, and compare")
    log.add_argument("--event", metavar="SLUG", help="another event than the current one")
    log.set_defaults(command=_replay)


def _recompute(options: argparse.Namespace) -> int:
    """0 where it is the same to the digit, 1 where it differs."""
    evidence, before = reading.read(options.file)
    again = reckoning.recompute(evidence, before)
    for row in again.rows:
        print(
            f"{row.rank:3}  {row.quality:+.4f}  [{row.lower:+.4f}, {row.upper:+.4f}]  "
            f"{row.podium:6.1%}  {row.title} ({row.team})"
        )
    if again == before:
        print("the same as in the file, to the digit")
        return 0
    print(f"not the same as in the file, which method {before.method} made")
    return 1


def _replay(options: argparse.Namespace, gallery: Gallery) -> int:
    """0 where the log gives the tables again, 1 with the first difference."""
    event = gallery.event(options.event) if options.event else gallery.current
    with gallery.database.read() as session:
        found = replay.difference(replay.replayed(session, event), replay.kept(session, event))
    print(found or "the log gives the same as the tables")
    return 1 if found else 0
