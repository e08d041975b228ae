"""`python -m spaces check FOLDER`: what the gallery would say of it, and whether it starts.

The gallery's own rules run over the folder as if it were published (`spaces.commands.folder_hub`),
with the app really started and really asked for a picture.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spaces.checks.check import Check, Outcome
from spaces.checks.run import Entry, run_checks
from spaces.commands import environment
from spaces.commands.folder_hub import FolderHub
from spaces.commands.folder_rules import THUMBNAIL, folder_checks
from spaces.commands.front_matter import read_readme
from spaces.commands.packing import TOKEN
from spaces.commands.process import App, any_port
from spaces.commands.project import APP, Project, open_project
from spaces.errors import CannotDo, DemoUnavailable
from spaces.hub.client import HUGGING_FACE
from spaces.hub.demo_api import DemoAnswer, ask_demo, ask_openly

SIGNS = {
    Outcome.PASS: "✓",
    Outcome.WARNING: "!",
    Outcome.FAILURE: "✗",
    Outcome.UNKNOWN: "?",
}


def add(commands: Any) -> None:
    """The command and its options."""
    check = commands.add_parser(
        "check",
        help="what is missing before it is handed in",
        description="Runs the gallery's checks over a Space that is not published yet: starts it, "
        "asks it for a picture, and looks at its README, cards, models and data.",
    )
    check.set_defaults(run=run)
    check.add_argument("folder", type=Path)
    check.add_argument("--json", action="store_true", help="one JSON list on stdout")
    check.add_argument(
        "--install",
        action="store_true",
        help="install requirements.txt into an empty environment first, which takes minutes, and "
        "start the app there",
    )
    check.add_argument(
        "--thumbnail", action="store_true", help=f"make the picture that it paints {THUMBNAIL}"
    )
    check.add_argument(
        "--start-seconds", type=float, default=300, metavar="N", help="to its first page (300)"
    )
    check.add_argument(
        "--seconds", type=float, default=60, metavar="N", help="to its first picture (60)"
    )


def run(options: argparse.Namespace) -> int:
    project = open_project(options.folder)
    checks: list[Check] = []
    found = all_checks(
        project,
        installs=options.install,
        start_seconds=options.start_seconds,
        seconds=options.seconds,
        pictured=_thumbnail(project) if options.thumbnail else lambda _: None,
    )
    for check in found:
        checks.append(check)
        if not options.json:
            print(line(check), flush=True)
    if options.json:
        print(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        print(summed_up(checks))
    return int(any(check.outcome is Outcome.FAILURE for check in checks))


def all_checks(
    project: Project,
    *,
    installs: bool = False,
    start_seconds: float = 300,
    seconds: float = 60,
    pictured: Callable[[DemoAnswer], object] = lambda _: None,
) -> Iterator[Check]:
    """Each as soon as it is known. `pictured` is given what the app answered."""
    yield from folder_checks(project)
    with _interpreter(project, installs) as (interpreter, installed):
        if installed is not None:
            yield installed
        if interpreter is None:
            yield from _gallery_checks(project, None, seconds, pictured)
            return
        with _started(project, interpreter, start_seconds) as (address, started):
            yield started
            yield from _gallery_checks(project, address, seconds, pictured)


def line(check: Check) -> str:
    """A check in words, its remedy below."""
    about = f" ({check.subject})" if check.subject else ""
    said = f"{SIGNS[check.outcome]} {check.title}{about}: {check.message}"
    return f"{said}\n    {check.remedy}" if check.remedy else said


def summed_up(checks: list[Check]) -> str:
    counts = {kind: sum(check.outcome is kind for check in checks) for kind in Outcome}
    if counts[Outcome.FAILURE]:
        return f"\n{counts[Outcome.FAILURE]} to mend before it can be handed in."
    open_ = counts[Outcome.WARNING] + counts[Outcome.UNKNOWN]
    return f"\nIt can be handed in{f'; {open_} to look at' if open_ else ''}."


def _gallery_checks(
    project: Project, address: str | None, seconds: float, pictured: Callable[[DemoAnswer], object]
) -> Iterator[Check]:
    answers = project.answers
    hub = FolderHub(project, address, os.environ.get("HF_ENDPOINT") or HUGGING_FACE)
    datasets = (answers.dataset,) if answers.dataset else ()
    entry = Entry(answers.space_id, answers.tag, models=answers.models, datasets=datasets)
    try:
        read_readme(project.folder)
        yield from run_checks(entry, hub, ask_openly, seconds=seconds, answered=pictured)
    except CannotDo:  # folder_checks has said so
        return


@contextmanager
def _interpreter(project: Project, installs: bool) -> Iterator[tuple[str | None, Check | None]]:
    """The Python to start the app with, None where its requirements could not be installed."""
    if not installs:
        yield environment.OURS, None
        return
    with tempfile.TemporaryDirectory(prefix="spaces-check-") as folder:
        yield environment.install(project.folder, Path(folder))


@contextmanager
def _started(
    project: Project, interpreter: str, seconds: float
) -> Iterator[tuple[str | None, Check]]:
    """The app as a Space starts it, ended afterwards; its address, None where it did not start."""
    more = {"SPACE_ID": project.answers.space_id}
    with tempfile.TemporaryFile() as output:
        app = App(
            project,
            port=any_port(),
            interpreter=interpreter,
            output=output.fileno(),
            more=more,
        )
        try:
            name, title = "app_starts", "The app's start"
            until = time.monotonic() + seconds
            answers = app.wait(seconds)
            if answers:
                _warm_up(app.address, max(1.0, until - time.monotonic()))
            if answers and not app.has_ended:
                yield app.address, Check(name, title, Outcome.PASS, f"{APP} starts as in a Space.")
                return
            output.seek(0)
            said = TOKEN.sub(b"[a token]", output.read()).decode("utf-8", "replace").splitlines()
            how = "ended" if app.has_ended else f"gave no page within {seconds:g} seconds"
            last = next((one.strip()[:300] for one in reversed(said) if one.strip()), "nothing")
            yield (
                None,
                Check(
                    name,
                    title,
                    Outcome.FAILURE,
                    f"{APP} {how}; the last that it said: {last}",
                    f"See what `python -m spaces run {project.folder}` says, and mend it.",
                ),
            )
        finally:
            app.end()


def _warm_up(address: str, seconds: float) -> None:
    """The first picture waits for programs to be compiled; the next one is timed."""
    with suppress(DemoUnavailable):
        ask_demo(address, ask_openly, seconds=seconds)


def _thumbnail(project: Project) -> Callable[[DemoAnswer], object]:
    def keep(answer: DemoAnswer) -> None:
        if answer.picture:
            (project.folder / THUMBNAIL).write_bytes(answer.picture)

    return keep
