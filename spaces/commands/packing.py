"""What goes up to the Hub: a team's own files, and our packages beside them, and nothing secret."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from spaces.commands.answers import EMBEDDED
from spaces.commands.process import PACKAGES
from spaces.commands.project import APP, Project
from spaces.errors import CannotDo

ELSEWHERE = ("model", "dataset")
"""Folders of the project that go to repositories of their own."""
LEFT_OUT = re.compile(
    r"\..*|__pycache__|node_modules|.*\.(?:token|pem|key|pyc|log)|id_(?:rsa|ed25519).*"
    r"|credentials.*|secrets?(?:\..*)?|te?mp",
    re.IGNORECASE,
)
"""Names of files and folders that are not uploaded: hidden ones, caches, and what holds secrets."""
VENV = "pyvenv.cfg"
TOKEN = re.compile(
    rb"\b(?:hf_[A-Za-z0-9]{30,}|sprint_[A-Za-z0-9_-]{30,}|gh[pousr]_[A-Za-z0-9]{30,})"
)
SEARCHED = 1_000_000
"""Bytes of each file that are searched for tokens."""
MOST_BYTES = 1_000_000_000
MOST_FILES = 5000
VENDORED = ("inference", "spaces")
NOT_FOR_SPACES = (
    "spaces/commands",
    "spaces/host",
    "spaces/templates",
    "spaces/checks",
    "spaces/screenshot.png",
)
WEIGHTS = "inference/embedded/"
KNOWN = f"{WEIGHTS}vocabulary.json"
"""What the model that ships knows: a page offers it where the engine is elsewhere, too."""


def own_files(project: Project) -> dict[str, Path]:
    """The team's own files by their path in the Space. Raises CannotDo, naming no secret."""
    found: dict[str, Path] = {}
    size = 0
    for path in _walk(project.folder, skip=ELSEWHERE):
        name = path.relative_to(project.folder).as_posix()
        if not name.isprintable():
            raise CannotDo(
                f"files must have names that can be read, got {ascii(name)[:100]}; rename it"
            )
        with path.open("rb") as file:
            if TOKEN.search(file.read(SEARCHED)):
                raise CannotDo(
                    f"{name} must hold no token, since everybody can read it on the Hub, got one; "
                    "take it out, and hand it over with --secret"
                )
        found[name] = path
        size += path.stat().st_size
        if size > MOST_BYTES or len(found) > MOST_FILES:
            raise CannotDo(
                f"a Space must be at most {MOST_BYTES // 1_000_000:,} MB in {MOST_FILES:,} files, "
                f"got more in {project.folder}; put weights and data into their own repositories"
            )
    return found


def packed(project: Project) -> dict[str, Path]:
    """All files of the Space: with our packages inside, where it is one that runs `app.py`.

    A package of ours that the team has in its folder already is left as it is there.
    """
    own = own_files(project)
    if project.answers.way != "gradio":
        return own
    theirs = {name.partition("/")[0] for name in own}
    found = dict(own)
    for package in VENDORED:
        if package not in theirs:
            found |= _package(package, with_weights=_names_embedded(project))
    return found


def _package(package: str, *, with_weights: bool) -> dict[str, Path]:
    found = {}
    for path in _walk(PACKAGES / package):
        name = path.relative_to(PACKAGES).as_posix()
        if name.startswith(NOT_FOR_SPACES):
            continue
        left_out = not with_weights or name.endswith(".webp")
        if name.startswith(WEIGHTS) and left_out and name != KNOWN:
            continue
        found[name] = path
    return found


def _names_embedded(project: Project) -> bool:
    """Whether `app.py` names the model that ships: it goes along only then, for it has 30 MB."""
    try:
        tree = ast.parse((project.folder / APP).read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return True
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.partition(":")[0] == EMBEDDED
        for node in ast.walk(tree)
    )


def _walk(folder: Path, skip: tuple[str, ...] = ()) -> Iterator[Path]:
    """Files, in order. Links are not followed: they may lead out of the folder."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or LEFT_OUT.fullmatch(path.name) or path.name in skip:
            continue
        if path.is_dir():
            if not (path / VENV).exists():
                yield from _walk(path)
        elif path.is_file():
            yield path


def weights_of(checkpoint: Path) -> dict[str, Path]:
    """The files of a trained model: what lies right in its folder and in those in it."""
    found = {path.relative_to(checkpoint).as_posix(): path for path in _walk(checkpoint)}
    return {name: path for name, path in found.items() if name.count("/") < 2}
