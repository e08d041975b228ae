"""What is known of a repository stays known, and says how old it is."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gallery.database.tables import RepoRecord, Submission
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.sources import records
from spaces.hub.facts import ModelFacts, SpaceFacts
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter


def test_facts_are_fetched_once_and_kept_with_their_age(
    gallery: Gallery, small_hub: ServedHub, clock: Clock, enter: Enter
) -> None:
    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds", likes=7, card={"title": "Clouds", "models": ["a/b"]})
    known = records.refresh(gallery, "space", "ada-l/clouds")
    assert known.facts is not None
    assert (known.facts.title, known.facts.likes, known.facts.models) == ("Clouds", 7, ("a/b",))
    assert (known.fetched_at, known.problem) == (clock.now, None)

    asked = len(small_hub.hub.requests)
    clock.now += timedelta(minutes=5)
    again = records.refresh(gallery, "space", "ada-l/clouds", max_age=timedelta(minutes=10))
    assert again == known
    assert len(small_hub.hub.requests) == asked
    with gallery.database.read() as session:
        assert records.space(session, "ada-l/clouds") == known
        assert session.scalars(select(Submission.hub_likes)).one() == 7


@pytest.mark.parametrize(
    "trouble", [Trouble.down(), Trouble.nonsense(), Trouble.too_many(3600), Trouble(drops=True)]
)
def test_a_hub_in_trouble_leaves_what_was_known_and_the_problem_is_told(
    gallery: Gallery, small_hub: ServedHub, clock: Clock, trouble: Trouble
) -> None:
    small_hub.hub.add_space("ada-l/clouds")
    before = records.refresh(gallery, "space", "ada-l/clouds")
    small_hub.hub.trouble = trouble
    clock.now += timedelta(hours=1)
    known = records.refresh(gallery, "space", "ada-l/clouds")
    assert known.facts == before.facts
    assert known.fetched_at == before.fetched_at
    assert known.tried_at == clock.now
    assert known.problem is not None
    assert known.problem.startswith("the Hub")

    small_hub.hub.trouble = None
    assert records.refresh(gallery, "space", "ada-l/clouds").problem is None


def test_what_was_never_asked_is_not_what_is_not_there(
    gallery: Gallery, small_hub: ServedHub
) -> None:
    with gallery.database.read() as session:
        assert records.model(session, "ada-l/canny") == records.NOTHING
    small_hub.hub.trouble = Trouble.down()
    assert not records.refresh(gallery, "model", "ada-l/canny").is_missing
    small_hub.hub.trouble = None
    assert records.refresh(gallery, "model", "ada-l/canny").is_missing
    small_hub.hub.add_model("ada-l/canny")
    assert not records.refresh(gallery, "model", "ada-l/canny").is_missing


def test_an_answer_that_a_newer_one_overtook_is_dropped(gallery: Gallery, clock: Clock) -> None:
    newer = SpaceFacts(repo_id="ada-l/clouds", commit="b" * 40, likes=2)
    older = SpaceFacts(repo_id="ada-l/clouds", commit="a" * 40, likes=1)
    with gallery.database.write() as session:
        records.store(session, clock.now, "space", "ada-l/clouds", newer)
        earlier = clock.now - timedelta(seconds=1)
        assert records.store(session, earlier, "space", "ada-l/clouds", older).facts == newer
        late = records.store_problem(session, earlier, "space", "ada-l/clouds", "too late")
        assert late.problem is None


def test_many_are_read_at_once_and_the_unknown_are_among_them(gallery: Gallery) -> None:
    facts = ModelFacts(repo_id="ada-l/canny")
    with gallery.database.write() as session:
        records.store(session, gallery.clock(), "model", "ada-l/canny", facts)
    with gallery.database.read() as session:
        known = records.many(session, ModelFacts, ["ada-l/depth", "ada-l/canny"])
    assert [one.facts for one in known.values()] == [None, facts]


def test_facts_in_a_form_that_is_no_longer_read_are_unknown_rather_than_an_error(
    gallery: Gallery,
) -> None:
    with gallery.database.write() as session:
        session.add(
            RepoRecord(
                repo_type="space",
                repo_id="ada-l/clouds",
                facts={"likes": "many"},
                fetched_at=gallery.clock(),
                tried_at=gallery.clock(),
            )
        )
    with gallery.database.read() as session:
        known = records.space(session, "ada-l/clouds")
    assert known.facts is None
    assert not known.is_missing


def test_a_list_does_not_wipe_out_what_only_the_space_itself_tells(
    gallery: Gallery, small_hub: ServedHub
) -> None:
    small_hub.hub.add_space("ada-l/clouds", likes=1, card={"tags": ["summer-sprint"]})
    whole = records.refresh(gallery, "space", "ada-l/clouds").facts
    small_hub.hub.add_space("ada-l/clouds", likes=5, card={"tags": ["summer-sprint"]})
    (listed,) = gallery.hub.tagged_spaces("summer-sprint")
    with gallery.database.write() as session:
        assert records.store_listed(session, gallery.clock(), listed)
        known = records.space(session, "ada-l/clouds").facts
        assert known is not None
        assert isinstance(whole, SpaceFacts)
        assert known == whole.model_copy(update={"likes": 5})

        changed = listed.model_copy(update={"commit": "c" * 40})
        assert not records.store_listed(session, gallery.clock(), changed)
