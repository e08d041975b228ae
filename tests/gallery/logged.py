"""Watches every transaction of the gallery's own: what it changes, and whether the log says so."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from gallery.database.tables import LogEntry

GALLERY = str(Path(__file__).parents[2] / "gallery")
OPENING = ("contextlib.py", "connection.py")
"""Where a transaction is begun and ended for whoever wrote `with database.write()`."""
CHANGED = "changed tables"
QUIET = frozenset(
    {
        "attempts",  # counts of tries
        "email_links",  # asked for by nobody known; the sign-in by one is logged
        "hub_sign_ins",  # likewise
        "sign_in_sessions",  # their beginning is logged
        "repo_records",  # what the Hub says, with its time
        "health",  # what a demo answered, with its time
        "notifications",  # what somebody was told, with its time, and when they read it
        "letters",  # when it was sent
        "check_runs",  # what the checks said, with its time
        "sheet_tiles",  # what a demo made, with its time
        "commit_authors",  # what the Hub says, with its time
    }
)
"""Tables that hold no act of anybody's, or that say themselves when something came."""
OBSERVERS = (
    "gallery/sources/",
    "gallery/watcher/",
    "gallery/submissions/checking.py",
    "gallery/judging/ahead.py",
)
"""Who writes down what the Hub and the demos say, also beside submissions (likes, health)."""


@contextmanager
def unlogged() -> Iterator[list[str]]:
    """A list that fills with each transaction that changed something without a line in the log."""
    found: list[str] = []

    def flushed(session: Session, _context: UOWTransaction) -> None:
        changed = session.info.setdefault(CHANGED, set())
        rows = (*session.new, *session.deleted)
        rows += tuple(row for row in session.dirty if session.is_modified(row))
        changed |= {str(row.__tablename__) for row in rows}

    def executed(state: ORMExecuteState) -> None:
        mapper = state.bind_mapper
        if mapper is not None and (state.is_insert or state.is_update or state.is_delete):
            state.session.info.setdefault(CHANGED, set()).add(mapper.class_.__tablename__)

    def committed(session: Session) -> None:
        changed = session.info.pop(CHANGED, set())
        by = _beginner()
        is_logged = LogEntry.__tablename__ in changed or not changed - QUIET
        if by is not None and not is_logged and not any(one in by for one in OBSERVERS):
            found.append(f"{by} changed {', '.join(sorted(changed - QUIET))}")

    listeners = {
        "after_flush": flushed,
        "do_orm_execute": executed,
        "after_commit": committed,
    }
    for name, listener in listeners.items():
        event.listen(Session, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners.items():
            event.remove(Session, name, listener)


def _beginner() -> str | None:
    """Which line of the gallery began the transaction; None when a test did."""
    frame = sys._getframe()
    while frame is not None:
        name = frame.f_code.co_filename
        is_ours = name.startswith((GALLERY, str(Path(__file__).parent)))
        if is_ours and name != __file__ and not name.endswith(OPENING):
            return f"{name}:{frame.f_lineno}" if name.startswith(GALLERY) else None
        frame = frame.f_back
    return None
