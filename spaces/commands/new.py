"""`python -m spaces new NAME`: a folder with a Space in it, from a template and a few answers.

Nothing is asked of any network. The three ways of showing it are said before anything is written.
"""

import argparse
import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spaces.commands import checkpoint
from spaces.commands.answers import EMBEDDED, LEAST_CONTROLS, TASKS, Answers
from spaces.commands.folder_hub import CARD_OF_MODEL
from spaces.commands.front_matter import README
from spaces.commands.project import Project, Record, create
from spaces.commands.questions import Asking
from spaces.commands.rendering import render
from spaces.commands.ways import WAYS, explained
from spaces.errors import CannotDo

TAG = "jax-diffusers-event"
SUMMARIES = {
    "controlnet": "Draw something, say what it is, and it is painted.",
    "several-controls": "Hand in a picture or draw one, and choose how it leads.",
    "text-to-image": "Say what it shows, and it is painted.",
    "image-to-image": "Hand in a picture, and say what it becomes.",
    "inpainting": "Paint over a part of a picture, and say what it becomes.",
}
THUMBNAIL = "thumbnail.png"


def add(commands: Any) -> None:
    """The command and its options."""
    new = commands.add_parser(
        "new",
        help="make a folder with a Space in it",
        description="Makes a folder with a Space in it. What is not given is asked for.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="ways to show it:\n\n"
        + explained()
        + "\n\ntasks:\n"
        + "\n".join(f"  {task:17} {words}" for task, words in TASKS.items()),
    )
    new.set_defaults(run=run)
    new.add_argument("name", help="of the Space on the Hub; its folder is called so too")
    new.add_argument("--task", choices=TASKS, help="what it does")
    new.add_argument("--way", choices=WAYS, help="how it is shown")
    new.add_argument("--owner", metavar="NAME", help="your account or organisation on the Hub")
    new.add_argument("--title", metavar="TEXT")
    new.add_argument("--summary", metavar="TEXT", help="one sentence of at most 60 characters")
    new.add_argument("--emoji", metavar="EMOJI", default="🎨")
    new.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="your trained model on this machine: it tells the task and the base, and is what "
        "`run` and `check` use until it is on the Hub",
    )
    new.add_argument("--base", metavar="SOURCE", help="embedded, or the base's repository")
    new.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=OWNER/REPOSITORY",
        help="a ControlNet by what it looks at, such as canny=owner/name; may be repeated",
    )
    new.add_argument("--dataset", metavar="OWNER/REPOSITORY", help="what it was trained on, if any")
    new.add_argument("--license", metavar="NAME", help="of code and weights, as the Hub spells it")
    new.add_argument("--tag", metavar="WORD", help="the event's")
    new.add_argument("--address", metavar="URL", help="of the demo on the host, for a static Space")
    new.add_argument("--into", type=Path, metavar="FOLDER", help="make it in there, not here")


def run(options: argparse.Namespace) -> int:
    asking = Asking(input if sys.stdin.isatty() else None)
    project = make(vars(options), asking)
    print(told(project))
    return 0


def make(given: Mapping[str, Any], asking: Asking) -> Project:
    """Asks for what is not `given` (by the options' names), and writes the folder.

    Raises CannotDo, in which case nothing was written.
    """
    folder = (given.get("into") or Path()) / given["name"]
    weights: Path | None = given.get("checkpoint")
    known = checkpoint.defaults(weights) if weights is not None else {}
    said = {name: one for name, one in given.items() if one}
    answers = ask({**known, **said, "name": given["name"]}, asking)
    if weights is not None and not answers.own_model:
        raise CannotDo("--checkpoint must belong to a model of your own, got none; add --base")
    record = Record(answers=answers, checkpoint=weights.resolve() if weights else None)
    own = {THUMBNAIL: thumbnail(answers), **_card(weights)}
    return create(folder, record, render(answers), own)


def _card(weights: Path | None) -> dict[str, bytes]:
    """The card that lies beside the weights, in the place of the template's."""
    card = checkpoint.card_of(weights) if weights is not None else None
    return {f"{CARD_OF_MODEL}/{README}": card.read_bytes()} if card is not None else {}


def ask(given: Mapping[str, Any], asking: Asking) -> Answers:
    """What a template is filled with. Raises CannotDo."""

    def line(name: str, words: str, default: str | None = None) -> str:
        return given.get(name) or asking.line(f"--{name}", words, default)

    name = given["name"]
    Answers.require_name(name)
    way = given.get("way")
    if way is None:
        asking.says(explained())
        way = asking.choice("--way", "How is it shown?", list(WAYS))
    task = given.get("task") or asking.choice("--task", "What does it do?", list(TASKS))
    owner = line("owner", "Your account or organisation on the Hub")
    controlnets = _controlnets(given, task, f"{owner}/{name}", asking)
    usual = EMBEDDED if controlnets else f"{owner}/{name}-model"
    base = line("base", "The base model: embedded, or its repository on the Hub", usual)
    return Answers.of(
        {
            "name": name,
            "task": task,
            "way": way,
            "owner": owner,
            "title": line("title", "Its title", name.replace("-", " ").replace("_", " ").title()),
            "summary": line("summary", "One sentence about it", SUMMARIES[task]),
            "emoji": given.get("emoji") or "🎨",
            "base": base,
            "controlnets": controlnets,
            "dataset": line("dataset", "The dataset's repository, if there is one", ""),
            "license": line("license", "The licence of code and weights", "apache-2.0"),
            "tag": line("tag", "The event's tag", TAG),
            "address": line("address", "The demo's address on the host", "")
            if way == "static"
            else "",
        }
    )


def _controlnets(given: Mapping[str, Any], task: str, usual: str, asking: Asking) -> dict[str, str]:
    """Repositories by what they look at."""
    pairs = [text.partition("=") for text in given.get("controlnet") or ()]
    for name, equals, source in pairs:
        if not (name and equals and source):
            raise CannotDo(
                f"--controlnet must be NAME=OWNER/REPOSITORY, got {(name + equals + source)[:80]!r}"
                "; write for example canny=owner/name"
            )
    found = {name: source for name, _, source in pairs}
    while len(found) < LEAST_CONTROLS.get(task, 0):
        words = "What does the ControlNet look at? (canny, depth, scribble, …)"
        kind = asking.line("--controlnet", words, given.get("control") if not found else None)
        if kind in found:
            raise CannotDo(f"--controlnet must name each control once, got {kind[:60]!r} twice")
        where = asking.line("--controlnet", "Its repository on the Hub", f"{usual}-{kind}")
        found[kind] = where
    return found


def thumbnail(answers: Answers) -> bytes:
    """A PNG of the Space's words, until `check --thumbnail` puts a picture of its own there."""
    from spaces.demo.preview import card

    stream = io.BytesIO()
    card(answers.title, answers.summary, []).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def told(project: Project) -> str:
    """What is there now, and what to do next."""
    folder = project.folder
    lines = [f"{folder}/ is there. Next:"]
    steps = [
        (f"python -m spaces run {folder}", "see it, and change app.py while it runs"),
        (f"python -m spaces check {folder}", "what is missing before it is handed in"),
        (f"python -m spaces publish {folder} --to {project.answers.space_id}", "put it on the Hub"),
    ]
    if project.answers.way == "home":
        steps[2] = (f"python -m spaces run {folder} --share yes", "show it to others")
    width = max(len(step) for step, _ in steps)
    return "\n".join([*lines, *(f"  {step:{width}}   {why}" for step, why in steps)])
