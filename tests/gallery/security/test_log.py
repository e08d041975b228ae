"""The watcher that stands over every test of the gallery notices a change without a line."""

from datetime import UTC, datetime
from types import CodeType

from sqlalchemy.orm import Session

from gallery.actor import COMMAND_LINE
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import Account
from tests.gallery.logged import GALLERY

NOW = datetime(2026, 6, 15, tzinfo=UTC)
CHANGE = """
def change(database, account, line):
    with database.write() as session:
        session.add(account)
        if line:
            line(session)
"""


def _as_the_gallery() -> CodeType:
    return compile(CHANGE, f"{GALLERY}/people/somewhere.py", "exec")


def test_a_change_without_a_line_in_the_log_is_noticed(
    database: Database, every_change_is_in_the_log: list[str]
) -> None:
    made: dict = {}
    exec(_as_the_gallery(), made)
    found = every_change_is_in_the_log

    def line(session: Session) -> None:
        subject = ("account", 1)
        record(session, COMMAND_LINE, NOW, "account.created", subject=subject, event=None)

    ada = Account(name="ada-l", display_name="Ada", created_at=NOW)
    made["change"](database, ada, line)
    assert found == []
    grace = Account(name="grace-h", display_name="Grace", created_at=NOW)
    made["change"](database, grace, None)
    (told,) = found
    assert "somewhere.py:3 changed accounts" in told
    found.clear()
