"""Queries and their addresses."""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.browsing.query import FILTERS, MAX_PAGE, STATES, Query, Sort
from gallery.errors import Invalid
from gallery.folding import fold
from gallery.sources.health import State

lines = st.text(max_size=40).map(lambda text: " ".join(text.replace("\0", " ").split()))
queries = st.builds(
    Query,
    event=st.just("summer"),
    text=lines,
    sort=st.sampled_from(Sort),
    page=st.integers(1, MAX_PAGE),
    day=st.none() | st.dates(),
    **dict.fromkeys(FILTERS, lines),
)


@settings(max_examples=60, deadline=None)
@given(query=queries)
def test_an_address_gives_back_the_query_that_it_was_made_from(query: Query) -> None:
    encodable = query.address.encode("utf-8", "surrogatepass").decode("utf-8")
    params = dict(parse_qsl(urlsplit(encodable).query))
    meant = query if query.sort is Sort.SHUFFLED else replace(query, day=None)
    assert Query.from_params("summer", params) == meant


def test_the_plain_home_page_has_a_plain_address() -> None:
    assert Query("summer").address == "/summer"


def test_another_page_of_the_shuffled_order_names_its_day_and_other_orders_do_not() -> None:
    query = Query("summer").of_day(date(2026, 6, 15))
    assert query.on_page(2).address == "/summer?day=2026-06-15&page=2"
    assert query.on_page(2).of_day(date(2026, 6, 16)) == query.on_page(2)
    assert query.having(sort=Sort.TITLE).on_page(2).address == "/summer?sort=title&page=2"


def test_another_filter_begins_at_the_first_page() -> None:
    query = Query("summer", text="fish", page=7).having(control="canny")
    assert query.to_params() == {"q": "fish", "control": "canny"}


@pytest.mark.parametrize(
    ("params", "field", "said"),
    [
        ({"sort": "price"}, "sort", "must be one of shuffled, newest"),
        ({"page": "0"}, "page", "from 1 to"),
        ({"page": "two"}, "page", "got 'two'"),
        ({"page": "9" * 400}, "page", "from 1 to"),
        ({"page": "²"}, "page", "from 1 to"),
        ({"day": "tomorrow"}, "day", "a date like 2023-04-24, got 'tomorrow'"),
        ({"q": "a" * 201}, "q", "at most 200 characters, got 201"),
        ({"tag": "a" * 201}, "tag", "at most 200 characters"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_field(
    params: dict[str, str], field: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said) as error:
        Query.from_params("summer", params)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Éclair", "eclair"),
        ("STRASSE straße", "strasse strasse"),
        ("  a\t\nb\0c ", "a b c"),
        ("ﬁsh ①", "fish 1"),
        ("東京", "東京"),
    ],
)
def test_letters_are_folded_as_people_search_them(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_words_are_folded_and_each_counts_once() -> None:
    assert Query("summer", text="Fish  fïsh CAT").words == ("fish", "cat")


def test_the_states_to_filter_by_are_those_of_demos() -> None:
    assert {*State} == STATES
