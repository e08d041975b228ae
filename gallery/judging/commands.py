"""`python -m gallery jury recompute FILE`: a published result made again from its evidence."""

import argparse
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gallery.errors import Invalid
from gallery.judging import results


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    jury = commands.add_parser("jury", help="the jury's result")
    inner = jury.add_subparsers(required=True, metavar="WHAT")
    again = inner.add_parser("recompute", help="make a result again from its export")
    again.add_argument("file", type=Path, metavar="FILE", help="what the board's Result gives")
    again.set_defaults(alone=_recompute)


def _recompute(options: argparse.Namespace) -> int:
    """0 where it is the same to the digit, 1 where it differs."""
    try:
        told = json.loads(options.file.read_text("utf-8"))
        before, again = results.recompute(told)
    except (ValidationError, json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
        raise Invalid(
            f"{options.file.name} must be a result as the organisers' board gives it, got "
            "something else; download it there once more",
            field="file",
        ) from None
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
