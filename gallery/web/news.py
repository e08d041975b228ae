"""Which commits of this process every visitor must see at once."""

from collections.abc import Callable

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from gallery.database.connection import Database
from gallery.database.tables import (
    Assignment,
    Attempt,
    Ballot,
    CheckRun,
    Comparison,
    Conflict,
    DeliberationNote,
    EmailLink,
    Facet,
    Feedback,
    Health,
    HubSignIn,
    Judging,
    Letter,
    Like,
    LogEntry,
    Notification,
    NotificationSwitch,
    Picture,
    Pin,
    RepoRecord,
    Report,
    Revision,
    SignInSession,
    Submission,
    TeamToken,
)

MAY_WAIT = (
    *(Attempt, CheckRun, EmailLink, Facet, Health, HubSignIn, Like, LogEntry, Picture, Pin),
    *(Letter, Notification, NotificationSwitch),
    *(RepoRecord, Report, Revision, SignInSession, TeamToken),
    *(Assignment, Ballot, Comparison, Conflict, DeliberationNote, Feedback),
)
"""Rows that no visitor sees, or that may be seen a few seconds late; all others are news."""
DECIDING = {
    Submission: ("event", "hidden_at", "state", "team_id"),
    Judging: ("published_at",),
}
"""What of a row says who may see it, and where. That a jury is at work is no news: nobody is to see
by how fresh a page is that a score came in."""
NEWS = "news for visitors"


def follow(database: Database, told: Callable[[], None]) -> None:
    """Calls `told` after each such commit, on the committing thread, before it is acknowledged."""

    def after_commit(session: Session) -> None:
        if session.info.pop(NEWS, False):
            told()

    event.listen(database.writing, "after_flush", _note_flush)
    event.listen(database.writing, "do_orm_execute", _note_statement)
    event.listen(database.writing, "after_commit", after_commit)
    event.listen(database.writing, "after_rollback", _forget)


def _note_flush(session: Session, _context: UOWTransaction) -> None:
    if any(map(_is_news, (*session.new, *session.dirty))) or any(
        not isinstance(row, MAY_WAIT) for row in session.deleted
    ):
        session.info[NEWS] = True


def _is_news(row: object) -> bool:
    deciding = DECIDING.get(type(row))
    if deciding is not None:
        attributes = inspect(row).attrs
        return any(attributes[name].history.has_changes() for name in deciding)
    return not isinstance(row, MAY_WAIT)


def _note_statement(state: ORMExecuteState) -> None:
    """A statement does not say which of its rows it changed, so all of a table's are news."""
    mapper = state.bind_mapper
    changes = state.is_insert or state.is_update or state.is_delete
    if changes and (mapper is None or not issubclass(mapper.class_, MAY_WAIT)):
        state.session.info[NEWS] = True


def _forget(session: Session) -> None:
    session.info.pop(NEWS, None)
