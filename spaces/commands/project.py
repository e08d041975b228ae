"""A team's folder: its files, and the record of the template that they were made from.

The record is the folder `.template`: what the team answered, and every file as the template wrote
it, from which `update` tells the team's own changes. It is never uploaded.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from spaces.commands.answers import Answers
from spaces.errors import CannotDo

RECORD = ".template"
ANSWERS = "answers.json"
BASE = "base"
APP = "app.py"
MOST_RECORD = 100_000


class Record(BaseModel):
    """`checkpoint` is a folder of this machine with the weights of the team's own model, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: Answers
    checkpoint: Path | None = None


@dataclass(frozen=True)
class Project:
    """A folder that `new` made."""

    folder: Path
    record: Record

    @property
    def answers(self) -> Answers:
        return self.record.answers

    @property
    def checkpoints(self) -> dict[str, str]:
        """Where the team's own model is on this machine, by its repository."""
        checkpoint = self.record.checkpoint
        own = self.answers.own_model
        return {own: str(checkpoint)} if own and checkpoint is not None else {}

    def base(self) -> dict[str, bytes]:
        """The files as the template wrote them."""
        return read_files(self.folder / RECORD / BASE)


def open_project(folder: Path) -> Project:
    """Raises CannotDo for a folder that `new` did not make.

    An update that was interrupted is undone first.
    """
    from spaces.commands.journal import recover  # which writes what is named here

    path = folder / RECORD / ANSWERS
    if recover(folder):
        print(f"An update of {folder} was interrupted; the files are as they were before it.")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_RECORD)
    except OSError:
        raise CannotDo(
            f"{folder} must be a folder that `python -m spaces new` made, got one without "
            f"{RECORD}/{ANSWERS}; give its name, or make one"
        ) from None
    try:
        return Project(folder, Record.model_validate_json(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise CannotDo(
            f"{path} must hold what was answered, got something wrong in {where}; take it back "
            "from your version control, or make the Space anew"
        ) from None


def create(
    folder: Path, record: Record, files: Mapping[str, bytes], own: Mapping[str, bytes]
) -> Project:
    """Writes a new folder, whole or not at all; `own` are files that no update touches.

    Raises CannotDo where there is something of that name already.
    """
    if folder.is_symlink() or folder.exists():
        kind = "a link" if folder.is_symlink() else "a folder" if folder.is_dir() else "a file"
        raise CannotDo(f"{folder} must not be there yet, got {kind}; choose another name")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            write_files(made, {**files, **own})
            write_record(made, record, files)
            made.rename(folder)
    except OSError as error:
        raise CannotDo(
            f"{folder} must be a place to write to, got: {error.strerror or error}; choose another"
        ) from None
    return Project(folder, record)


def write_record(folder: Path, record: Record, files: Mapping[str, bytes]) -> None:
    """What was answered, and the files as the template wrote them."""
    text = record.model_dump_json(indent=2) + "\n"
    write_files(folder / RECORD, {ANSWERS: text.encode()})
    write_files(folder / RECORD / BASE, files)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def read_files(folder: Path) -> dict[str, bytes]:
    """Content by path, with `/`; links are no files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
