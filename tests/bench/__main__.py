"""Benchmarks: how fast, how large, and beside what.

generation  a picture from beginning to end on this machine, in parts
old_flax    our guided step beside the old Flax pipeline's, on this CPU
tpu         what both ask of a TPU v4-8, as compiled for it, without a TPU
gallery     people browsing a full gallery while teams save
sessions    a demo's memory over thousands of visitors
uploads     the memory that pictures take which are sent at once
assignment  300 demos handed out to 40 jurors
jurors      fifty jurors who save and finish ballots at once
turns       short waits under load, simulated, beside one at a time and whole-run batches
plan        how many TPU v4-8 so many visitors want, simulated
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from inference.errors import InferenceError
from tests.bench import (
    assignment,
    gallery,
    generation,
    jurors,
    old_flax,
    sessions,
    tpu,
    uploads,
)
from tests.bench.report import Report
from tests.bench.simulation import plan, turns

TAKES = {
    "generation": generation.TAKES,
    "old_flax": old_flax.TAKES,
    "tpu": tpu.TAKES,
    "gallery": gallery.TAKES,
    "sessions": sessions.TAKES,
    "uploads": uploads.TAKES,
    "assignment": assignment.TAKES,
    "jurors": jurors.TAKES,
    "turns": turns.TAKES,
    "plan": plan.TAKES,
}
CROWD = {
    "people": (300, "who browse the gallery"),
    "savers": (50, "teams that save meanwhile"),
    "submissions": (10_000, "demos in the gallery"),
    "seconds": (60, "of it"),
}
"""The gallery's options: default and meaning."""
SPRINT = {
    "hosts": (48, "v4-8 of plan"),
    "visitors": (10_000, "who are active at a time"),
    "every": (30, "seconds from a visitor's request to the next"),
    "steps": (20, "guided steps of a picture"),
    "controlnets": (3, "that visitors of one host use"),
    "within": (5, "seconds in which 95 in 100 pictures should be there"),
}
"""The plan's options: default and meaning."""


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = parser().parse_args(arguments)
    benchmarks: dict[str, Callable[[], Report]] = {
        "generation": lambda: generation.bench(model=chosen.model, runs=chosen.runs),
        "old_flax": lambda: old_flax.bench(runs=chosen.runs),
        "tpu": tpu.bench,
        "gallery": lambda: gallery.bench(
            people=chosen.people,
            savers=chosen.savers,
            submissions=chosen.submissions,
            seconds=chosen.seconds,
        ),
        "sessions": lambda: sessions.bench(pictures=chosen.pictures),
        "uploads": uploads.bench,
        "assignment": assignment.bench,
        "jurors": lambda: jurors.bench(jurors=chosen.jurors),
        "turns": turns.bench,
        "plan": lambda: plan.bench(
            plan.Wish(
                every=chosen.every,
                steps=chosen.steps,
                controlnets=chosen.controlnets,
                within=chosen.within,
            ),
            hosts=chosen.hosts,
            visitors=chosen.visitors,
            svg=chosen.svg,
        ),
    }
    for name in chosen.names or benchmarks:
        print(f"{name}: takes {TAKES[name]}", flush=True)
        try:
            report = benchmarks[name]()
        except InferenceError as error:
            parser().exit(2, f"{error}\n")
        print(f"\n{report}\n\n{command(name, chosen)}\n", flush=True)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", type=_benchmark, metavar="NAME", help="default: all, in order"
    )
    parser.add_argument(
        "--model", default="embedded", help="the model of generation (default: embedded)"
    )
    parser.add_argument(
        "--runs", type=_positive, default=11, help="timed runs of each (default: %(default)s)"
    )
    parser.add_argument(
        "--pictures",
        type=_positive,
        default=10_000,
        help="pictures of sessions, each in a session of its own (default: %(default)s)",
    )
    parser.add_argument(
        "--jurors",
        type=_positive,
        default=50,
        help="people who judge at once in jurors (default: %(default)s)",
    )
    parser.add_argument("--svg", type=Path, help="where plan draws its table as well")
    for name, (default, what) in {**CROWD, **SPRINT}.items():
        parser.add_argument(
            f"--{name}", type=_positive, default=default, help=f"{what} (default: %(default)s)"
        )
    return parser


def command(name: str, chosen: argparse.Namespace) -> str:
    """What to type for this benchmark alone."""
    options = {"generation": f" --model {chosen.model} --runs {chosen.runs}"}
    options["sessions"] = f" --pictures {chosen.pictures}"
    options["jurors"] = f" --jurors {chosen.jurors}"
    options["old_flax"] = f" --runs {chosen.runs}"
    options["gallery"] = "".join(f" --{name} {getattr(chosen, name)}" for name in CROWD)
    options["plan"] = "".join(f" --{name} {getattr(chosen, name)}" for name in SPRINT)
    return f"python -m tests.bench {name}{options.get(name, '')}"


def _benchmark(name: str) -> str:
    if name not in TAKES:
        raise argparse.ArgumentTypeError(
            f"a benchmark must be one of {', '.join(TAKES)}, got {name!r}; choose one of them"
        )
    return name


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"a number of runs must be a whole number from 1, got {text!r}; choose one"
        )
    return value


if __name__ == "__main__":
    main()
