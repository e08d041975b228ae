"""The catalogue in memory, compared with the plainest way to search."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.browsing.catalogue import Catalogue, Listed, Place
from gallery.browsing.query import FILTERS, Query, Sort

TODAY = date(2026, 6, 15)
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
WORDS = ("fish", "fishing", "cat", "red", "mug")
VALUES = {"task": ("a", "b"), "control": ("canny", "depth"), "tag": ("x", "y", "z")}
FACETS = [(kind, value) for kind, values in VALUES.items() for value in values]


def listed(number: int, **changes: object) -> Listed:
    values = {
        "id": number,
        "number": 1,
        "text": "",
        "facets": frozenset(),
        "title": f"demo {number:03}",
        "submitted_at": NOON + timedelta(minutes=number),
        "likes": 0,
        "hub_likes": 0,
    }
    return Listed(**{**values, **changes})  # pyright: ignore[reportArgumentType]


one = st.builds(
    listed,
    number=st.integers(1, 12),
    text=st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
    facets=st.frozensets(st.sampled_from(FACETS), max_size=4),
    likes=st.integers(0, 3),
)
query = st.builds(
    Query,
    event=st.just("summer"),
    text=st.sampled_from(("", "fish", "fish red", "zebra")),
    control=st.sampled_from(("", "canny", "nothing")),
    tag=st.sampled_from(("", "x")),
    sort=st.sampled_from([Sort.NEWEST, Sort.LIKES, Sort.TITLE]),
    page=st.integers(1, 3),
)


@settings(max_examples=150, deadline=None)
@given(changes=st.lists(one | st.integers(1, 12), max_size=30), query=query)
def test_after_any_changes_it_finds_what_plain_looking_finds(
    changes: list[Listed | int], query: Query
) -> None:
    catalogue, plain = Catalogue(), {}
    for change in changes:
        if isinstance(change, Listed):
            catalogue.put(change)
            plain[change.id] = change
        else:
            catalogue.drop(change)
            plain.pop(change, None)
        catalogue.find(query, per_page=4)  # fills what it remembers
    finding = catalogue.find(query, per_page=4)
    keys = {
        Sort.NEWEST: lambda each: (-each.submitted_at.timestamp(), -each.id),
        Sort.LIKES: lambda each: (-each.likes, -each.submitted_at.timestamp(), -each.id),
        Sort.TITLE: lambda each: (each.title, each.id),
    }
    found = sorted((each for each in plain.values() if _fits(each, query)), key=keys[query.sort])
    assert finding.total == len(found)
    start = (query.page - 1) * 4
    assert list(finding.ids) == [each.id for each in found[start : start + 4]]
    for kind in FILTERS:
        others = [each for each in plain.values() if _fits(each, query.having(**{kind: ""}))]
        counts = Counter(value for each in others for k, value in each.facets if k == kind)
        assert {choice.value: choice.count for choice in finding.choices[kind]} == counts
    assert len(catalogue) == len(list(catalogue)) == len(plain)
    ids = [None, *(each.id for each in found), None]
    for number in range(1, len(found) + 1):
        place = catalogue.place(query, found[number - 1].id)
        assert place == Place(number, len(found), before=ids[number - 1], after=ids[number + 1])
    for each in plain.keys() - set(ids):
        assert catalogue.place(query, each) is None


def _fits(each: Listed, query: Query) -> bool:
    return all(word in each.text for word in query.words) and all(
        item in each.facets for item in query.filters.items()
    )


def _filled(count: int) -> Catalogue:
    catalogue = Catalogue()
    for number in range(1, count + 1):
        catalogue.put(listed(number))
    return catalogue


def test_the_daily_order_is_another_one_tomorrow_and_pages_do_not_overlap() -> None:
    catalogue = _filled(50)
    pages = [
        catalogue.find(Query("summer", page=page, day=TODAY), per_page=20).ids for page in (1, 2, 3)
    ]
    assert sorted(sum(pages, ())) == list(range(1, 51))
    tomorrow = catalogue.find(Query("summer", day=TODAY + timedelta(days=1)), per_page=20).ids
    assert tomorrow != pages[0]


def test_over_many_days_every_demo_comes_first_about_as_often() -> None:
    catalogue = _filled(5)
    firsts = Counter(
        catalogue.find(Query("summer", day=TODAY + timedelta(days=day)), per_page=1).ids[0]
        for day in range(500)
    )
    assert len(firsts) == 5
    assert min(firsts.values()) > 60


def test_related_ones_share_most_and_what_is_rare_counts_most() -> None:
    catalogue = Catalogue()
    everybody = ("task", "a")
    for number in range(1, 31):
        facets: set[tuple[str, str]] = {everybody}
        if number in (1, 2):
            facets.add(("dataset", "own/drawings"))
        if number in (1, 3, 4, 5, 6, 7, 8, 9):
            facets.add(("control", "canny"))
        catalogue.put(listed(number, facets=frozenset(facets)))
    assert catalogue.related(1, 3)[0] == 2
    assert set(catalogue.related(1, 3)[1:]) <= {3, 4, 5, 6, 7, 8, 9}
    assert 1 not in catalogue.related(1, 30)
    assert catalogue.related(99, 3) == ()


def test_a_value_that_nobody_has_any_more_is_not_offered() -> None:
    catalogue = Catalogue()
    catalogue.put(listed(1, facets=frozenset({("tag", "x")})))
    catalogue.put(listed(1, facets=frozenset({("tag", "y")})))
    offered = catalogue.find(Query("summer"), per_page=4).choices["tag"]
    assert [choice.value for choice in offered] == ["y"]
