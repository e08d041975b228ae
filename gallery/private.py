"""Files and folders that are their owner's alone: the database, the secret key, the pictures."""

import contextlib
import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> None:
    """Makes the folder, or takes it away from others if it is ours; as it is where neither may be.

    A folder that holds the one in which this program was started, or that is everybody's (`/tmp`),
    is left alone. Raises OSError when it cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.resolve()
    if not found.stat().st_mode & stat.S_ISVTX and not Path.cwd().is_relative_to(found):
        _take(found)


def private_file(path: Path) -> None:
    """Makes the file, empty, if there is none. Raises OSError when it cannot be made."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return
    _take(path)


def _take(path: Path) -> None:
    """Some mounted volumes know no owners: then who mounted it has to see to that."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            path.chmod(mode & ~OTHERS)
