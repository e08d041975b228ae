"""Around a gallery that is served: what it begins with, and the thread that keeps it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gallery.backups.continuous import ContinuousBackup
from gallery.settings import Settings

STOP_SECONDS = 60
"""For the last backup; who stops the gallery may not wait as long."""


@contextmanager
def backing_up(backups: ContinuousBackup, settings: Settings) -> Iterator[None]:
    """Restores into an empty gallery, keeps it while the block runs, and once more at its end.

    SIGTERM ends the block as Ctrl-C does, so that whoever stops the process gets that last backup.
    Raises what `ContinuousBackup.begin` raises.
    """
    if not settings.backup_repo:
        yield
        return
    restored = backups.begin()
    if restored is not None:
        print(f"Restored the backup of {restored.made_at:%-d %B %Y, %H:%M} UTC", flush=True)
    stop = threading.Event()
    thread = threading.Thread(
        target=backups.run,
        args=(stop,),
        kwargs={"every": settings.backup_minutes * 60},
        name="continuous backup",
        daemon=True,
    )
    before = signal.signal(signal.SIGTERM, _interrupt)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
