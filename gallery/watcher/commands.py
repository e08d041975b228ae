"""`python -m gallery collect` and `snapshot`."""

import argparse
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from tqdm import tqdm

from gallery.actor import COMMAND_LINE
from gallery.errors import GalleryError, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources.pace import Pace, allowed_rate
from gallery.submissions import snapshot
from gallery.watcher import collect

PATIENCE = 330.0
"""Seconds. Nobody waits for a page here, and the Hub's limits end after five minutes at most."""
TOLD = 10
"""Problems that a summary names."""
INTERRUPTED = 130


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    parser = commands.add_parser(
        "collect", help="take in every Space on the Hub that carries an event's tag"
    )
    parser.add_argument("--tag", metavar="TAG", help="another tag than the event's")
    parser.add_argument("--event", metavar="SLUG", help="the event to take them into")
    parser.add_argument(
        "--again", action="store_true", help="ask the Hub about unchanged Spaces, too"
    )
    parser.add_argument(
        "--watch", action="store_true", help="go on, every POLL_MINUTES, until Ctrl-C"
    )
    parser.set_defaults(command=_collect)
    parser = commands.add_parser(
        "snapshot", help="after the deadline, pin the commits of what was handed in"
    )
    parser.add_argument("--event", metavar="SLUG", help="the event (the current one if not given)")
    parser.set_defaults(command=_snapshot)


def _collect(options: argparse.Namespace, gallery: Gallery) -> int:
    _event(options, gallery)
    gallery = replace(gallery, patience=PATIENCE)
    pace = Pace(allowed_rate(gallery.settings))
    try:
        while True:
            try:
                gallery.schedule.look()
                _collect_once(options, gallery, _event(options, gallery), pace)
            except GalleryError as error:
                if not options.watch:
                    raise
                print(f"{error}; it is tried again", flush=True)
            if not options.watch:
                return 0
            time.sleep(60 * (gallery.settings.poll_minutes or 10))
    except KeyboardInterrupt:
        print("Stopped; run it again to go on from here.")
        return INTERRUPTED


def _collect_once(options: argparse.Namespace, gallery: Gallery, event: Event, pace: Pace) -> None:
    outcomes: Counter[str] = Counter()
    problems: list[str] = []
    try:
        with tqdm(unit=" Spaces", disable=None, leave=False) as bar:
            for taken in collect.collect(
                gallery,
                COMMAND_LINE,
                event=event,
                pace=pace,
                tag=options.tag,
                again=options.again,
            ):
                outcomes[taken.outcome] += 1
                if taken.problem is not None:
                    problems.append(f"{taken.space_id}: {taken.problem}")
                bar.set_postfix_str(taken.space_id)
                bar.update()
    finally:
        print(_summary(options.tag or event.tag, event, outcomes), flush=True)
        for problem in problems[:TOLD]:
            print(f"  {problem}")
        if len(problems) > TOLD:
            print(f"  … and {len(problems) - TOLD} more problems")


def _summary(tag: str, event: Event, outcomes: Counter[str]) -> str:
    words = {
        "new": "new",
        "changed": "changed",
        "unchanged": "unchanged",
        "its team's": "left as their teams wrote them",
        "withdrawn": "withdrawn here",
        "problem": "could not be read",
    }
    told = [f"{outcomes[outcome]} {word}" for outcome, word in words.items() if outcomes[outcome]]
    return f"Spaces with the tag {tag} for {event.name}: {', '.join(told) or 'none'}."


def _snapshot(options: argparse.Namespace, gallery: Gallery) -> int:
    event = _event(options, gallery)
    gallery = replace(gallery, patience=PATIENCE)
    pace = Pace(allowed_rate(gallery.settings))
    pinned, problems = 0, []
    for one in tqdm(
        snapshot.snapshot(gallery, COMMAND_LINE, event=event, pace=pace),
        unit=" submissions",
        disable=None,
        leave=False,
    ):
        if one.problem is None:
            pinned += 1
        else:
            problems.append(one.problem)
    print(f"Pinned {pinned} of {pinned + len(problems)} submissions of {event.name}.")
    if problems:
        raise Unavailable(f"not everything could be pinned ({problems[0]}); run it again")
    return 0


def _event(options: argparse.Namespace, gallery: Gallery) -> Event:
    return gallery.event(options.event) if options.event else gallery.current
