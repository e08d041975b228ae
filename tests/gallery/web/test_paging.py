"""Which rows of a long list are on which page."""

import pytest
from starlette.requests import Request

from gallery.web.paging import paged


@pytest.mark.parametrize(
    ("asked", "number", "rows"),
    [
        ("", 1, (0, 1)),
        ("page=2", 2, (2, 3)),
        ("page=3", 3, (4,)),
        ("page=4", 1, (0, 1)),
        ("page=99999999999999999999", 1, (0, 1)),
        ("page=0", 1, (0, 1)),
        ("page=-1", 1, (0, 1)),
        ("page=%C2%B2", 1, (0, 1)),
        ("page=two", 1, (0, 1)),
    ],
)
def test_the_page_asked_for_or_the_first_one(
    asked: str, number: int, rows: tuple[int, ...]
) -> None:
    request = Request({"type": "http", "query_string": asked.encode()})
    found = paged(range(5), request, size=2)
    assert (found.number, found.rows, found.pages, found.total) == (number, rows, 3, 5)


def test_an_empty_list_is_one_empty_page() -> None:
    found = paged([], Request({"type": "http", "query_string": b"page=2"}))
    assert (found.number, found.rows, found.pages) == (1, (), 1)
