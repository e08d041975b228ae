"""What organisers download: for a spreadsheet, with what a jury needs."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Pin
from gallery.gallery import Gallery
from tests.gallery.browsing.conftest import HandedIn, handed_in

__all__ = ["handed_in"]
pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
SignedIn = Callable[[str], TestClient]


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_jurys_columns_are_there(
    gallery: Gallery, signed_in: SignedIn, handed_in: HandedIn, person
) -> None:
    lead = person("Élise").account_id
    number = handed_in(1, title="=1+1", license="mit", members=(lead,))
    with gallery.database.write() as session:
        session.add(
            Pin(
                submission_id=number,
                repo_type="space",
                repo_id="team-1/demo-1",
                revision_number=1,
                commit="c" * 40,
                deadline=gallery.current.deadline - timedelta(days=1),
                pinned_at=gallery.clock() + timedelta(days=9),
            )
        )
    board = signed_in("organiser")
    (before,) = rows(board.get("/summer/organise/submissions.csv").content)
    assert before["Commit at the deadline"] == "", "that was another deadline's"
    with gallery.database.write() as session:
        session.query(Pin).one().deadline = gallery.current.deadline
    answer = board.get("/summer/organise/submissions.csv")
    assert answer.content.startswith(b'\xef\xbb\xbf"Number"')
    (row,) = rows(answer.content)
    assert row["Number"] == str(number)
    assert row["Address"] == f"http://127.0.0.1:7861/summer/submissions/{number}"
    assert row["Demo"] == "'=1+1"
    assert (row["Members"], row["Licence"]) == ("Élise", "mit")
    assert (row["Commit at the deadline"], row["Revision then"]) == ("c" * 40, "1")
    # To the second, in the event's zone: Paris is two hours ahead of UTC in summer.
    submitted = row["Submitted"]
    assert submitted.endswith("+02:00")
    assert len(submitted) == len("2026-06-15 14:00:00+02:00")


def test_every_table_names_its_rows_and_quotes_its_cells(
    gallery: Gallery, signed_in: SignedIn, handed_in: HandedIn
) -> None:
    handed_in(1, title="a;=1+1;b")
    board = signed_in("organiser")
    for table in ("people", "teams", "ideas", "submissions"):
        answer = board.get(f"/summer/organise/{table}.csv")
        assert answer.content.startswith(b'\xef\xbb\xbf"Number","Address"'), table
    assert '"a;=1+1;b"' in board.get("/summer/organise/submissions.csv").text
