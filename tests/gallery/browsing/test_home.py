"""The home page and the part of it that is fetched as one types."""

import html
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.gallery.browsing.conftest import HandedIn
from tests.gallery.conftest import Clock

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
"""What is read from either database has its tests in test_browse.py."""


def test_cards_show_title_team_state_likes_and_pictures(
    client: TestClient, handed_in: HandedIn
) -> None:
    one, two = "a" * 64, "b" * 64
    number = handed_in(
        1,
        title="Fish & <chips>",
        team="Deep sea",
        health="asleep",
        likes=3,
        thumbnail=one,
        second_picture=two,
    )
    page = client.get("/summer").text
    assert f'href="/summer/submissions/{number}"' in page
    assert "Fish &amp; &lt;chips&gt;" in page
    for said in ("Deep sea", "asleep", f"/pictures/{one}/480.webp", f"/pictures/{two}/480.webp"):
        assert said in page
    assert client.get("/").text.count("<article") == 1


def test_searching_works_without_scripts_and_keeps_the_filters(
    client: TestClient, handed_in: HandedIn
) -> None:
    handed_in(1, title="Fish", controls=("canny",))
    handed_in(2, title="Cat", controls=("depth",))
    page = client.get("/summer?q=fish&control=canny&sort=title")
    assert "1 demo" in page.text
    assert ">Cat<" not in page.text
    assert '<input type="hidden" form="search" name="control" value="canny">' in page.text
    assert '<input type="hidden" form="search" name="sort" value="title">' in page.text
    part = client.get("/summer/found?q=fish&control=canny&sort=title")
    assert "<html" not in part.text
    assert part.text.strip() in page.text


def test_pages_lead_to_each_other(client: TestClient, handed_in: HandedIn) -> None:
    for number in range(26):
        handed_in(number)
    first = client.get("/summer?sort=newest").text
    assert first.count("<article") == 24
    assert 'rel="next" href="/summer?sort=newest&amp;page=2"' in first
    second = client.get("/summer?sort=newest&page=2").text
    assert second.count("<article") == 2
    assert 'rel="prev" href="/summer?sort=newest"' in second
    beyond = client.get("/summer?sort=newest&page=3").text
    assert "Page 1 of 2" in beyond
    assert 'rel="canonical" href="http://127.0.0.1:7861/summer?sort=newest"' in beyond


@pytest.mark.slow
def test_whoever_pages_through_the_shuffled_order_past_midnight_sees_every_demo_once(
    client: TestClient, handed_in: HandedIn, clock: Clock
) -> None:
    demos = {handed_in(number) for number in range(60)}
    seen, address = [], "/summer"
    while address:
        page = client.get(address).text
        seen += [int(number) for number in re.findall(r'data-demo-id="(\d+)"', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(following[1]) if following else ""
        clock.now += timedelta(days=1)
    assert sorted(seen) == sorted(demos)


@pytest.mark.parametrize(
    ("days", "said"),
    [(-30, "The demos will be here"), (0, "No demo yet"), (30, "No demos are kept here")],
)
def test_an_empty_gallery_says_what_will_be_here_and_offers_the_next_step(
    client: TestClient, clock: Clock, days: int, said: str
) -> None:
    clock.now += timedelta(days=days)
    page = client.get("/summer").text
    assert said in page
    assert 'class="button' in page[page.index(said) :]


def test_finding_nothing_offers_a_way_back(client: TestClient, handed_in: HandedIn) -> None:
    handed_in(1)
    page = client.get("/summer?q=zebra&tag=art").text
    assert "Nothing found for “<bdi>zebra</bdi>”" in page
    assert 'href="/summer?q=zebra">Search without filters' in page


@pytest.mark.parametrize(
    "wrong",
    [
        *("sort=price", "page=x", "page=0", "page=999", "page=%C2%B2", "page=1e9", "state=odd"),
        *("task=juggling", "day=2023-13-45", f"tag={'x' * 300}", "page=-1&sort=&day=now"),
    ],
)
def test_a_mistyped_address_shows_the_first_page(
    client: TestClient, handed_in: HandedIn, wrong: str
) -> None:
    handed_in(1, title="Red fish")
    for path in ("/summer", "/summer/found", "/summer/submissions/1"):
        page = client.get(f"{path}?{wrong}")
        assert page.status_code == 200, path
        assert "Red fish" in page.text


def test_scripts_in_a_search_stay_text(client: TestClient, handed_in: HandedIn) -> None:
    handed_in(1)
    page = client.get("/summer", params={"q": '"><script>alert(1)</script>', "tag": "<b>"}).text
    assert "<script>alert" not in page
    assert "<b>" not in page
