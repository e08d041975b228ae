"""`python -m gallery event check FILE`: each mistake in an event file, what is odd, its times."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gallery.event.event import Event
from gallery.event.load import InvalidEventFile, load_event
from gallery.event.review import instants, warnings
from gallery.event.zones import city, in_words

Unmatched = Callable[[Event], Sequence[str] | None]
"""Organisers and jurors of a file whom no account matches; None where no database is there."""
Overruled = Callable[[Event], Sequence[str] | None]
"""What a file says and does not hold any more, since judging stands on what it said before."""


def add_commands(commands: Any, *, unmatched: Unmatched, overruled: Overruled) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    event = commands.add_parser("event", help="look at an event file")
    verbs = event.add_subparsers(required=True, metavar="COMMAND")
    check = verbs.add_parser("check", help="every mistake in an event file, a line each")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(alone=lambda options: _check(options, unmatched, overruled))


def _check(options: argparse.Namespace, unmatched: Unmatched, overruled: Overruled) -> int:
    """0 when the gallery can use the file, 2 when it cannot."""
    try:
        event = load_event(options.file)
    except InvalidEventFile as error:
        for problem in error.problems:
            print(f"{options.file}: {problem}", file=sys.stderr)
        return 2
    odd = list(overruled(event) or ())
    odd += warnings(event, datetime.now(UTC))
    odd += [
        f"{name} has no account here (yet): they must sign in once by that name or address"
        for name in unmatched(event) or ()
    ]
    for sentence in odd:
        print(f"{options.file}: warning: {sentence}", file=sys.stderr)
    said = (
        f"can be used, with {len(odd)} warning{'s' if len(odd) > 1 else ''}" if odd else "is fine"
    )
    deadline = in_words(event.deadline, event.zone)
    print(f"{options.file} {said}: {event.name}, until {deadline}")
    print(f"Its times, as the clock in {city(event.zone)} shows them:")
    rows = instants(event)
    width = max(len(name) for name, _ in rows)
    for name, words in rows:
        print(f"  {name:<{width}}  {words}")
    return 0
