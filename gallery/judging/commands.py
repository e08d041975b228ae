"""`python -m gallery jury`: a result or judging made again, and a plan of looks by simulation."""

import argparse
from pathlib import Path
from typing import Any

from gallery.errors import Invalid
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.judging import reading, reckoning, replay
from gallery.judging.background import plans
from gallery.judging.background.plans import Figure
from gallery.judging.evidence import scales

JURIES_MOST = 10_000


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    jury = commands.add_parser("jury", help="the jury's result")
    inner = jury.add_subparsers(required=True, metavar="WHAT")
    again = inner.add_parser("recompute", help="make a result again from its export")
    again.add_argument("file", type=Path, metavar="FILE", help="what the board's Result gives")
    again.set_defaults(alone=_recompute)
    plan = inner.add_parser("plan", help="how many looks make the winner right, by simulation")
    plan.add_argument("--demos", type=int, required=True, metavar="N")
    plan.add_argument("--jurors", type=int, required=True, metavar="N")
    plan.add_argument("--juries", type=int, default=100, metavar="N", help="simulated for each row")
    plan.add_argument(
        "--event", type=Path, default=SHIPPED, metavar="FILE", help="with the rubric to plan for"
    )
    plan.set_defaults(alone=_plan)
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


def _plan(options: argparse.Namespace) -> int:
    """A row for each number of looks as it is there, then the answer."""
    if not 1 <= options.juries <= JURIES_MOST:
        raise Invalid(
            f"a plan simulates 1 to {JURIES_MOST} juries, got {options.juries}; choose a number "
            "between",
            field="juries",
        )
    task = plans.task_for(
        demos=options.demos,
        jurors=options.jurors,
        scales=scales(load_event(options.event).rubric),
        juries=options.juries,
    )
    print("looks  each juror  winner right   best in 1-3  all of 1-3")
    found = []
    for part in plans.reckon(task.told):
        one = Figure(**part)
        found.append(one)
        print(
            f"{one.looks:5}  {one.load:10.1f}  {one.winner:5.0%} ± {one.error:3.0%}  "
            f"{one.among:12.0%}  {one.podium:10.0%}",
            flush=True,
        )
    print(plans.in_words(found, is_whole=True))
    return 0


def _replay(options: argparse.Namespace, gallery: Gallery) -> int:
    """0 where the log gives the tables again, 1 with the first difference."""
    event = gallery.event(options.event) if options.event else gallery.current
    with gallery.database.read() as session:
        found = replay.difference(replay.replayed(session, event), replay.kept(session, event))
    print(found or "the log gives the same as the tables")
    return 1 if found else 0
