"""Ties: the rule is the event file's as it stood before, and a shared third place is shared."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import LogEntry
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import (
    ballots,
    exporting,
    handing_out,
    judgings,
    reading,
    reckoning,
    results,
    ties,
)
from gallery.judging.ballots import Said
from gallery.judging.results import Result, Row
from tests.gallery.judging.conftest import RUBRIC, Jury

SignedIn = Callable[[str], TestClient]


def handed_out(jury: Jury, looks: int = 2) -> None:
    handing_out.hand_out(
        jury.gallery, jury.person("organiser"), event=jury.gallery.current, looks=looks
    )


def with_rule(jury: Jury, *rule: str) -> Event:
    """As if the file had been changed and the gallery started again."""
    changed = RUBRIC.model_copy(update={"ties": rule})
    event = jury.gallery.current.model_copy(update={"rubric": changed})
    gallery = jury.gallery
    jury.gallery = Gallery(gallery.settings, gallery.database, {event.slug: event}, gallery.clock)
    return event


def result(jury: Jury) -> Result:
    with jury.gallery.database.read() as session:
        return results.result_of(session, jury.gallery.current, jury.clock.now)


def row(demo: int, rank: int) -> Row:
    return Row(
        demo=demo,
        title=f"Demo {demo}",
        team="Team",
        rank=rank,
        quality=0,
        lower=-1,
        upper=1,
        podium=0.5,
        looks=1,
        criteria={},
        means={},
    )


def told(*ranks: int, order: tuple[int, ...] = (), reason: str = "") -> Result:
    rows = tuple(row(demo, rank) for demo, rank in enumerate(ranks, 1))
    return Result(
        method=results.METHOD,
        at=datetime(2026, 6, 1, tzinfo=UTC),
        rows=rows,
        tied=(),
        islands=1,
        order=order or tuple(one.demo for one in rows),
        reason=reason,
    )


@pytest.mark.parametrize(
    ("ranks", "podium"),
    [
        ((1, 2, 3, 4), [1, 2, 3]),
        ((1, 2, 3, 3, 3, 6), [1, 2, 3, 4, 5]),
        ((1, 1, 3, 4), [1, 2, 3]),
        ((1, 2, 2, 4), [1, 2, 3]),
        ((1, 1, 1, 1, 5), [1, 2, 3, 4]),
        ((1,), [1]),
        ((), []),
    ],
)
def test_who_shares_the_third_place_stands_on_the_podium(
    ranks: tuple[int, ...], podium: list[int]
) -> None:
    found = told(*ranks)
    assert [one.demo for one in found.podium] == podium
    assert [found.shares_place(demo) for demo in found.order] == [
        ranks.count(rank) > 1 for rank in ranks
    ]


def test_in_the_organisers_own_order_nobody_shares_a_place() -> None:
    found = told(1, 2, 3, 3, order=(1, 2, 4, 3), reason="It runs on a phone")
    assert [one.demo for one in found.podium] == [1, 2, 4]
    assert [found.place(demo) for demo in (1, 2, 3, 4)] == [1, 2, 4, 3]


@pytest.mark.slow
def test_what_nobody_looked_at_shares_the_first_place_unless_the_rule_parts_it(jury: Jury) -> None:
    jury.hand_in(2)
    assert {one.rank for one in result(jury).rows} == {1}
    assert len(result(jury).podium) == 5
    with_rule(jury, "draw")
    drawn = result(jury)
    assert [one.rank for one in drawn.rows] == [1, 2, 3, 4, 5]
    assert len(drawn.podium) == 3


@pytest.mark.slow
def test_a_rule_never_overturns_the_ranking(jury: Jury) -> None:
    for demo, craft in zip(jury.demos, (2, 5, 3), strict=True):
        said = Said({"craft": craft, "idea": 5})
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    ranked = [one.demo for one in result(jury).rows]
    assert ranked[0] == jury.demos[1]
    with_rule(jury, "draw")
    assert [one.demo for one in result(jury).rows] == ranked


@pytest.mark.slow
def test_the_rule_that_stood_when_demos_were_handed_out_holds(
    jury: Jury, signed_in: SignedIn
) -> None:
    stood = jury.gallery.current.rubric.ties
    handed_out(jury)
    event = with_rule(jury, "draw")
    handed_out(jury)
    with jury.gallery.database.read() as session:
        assert ties.rule_of(session, event) == stood
        assert "write it back" in (ties.changed_since(session, event) or "")
        assert ties.changed_since(session, replace_rule(event, stood)) is None
        assert results.evidence_of(session, event).ties == stood
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    with jury.gallery.database.read() as session:
        published = session.query(LogEntry).filter_by(action="result.published").one()
        assert published.details["ties"] == list(stood)


def replace_rule(event: Event, rule: tuple[str, ...]) -> Event:
    return event.model_copy(update={"rubric": RUBRIC.model_copy(update={"ties": rule})})


@pytest.mark.slow
def test_the_export_has_the_rule_and_gives_the_same_places_again(
    jury: Jury, tmp_path: Path
) -> None:
    jury.hand_in(2)
    with_rule(jury, "draw")
    with jury.gallery.database.read() as session:
        told = exporting.export(session, jury.gallery.current, jury.clock.now)
    file = tmp_path / "result.json"
    file.write_text(exporting.as_json(told), "utf-8")
    evidence, before = reading.read(file)
    assert evidence.ties == ("draw",)
    assert reckoning.recompute(evidence, before) == before
    other = evidence.model_copy(update={"ties": ("quality",)})
    assert {one.rank for one in reckoning.recompute(other, before).rows} == {1}


def test_the_event_s_page_says_it_beside_the_rubric(jury: Jury, client: TestClient) -> None:
    page = client.get("/summer/event").text
    assert "the higher probability of being among the first three" in page
    assert "A shared third place puts more than three on the podium" in page
