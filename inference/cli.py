"""The core's command line, and how each of its commands ends.

Exit codes: 0 done, 1 something broke, 2 something that was asked for cannot be done (one sentence
on stderr, nothing on stdout), 130 stopped with Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from inference.commands.generate import add_generate, run_generate
from inference.commands.reading import controlnets
from inference.errors import InferenceError, InvalidRequest
from inference.pipeline import Pipeline
from inference.serving.http.commands import add_keys, add_serve, run_keys, run_serve
from inference.serving.planning import add_plan, run_plan


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise InvalidRequest(f"{message}; see {self.prog} --help", field="arguments")


def main(arguments: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(arguments)
        options.run(options)
    except InferenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except Exception as error:
        if "--debug" in arguments:
            raise
        reason = str(error).partition("\n")[0][:200]
        print(
            f"error: the picture could not be made, because {type(error).__name__} came up "
            f"({reason}); try a smaller size or fewer images, or see the details with --debug",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m inference", description="The JAX inference core.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser, metavar="COMMAND")
    generate = commands.add_parser("generate", help="make pictures from a prompt")
    generate.set_defaults(run=run_generate)
    add_generate(generate)
    serving = commands.add_parser("serve", help="serve the engine over HTTP")
    serving.set_defaults(run=lambda options: run_serve(options, controlnets(options)))
    add_serve(serving)
    warming = commands.add_parser(
        "warm", help="compile a model's programs now: the next start reads them"
    )
    warming.set_defaults(run=_warm)
    warming.add_argument("--model", default="embedded", metavar="SOURCE")
    warming.add_argument("--controlnet", action="append", default=[], metavar="NAME=SOURCE")
    planning = commands.add_parser("plan", help="what fits in a device's memory")
    planning.set_defaults(run=run_plan)
    add_plan(planning)
    keys = commands.add_parser("keys", help="make, list and end the keys of a served engine")
    keys.set_defaults(run=run_keys)
    add_keys(keys)
    return parser


def _warm(options: argparse.Namespace) -> None:
    """Runs every program once, in a process that remembers what it compiled."""
    pipeline = Pipeline.load(options.model, controlnets=controlnets(options))
    seconds = pipeline.warm_up()
    print(f"{pipeline.info.model}: its programs are there after {seconds:.1f} s")
