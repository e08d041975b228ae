"""The commands: serve (when none is named), and what organisers do from a shell."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gallery import serving
from gallery.backups import commands as backups
from gallery.database.connection import Database
from gallery.database.engine import parse_address
from gallery.errors import GalleryError
from gallery.event import commands as event
from gallery.event.event import Event
from gallery.gallery import Gallery, open_gallery
from gallery.judging import commands as jury
from gallery.judging import rubrics, ties
from gallery.organising.shell import commands as admin
from gallery.people import role_list
from gallery.practice import commands as practice
from gallery.settings import Settings
from gallery.watcher import commands as sources

Answer = TypeVar("Answer")
Command = Callable[[argparse.Namespace, Gallery], int]
"""What a parser is given as `command`."""
Alone = Callable[[argparse.Namespace], int]
"""What a parser is given as `alone`, for what needs neither settings nor a database."""


def main(arguments: Sequence[str]) -> int:
    """0 when done, 2 with one sentence on stderr when it cannot be."""
    options = _parser().parse_args(arguments or ["serve"])
    try:
        if "alone" in options:
            return options.alone(options)
        return options.command(options, open_gallery(Settings.read()))
    except (GalleryError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gallery", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serving.add_commands(commands)
    event.add_commands(commands, unmatched=_unmatched, overruled=_overruled)
    for part in (practice, sources, backups, admin, jury):
        part.add_commands(commands)
    return parser


def _unmatched(named: Event) -> Sequence[str] | None:
    return _asked(lambda session: role_list.unmatched(session, named))


def _overruled(named: Event) -> Sequence[str] | None:
    rules = (rubrics, ties)
    return _asked(
        lambda session: list(filter(None, (each.changed_since(session, named) for each in rules)))
    )


def _asked(question: Callable[[Session], Answer]) -> Answer | None:
    """Asks the database of the settings, if there is one; it is neither made nor changed."""
    with suppress(GalleryError, SQLAlchemyError, OSError):
        settings = Settings.read()
        url = parse_address(settings.database)
        if url.drivername == "sqlite" and not Path(url.database or "").exists():
            return None
        database = Database(settings.database, journal=settings.sqlite_journal)
        with database.read() as session:
            return question(session)
    return None
