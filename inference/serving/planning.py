"""`python -m inference plan`: a memory plan on the command line."""

import argparse
import sys

from inference.described import Described, v4_8
from inference.errors import InvalidRequest
from inference.serving.plan import plan

HBM_GIB = 32.0
"""Of each device of a TPU v4-8."""
NO_LIBTPU = (
    "note: libtpu is not here, so these are the figures of the CPU's compiler, in float32: weights "
    "take half of that on a TPU, and working memory less; see docs/serving.md"
)


def add_plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="embedded", metavar="SOURCE", help="as for generate")
    parser.add_argument(
        "--memory",
        type=float,
        default=HBM_GIB,
        metavar="GIB",
        help=f"of each device; else {HBM_GIB:g}, a TPU v4-8's",
    )
    parser.add_argument(
        "--rows",
        type=int,
        choices=(1, 2, 4, 8, 16),
        default=16,
        metavar="N",
        help="of a tick on each device, 1, 2, 4, 8 or 16; else 16: eight guided pictures",
    )
    parser.add_argument(
        "--times",
        type=float,
        action="append",
        metavar="X",
        help="pictures of X times the model's own side, up to 2; repeatable; else 1",
    )


def run_plan(options: argparse.Namespace) -> None:
    """Raises InvalidRequest and CheckpointError."""
    times = options.times or [1.0]
    if not 0 < options.memory <= 100_000:
        raise InvalidRequest(
            f"--memory must be more than 0 GiB, got {options.memory:g}; give a device's",
            field="--memory",
        )
    if not all(0 < each <= 2 for each in times):
        raise InvalidRequest(
            f"--times must be more than 0 and up to 2, got {times}; try 1", field="--times"
        )
    tpu = v4_8()
    if tpu is None:
        print(NO_LIBTPU, file=sys.stderr)
    print(
        plan(
            options.model,
            Described(tpu),
            memory_gib=options.memory,
            rows=options.rows,
            times=times,
            told=lambda text: print(f"{text}; it may take minutes", file=sys.stderr),
        )
    )
