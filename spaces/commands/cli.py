"""The teams' command line: `python -m spaces new | run | check | publish | update`.

Exit codes: 0 done, 1 a check found something that must be mended, 2 what was asked for cannot be
done (one sentence on stderr), 130 stopped with Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from spaces.errors import CannotDo, SpacesError


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise CannotDo(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(arguments)
        return options.run(options)
    except SpacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from spaces.commands import check, new, publish, run, update

    parser = _Parser(prog="python -m spaces", description="A team's Space, from start to gallery.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser, metavar="COMMAND")
    for module in (new, run, check, publish, update):
        module.add(commands)
    return parser
