"""A small use case for tests of the database: several rows and their log entry."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from gallery.actor import COMMAND_LINE
from gallery.database.log import record
from gallery.database.tables import Account, Attempt

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)

UseCase = Callable[[Session, str], None]


@pytest.fixture
def join() -> UseCase:
    """Makes an account, two rows beside it, and writes the log."""

    def join(session: Session, name: str) -> None:
        account = Account(name=name, display_name=name, created_at=NOW)
        session.add(account)
        session.add_all(Attempt(key=f"join:{name}", at=NOW) for _ in range(2))
        session.flush()
        subject = ("account", account.id)
        record(session, COMMAND_LINE, NOW, "account.joined", subject=subject, event=None)

    return join
