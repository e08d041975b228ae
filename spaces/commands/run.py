"""`python -m spaces run FOLDER`: the Space on this machine, started anew with every change.

The whole program starts anew, and not Gradio's reload mode, which swaps a page's Blocks below the
doors that were built for the old ones. What was compiled is kept, and the page in the browser
connects again by itself.
"""

import argparse
import time
from pathlib import Path
from typing import Any

from spaces.commands.folder_rules import THUMBNAIL
from spaces.commands.process import App, free_port
from spaces.commands.project import RECORD, Project, open_project

LOOK_EVERY = 0.3
WATCHED = (".py", ".toml", ".json", ".txt", ".css", ".js", ".html", ".png", ".jpg", ".webp")
MOST_FILES = 5000

Seen = dict[Path, tuple[int, int]]


def add(commands: Any) -> None:
    """The command and its options."""
    run_ = commands.add_parser(
        "run",
        help="show the Space on this machine, changes included",
        description="Shows the Space on this machine, and starts it anew when a file changes.",
    )
    run_.set_defaults(run=run)
    run_.add_argument("folder", type=Path)
    run_.add_argument("--port", type=int, metavar="N", help="7860 or the next free one")
    run_.add_argument(
        "--share", choices=["no", "yes"], default="no", help="a public address through gradio.live"
    )


def run(options: argparse.Namespace) -> int:
    project = open_project(options.folder)
    port = free_port(options.port)
    more = {"GRADIO_SHARE": "True"} if options.share == "yes" else {}
    print(f"Showing {project.folder}; a change of its files starts it anew. Ctrl-C ends it.")
    while True:
        seen = look(project)
        app = App(project, port=port, more=more)
        try:
            wait_for_change(project, seen, app)
        finally:
            app.end()


def wait_for_change(project: Project, seen: Seen, app: App) -> None:
    """Says so when the program ends by itself: it waits for the change that mends it."""
    has_said = False
    while look(project) == seen:
        if app.has_ended and not has_said:
            print("It has ended; it starts anew once a file is changed.", flush=True)
            has_said = True
        time.sleep(LOOK_EVERY)
    print("A file has changed; starting anew.", flush=True)


def look(project: Project) -> Seen:
    """Time and size of each file that the program may read, by its path."""
    found: Seen = {}
    for path in project.folder.rglob("*"):
        parts = path.relative_to(project.folder).parts
        if RECORD in parts or "__pycache__" in parts or path.suffix not in WATCHED:
            continue
        if parts == (THUMBNAIL,):  # which `check --thumbnail` changes, and the program never reads
            continue
        try:
            state = path.stat()
        except OSError:  # gone meanwhile, as editors do while they save
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
        if len(found) >= MOST_FILES:
            break
    return found
