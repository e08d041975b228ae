"""Benchmarks: how fast, how large, and beside what.

start       a process from its first line to the first picture, with what an earlier one kept
generation  a picture from beginning to end on this machine, in parts
peers       Stable Diffusion 1.5 and its layers on this CPU, beside PyTorch diffusers
old_flax    our guided step beside the old Flax pipeline's, on this CPU
tpu         what both ask of a TPU v4-8, as compiled for it, without a TPU
training    ControlNet training on a v4-8 and a v5e, as compiled: the largest batch, memory, time
gallery     people browsing a full gallery while teams save
sessions    a demo's memory over thousands of visitors
uploads     the memory that pictures take which are sent at once
assignment  300 demos handed out to 40 jurors
jurors      fifty jurors who save and finish ballots at once
crowd       fifty people who ask a demo for a picture at the same moment
live        pictures that follow a pen, and what of their time the engine takes
serving     short waits under load on the embedded model, beside the same two
endurance   the engine's service under too much work, with cancels, bad requests, lost clients
turns       short waits under load, simulated, beside one at a time and whole-run batches
plan        how many TPU v4-8 so many visitors want, simulated
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from inference.errors import InferenceError
from tests.bench import (
    assignment,
    crowd,
    endurance,
    gallery,
    generation,
    jurors,
    live,
    old_flax,
    peers,
    serving,
    sessions,
    start,
    tpu,
    training,
    uploads,
)
from tests.bench.report import Report
from tests.bench.simulation import plan, turns

TAKES = {
    "start": start.TAKES,
    "generation": generation.TAKES,
    "peers": peers.TAKES,
    "old_flax": old_flax.TAKES,
    "tpu": tpu.TAKES,
    "training": training.TAKES,
    "gallery": gallery.TAKES,
    "sessions": sessions.TAKES,
    "uploads": uploads.TAKES,
    "assignment": assignment.TAKES,
    "jurors": jurors.TAKES,
    "crowd": crowd.TAKES,
    "live": live.TAKES,
    "serving": serving.TAKES,
    "endurance": endurance.TAKES,
    "turns": turns.TAKES,
    "plan": plan.TAKES,
}
CROWD = {
    "people": (300, "who browse the gallery; in live who draw, there 1; in crowd 50"),
    "savers": (50, "teams that save meanwhile"),
    "submissions": (10_000, "demos in the gallery"),
    "seconds": (60, "of it, and of endurance"),
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
        "start": lambda: start.bench(runs=chosen.runs),
        "generation": lambda: generation.bench(model=chosen.model, runs=chosen.runs),
        "peers": lambda: peers.bench(runs=chosen.runs, works=tuple(chosen.works or peers.WORKS)),
        "old_flax": lambda: old_flax.bench(runs=chosen.runs),
        "tpu": tpu.bench,
        "training": training.bench,
        "gallery": lambda: gallery.bench(
            people=chosen.people or CROWD["people"][0],
            savers=chosen.savers,
            submissions=chosen.submissions,
            seconds=chosen.seconds,
        ),
        "sessions": lambda: sessions.bench(pictures=chosen.pictures),
        "uploads": uploads.bench,
        "assignment": assignment.bench,
        "jurors": lambda: jurors.bench(jurors=chosen.jurors),
        "crowd": lambda: crowd.bench(people=chosen.people or 50),
        "live": lambda: live.bench(people=chosen.people or 1),
        "serving": serving.bench,
        "endurance": lambda: endurance.bench(seconds=chosen.seconds),
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
        "--works",
        nargs="+",
        choices=peers.WORKS,
        metavar="WORK",
        help=f"what peers runs: {', '.join(peers.WORKS)} (default: all)",
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
        own = None if name == "people" else default
        parser.add_argument(
            f"--{name}", type=_positive, default=own, help=f"{what} (default: {default})"
        )
    return parser


def command(name: str, chosen: argparse.Namespace) -> str:
    """What to type for this benchmark alone."""
    options = {"generation": f" --model {chosen.model} --runs {chosen.runs}"}
    options["sessions"] = f" --pictures {chosen.pictures}"
    options["jurors"] = f" --jurors {chosen.jurors}"
    works = f" --works {' '.join(chosen.works)}" if chosen.works else ""
    options["peers"] = f" --runs {chosen.runs}{works}"
    options["old_flax"] = options["start"] = f" --runs {chosen.runs}"
    options["gallery"] = "".join(
        f" --{name} {getattr(chosen, name) or default}" for name, (default, _) in CROWD.items()
    )
    options["crowd"] = f" --people {chosen.people or 50}"
    options["live"] = f" --people {chosen.people or 1}"
    options["endurance"] = f" --seconds {chosen.seconds}"
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
