"""From what a person writes to the files behind it."""

import functools
import re
from pathlib import Path
from typing import Protocol, runtime_checkable

from inference.checkpoints.single_file import described
from inference.errors import CheckpointNotFound

EMBEDDED = Path(__file__).parent.parent / "embedded"

_REPOSITORY = re.compile(
    r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[^:@\s]+))?(:(?P<subfolder>[^:\s]+))?"
)
_FORMS = (
    "a local folder (or folder:subfolder), a Hub repository as owner/name@revision:subfolder, or "
    "the word embedded"
)


def repository(source: str) -> str | None:
    """`owner/name` where a source is a repository of the Hub's, None where it is not."""
    found = _REPOSITORY.fullmatch(source)
    is_here = source.startswith(".") or Path(source.partition(":")[0]).exists()
    return None if found is None or is_here else found["repo"]


@runtime_checkable
class Folder(Protocol):
    """The files of a checkpoint, wherever they are; paths are relative and use `/`."""

    name: str
    """What to call it: the repository or the folder."""

    def names(self) -> frozenset[str]:
        """All files: those of the folder and of the folders in it."""
        ...

    def path(self, *names: str) -> Path:
        """The first of these files, on this machine, after all of them have been brought here."""
        ...

    def dates(self, *names: str) -> tuple[float, ...] | None:
        """When each of them was last changed, in seconds; None where that is not known."""
        ...


class LocalFolder:
    """A folder of this machine."""

    def __init__(self, root: Path, name: str | None = None, *, is_dated: bool = True) -> None:
        self.root = root
        self._is_dated = is_dated
        self.name = name or root.resolve().name

    def __str__(self) -> str:
        return str(self.root)

    def names(self) -> frozenset[str]:
        return self._names

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        # A checkpoint is two levels deep; what a person names may be a whole disk.
        files = (path for depth in ("*", "*/*") for path in self.root.glob(depth))
        return frozenset(path.relative_to(self.root).as_posix() for path in files if path.is_file())

    def path(self, *names: str) -> Path:
        return self.root / names[0]

    def dates(self, *names: str) -> tuple[float, ...] | None:
        if not self._is_dated:
            return None
        return tuple((self.root / name).stat().st_mtime for name in names)


def open_source(source: str | Path, *, revision: str | None = None) -> Folder:
    """The files that a source names; an existing local folder wins over a repository of that name.

    Raises CheckpointNotFound where there is none, and where the Hub cannot be asked.
    """
    text = str(source)
    base, _, subfolder = text.partition(":")
    if base == "embedded":
        _refuse_revision(text, revision)
        return _local(EMBEDDED / subfolder if subfolder else EMBEDDED, text)
    if text and _is_folder(source):
        _refuse_revision(text, revision)
        return LocalFolder(Path(source).expanduser())
    inside = _in_local_folder(text)
    if inside is not None:
        _refuse_revision(text, revision)
        return inside
    _refuse_file(text)
    match = _REPOSITORY.fullmatch(text)
    if match is None or isinstance(source, Path) or text.startswith("."):
        raise CheckpointNotFound(
            f"a model must be {_FORMS}, got {_shortened(text)!r}, which is no folder here; "
            "check its spelling"
        )
    if revision and match["revision"]:
        raise CheckpointNotFound(
            f"a revision must be given once, got {match['revision']!r} in {text!r} and "
            f"{revision!r} beside it; leave one out"
        )
    from inference.checkpoints.hub import open_repository

    return open_repository(
        match["repo"], revision=revision or match["revision"], subfolder=match["subfolder"]
    )


def _in_local_folder(text: str) -> LocalFolder | None:
    """`folder:subfolder`, as `owner/name:subfolder` is a folder in a repository."""
    base, colon, subfolder = text.rpartition(":")
    if not (colon and base) or not _is_folder(base):
        return None
    root = Path(base).expanduser()
    parts = Path(subfolder).parts
    inner = root / subfolder
    if not parts or ".." in parts or Path(subfolder).is_absolute() or not inner.is_dir():
        raise CheckpointNotFound(
            f"{base} must have a folder {_shortened(subfolder)!r} in it, got none; see what it has"
        )
    return LocalFolder(inner, f"{root.resolve().name}:{subfolder.strip('/')}")


def _refuse_file(text: str) -> None:
    """Raises CheckpointNotFound for a single file, in words that say what it is."""
    try:
        path = Path(text).expanduser()
        is_file = bool(text) and path.is_file()
    except (OSError, RuntimeError, ValueError):
        return
    if is_file:
        kind, remedy = described(path)
        raise CheckpointNotFound(
            f"a model must be {_FORMS}, got {_shortened(text)!r}, which is {kind}; {remedy}"
        )


def _is_folder(source: str | Path) -> bool:
    try:
        return Path(source).expanduser().is_dir()
    except (
        OSError,
        RuntimeError,
        ValueError,
    ):  # a null byte, a name too long for a file, a home folder of nobody
        return False


def _local(folder: Path, name: str) -> LocalFolder:
    if not folder.is_dir():
        raise CheckpointNotFound(
            f"{name!r} must be a folder of the embedded model, got no {folder}; give {_FORMS}"
        )
    return LocalFolder(folder, name)


def _refuse_revision(source: str, revision: str | None) -> None:
    if revision is not None:
        raise CheckpointNotFound(
            f"a revision must belong to a Hub repository, got {revision!r} for {source!r}; "
            "leave it out"
        )


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
