"""`python -m gallery event check FILE`: every mistake in an event file, a line each."""

import argparse
import sys
from pathlib import Path
from typing import Any

from gallery.event.load import InvalidEventFile, load_event


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    event = commands.add_parser("event", help="look at an event file")
    verbs = event.add_subparsers(required=True, metavar="COMMAND")
    check = verbs.add_parser("check", help="every mistake in an event file, a line each")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(alone=_check)


def _check(options: argparse.Namespace) -> int:
    """0 when the gallery can use the file, 2 when it cannot."""
    try:
        event = load_event(options.file)
    except InvalidEventFile as error:
        for problem in error.problems:
            print(f"{options.file}: {problem}", file=sys.stderr)
        return 2
    deadline = event.deadline.astimezone(event.zone)
    print(f"{options.file} is fine: {event.name}, until {deadline:%-d %B %Y, %H:%M %Z}")
    return 0
