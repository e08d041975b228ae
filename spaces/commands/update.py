"""`python -m spaces update FOLDER`: a newer template, with the team's own changes kept.

The base of the merge is what the template wrote last time, kept in `.template`; so neither git nor
tagged versions are needed, and a copy that was made without a network can be updated without one.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spaces.commands.answers import Answers
from spaces.commands.journal import change
from spaces.commands.merging import merge
from spaces.commands.project import ANSWERS, BASE, RECORD, Project, Record, open_project
from spaces.commands.rendering import TEMPLATES, render
from spaces.commands.ways import WAYS

BESIDE = ".from-template"
"""What is added to the name of a file that cannot be merged into the team's own."""
CHANGEABLE = (
    "way",
    "owner",
    "name",
    "title",
    "summary",
    "dataset",
    "license",
    "tag",
    "address",
    "base",
)


@dataclass(frozen=True)
class Step:
    """One file: what is to be written (None to delete it, nothing at all where `contents` is
    empty), and what to tell of it."""

    path: str
    contents: Mapping[str, bytes | None]
    words: str
    is_conflict: bool = False


def add(commands: Any) -> None:
    """The command and its options."""
    update = commands.add_parser(
        "update",
        help="bring in a newer template, or another answer",
        description="Brings in a newer template and changed answers; your own edits are kept. "
        "Where both changed the same lines, both are shown between markers.",
    )
    update.set_defaults(run=run)
    update.add_argument("folder", type=Path)
    for name in CHANGEABLE:
        choices = list(WAYS) if name == "way" else None
        update.add_argument(f"--{name}", choices=choices, help="another answer")
    update.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="of your own model")
    update.add_argument("--dry-run", action="store_true", help="say what would be done")


def run(options: argparse.Namespace) -> int:
    project = open_project(options.folder)
    given = {name: getattr(options, name) for name in CHANGEABLE if getattr(options, name)}
    steps = plan(project, given, checkpoint=options.checkpoint)
    for step in steps:
        if step.words:
            print(step.words)
    if not steps:
        print("Nothing to update.")
    elif options.dry_run:
        print("Nothing was changed.")
    else:
        apply(project, steps)
    return int(any(step.is_conflict for step in steps))


def plan(
    project: Project,
    given: Mapping[str, Any] | None = None,
    *,
    checkpoint: Path | None = None,
    templates: Path = TEMPLATES,
) -> list[Step]:
    """What is to be done, file by file; nothing where template and answers are what they were.

    Raises CannotDo for answers that do not fit.
    """
    answers = Answers.of({**project.answers.model_dump(), **(given or {})})
    where = checkpoint.resolve() if checkpoint else project.record.checkpoint
    record = Record(answers=answers, checkpoint=where)
    base, new = project.base(), render(answers, templates)
    steps = [
        _step(project.folder, path, base.get(path), new.get(path))
        for path in sorted({*base, *new})
        if base.get(path) != new.get(path)
    ]
    if steps or record != project.record:
        steps.append(_recorded(record, base, new))
    return steps


def apply(project: Project, steps: list[Step]) -> None:
    """All of it, or nothing where it is interrupted."""
    change(
        project.folder,
        {path: content for step in steps for path, content in step.contents.items()},
    )


def _step(folder: Path, path: str, base: bytes | None, new: bytes | None) -> Step:
    target = folder / path
    if target.is_symlink() or any(above.is_symlink() for above in _inside(folder, target)):
        return Step(path, {}, f"{path}: a link, left as it is")
    if target.is_dir():
        return Step(path, {}, f"{path}: a folder of yours, left as it is")
    yours = target.read_bytes() if target.is_file() else None
    if yours == new:
        return Step(path, {}, "")
    if new is None:
        if yours == base:
            return Step(path, {path: None}, f"{path}: deleted, as in the template")
        return Step(path, {}, f"{path}: kept, though the template has it no more")
    if base is None:
        if yours is None:
            return Step(path, {path: new}, f"{path}: new")
        return _put_beside(path, new)
    if yours is None:
        return Step(path, {}, f"{path}: you deleted it, so it stays away")
    if yours == base:
        return Step(path, {path: new}, f"{path}: updated")
    texts = [_text(content) for content in (base, yours, new)]
    if None in texts:
        return _put_beside(path, new)
    merged = merge(*(text or "" for text in texts))
    if merged.conflicts:
        places = "1 place" if merged.conflicts == 1 else f"{merged.conflicts} places"
        words = f"{path}: CONFLICT in {places}; choose between the sides that are marked"
    else:
        words = f"{path}: updated, with your changes kept"
    return Step(path, {path: merged.text.encode()}, words, bool(merged.conflicts))


def _put_beside(path: str, new: bytes) -> Step:
    words = f"{path}: CONFLICT; yours is kept, the template's is {path}{BESIDE}"
    return Step(path, {f"{path}{BESIDE}": new}, words, True)


def _recorded(record: Record, base: Mapping[str, bytes], new: Mapping[str, bytes]) -> Step:
    """The record of the update itself, changed together with the files."""
    kept = f"{RECORD}/{BASE}"
    contents: dict[str, bytes | None] = {
        f"{RECORD}/{ANSWERS}": f"{record.model_dump_json(indent=2)}\n".encode(),
        **{f"{kept}/{path}": None for path in base if path not in new},
        **{f"{kept}/{path}": one for path, one in new.items() if base.get(path) != one},
    }
    return Step(RECORD, contents, "")


def _inside(folder: Path, target: Path) -> Iterator[Path]:
    """The folders between the project's and the file."""
    for above in target.parents:
        if above == folder:
            return
        yield above


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8") if b"\0" not in content else None
    except UnicodeDecodeError:
        return None
