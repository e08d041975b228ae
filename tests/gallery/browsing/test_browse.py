"""Searching what is in the database, through the catalogue that follows it."""

import statistics
import time
from collections.abc import Callable

import pytest
from sqlalchemy import update

from gallery.act import Act
from gallery.actor import Actor
from gallery.browsing.browse import Found, search
from gallery.browsing.listing import Listing
from gallery.browsing.query import Query, Sort
from gallery.database.connection import Database
from gallery.database.tables import Facet, Submission, Team
from gallery.errors import Unavailable
from gallery.gallery import Gallery
from gallery.submissions import likes
from tests.gallery.browsing.conftest import HandedIn
from tests.gallery.browsing.entries import entry, hand_in, hand_in_many


def look(gallery: Gallery, **changes: object) -> Found:
    query = Query("summer", **changes)  # pyright: ignore[reportArgumentType]
    return search(listing(gallery), query, gallery.clock())


def listing(gallery: Gallery) -> Listing:
    """One for each gallery: it follows what is committed from the first look on."""
    return vars(gallery).setdefault("listing", Listing(gallery.database))


def ids(found: Found) -> set[int]:
    return {card.id for card in found.cards}


def test_words_are_found_in_title_team_text_tags_and_models_without_accents(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    mine = handed_in(
        1,
        title="Éclairs at dawn",
        team="Patisserie",
        description="Painted with **crème**.",
        tags=("baking",),
        models=("ada-l/pastry-net",),
    )
    handed_in(2, title="Fish")
    for text in ("eclair", "PATISS", "creme", "baking", "pastry-net", "dawn eclair crème"):
        assert ids(look(gallery, text=text)) == {mine}, text
    assert look(gallery, text="eclair fish").total == 0
    assert look(gallery, text="100%_").total == 0


def test_a_team_is_found_by_its_new_name_and_no_more_by_its_old_one(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    mine = handed_in(1, title="Fish", team="Anglers")
    handed_in(2, title="Cats", team="Mice")
    assert ids(look(gallery, text="anglers")) == {mine}
    with gallery.database.write() as session:
        session.query(Team).filter_by(name="Anglers").one().name = "Divers of Crète"
    assert ids(look(gallery, text="crete fish")) == {mine}
    assert look(gallery, text="anglers").total == 0


def test_another_process_notices_a_new_name_by_the_sums(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    mine = handed_in(1, team="Anglers")
    elsewhere = Listing(gallery.database, look_seconds=0)
    assert elsewhere.find(Query("summer", text="anglers"), per_page=9).ids == (mine,)
    with gallery.database.rebuild() as connection:
        connection.execute(update(Team).values(name="Divers and swimmers"))
    assert elsewhere.find(Query("summer", text="swimmers"), per_page=9).ids == (mine,)


def test_drafts_withdrawn_and_hidden_ones_are_not_there(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    shown = handed_in(1)
    handed_in(2, state="draft")
    handed_in(3, state="withdrawn")
    hidden = handed_in(4)
    with gallery.database.write() as session:
        session.get_one(Submission, hidden).hidden_at = gallery.clock()
    assert ids(look(gallery)) == {shown}
    assert look(gallery).total == 1


def test_what_is_committed_is_found_at_once_and_what_is_rolled_back_is_not(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    assert look(gallery).total == 0
    first = handed_in(1, title="Fish")
    assert ids(look(gallery, text="fish")) == {first}
    with pytest.raises(ZeroDivisionError):
        _break_off(gallery)
    assert look(gallery).total == 1
    with gallery.database.write() as session:
        session.get_one(Submission, first).search_text = "cat"
    assert ids(look(gallery, text="cat")) == {first}
    assert look(gallery, text="fish").total == 0
    with gallery.database.write() as session:
        session.get_one(Submission, first).state = "withdrawn"
    assert look(gallery).total == 0


def _break_off(gallery: Gallery) -> None:
    with gallery.database.write() as session:
        hand_in(session, "summer", entry(2, title="Fish"), gallery.clock())
        raise ZeroDivisionError


def test_a_statement_over_many_rows_is_followed_too(gallery: Gallery, handed_in: HandedIn) -> None:
    handed_in(1, health="live")
    handed_in(2, health="live")
    assert look(gallery, state="live").total == 2
    with gallery.database.write() as session:
        session.execute(update(Submission).values(health="down"))
    assert look(gallery, state="live").total == 0
    assert look(gallery, state="down").total == 2


def test_what_another_process_changes_is_noticed_by_the_sums(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    handed_in(1)
    patient = Listing(gallery.database)
    watchful = Listing(gallery.database, look_seconds=0)
    query = Query("summer")
    for listing in (patient, watchful):
        assert listing.find(query, per_page=9).total == 1
    elsewhere = Database(gallery.database.url.render_as_string(hide_password=False))
    with elsewhere.write() as session:
        hand_in(session, "summer", entry(2), gallery.clock())
    elsewhere.close()
    assert watchful.find(query, per_page=9).total == 2
    assert patient.find(query, per_page=9).total == 1


def test_what_could_not_be_read_is_read_by_the_next_search(
    gallery: Gallery, handed_in: HandedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(gallery).total == 0
    handed_in(1)

    def unavailable() -> None:
        raise Unavailable("the database does not answer; try again")

    with monkeypatch.context() as broken:
        broken.setattr(gallery.database, "read", unavailable)
        with pytest.raises(Unavailable):
            look(gallery)
    assert look(gallery).total == 1


def test_facets_that_change_alone_are_followed(gallery: Gallery, handed_in: HandedIn) -> None:
    mine = handed_in(1, tags=("art",))
    assert look(gallery, tag="games").total == 0
    with gallery.database.write() as session:
        session.add(Facet(submission_id=mine, kind="tag", value="games"))
    assert ids(look(gallery, tag="games")) == {mine}


def test_filters_narrow_together_and_count_what_they_would_show(
    gallery: Gallery, handed_in: HandedIn
) -> None:
    both = handed_in(1, controls=("canny", "depth"), tags=("art",))
    handed_in(2, controls=("canny",), tags=("games",))
    handed_in(3, controls=("depth",), tags=("art",))
    found = look(gallery, control="canny", tag="art")
    assert ids(found) == {both}
    counts = {choice.value: choice.count for choice in found.choices["control"]}
    assert counts == {"canny": 1, "depth": 2}
    assert found.cards[0].controls == ("canny", "depth")


def test_orders_and_pages(gallery: Gallery, handed_in: HandedIn) -> None:
    few = handed_in(1, title="b", likes=1, hub_likes=9)
    many = handed_in(2, title="a", likes=5, hub_likes=2)
    for sort, order in (
        (Sort.LIKES, [many, few]),
        (Sort.HUB_LIKES, [few, many]),
        (Sort.TITLE, [many, few]),
        (Sort.NEWEST, [many, few]),
    ):
        assert [card.id for card in look(gallery, sort=sort).cards] == order, sort
    second = search(
        listing(gallery), Query("summer", sort=Sort.TITLE, page=2), gallery.clock(), per_page=1
    )
    assert [card.id for card in second.cards] == [few]
    assert (second.total, second.pages) == (2, 2)


def test_a_like_moves_a_demo_up(
    gallery: Gallery, handed_in: HandedIn, person: Callable[[str], Actor]
) -> None:
    first, second = handed_in(1), handed_in(2)
    assert [card.id for card in look(gallery, sort=Sort.LIKES).cards] == [second, first]
    actor = person("ada-l")
    with gallery.database.write() as session:
        likes.like(Act(session, actor, gallery.clock(), gallery.current), submission_id=first)
    assert [card.id for card in look(gallery, sort=Sort.LIKES).cards] == [first, second]


@pytest.mark.slow
def test_ten_thousand_submissions_stay_quick(gallery: Gallery) -> None:
    with gallery.database.write() as session:
        hand_in_many(session, "summer", 10_000, gallery.clock())
    assert look(gallery).total == 10_000
    asked = (
        {},
        {"text": "teapot"},
        {"text": "teapot night"},
        {"text": "team 77"},
        {"control": "canny", "tag": "art", "state": "live"},
        {"sort": Sort.LIKES, "page": 300},
    )
    took = []
    for changes in asked * 10:
        began = time.perf_counter()
        look(gallery, **changes)
        took.append(time.perf_counter() - began)
    assert statistics.quantiles(took, n=20)[-1] < 0.15
    assert statistics.median(took) < 0.05
