"""Comparisons: of what a juror has judged, each pair once, and what they make of the ranking."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.errors import Closed, Invalid, NotAllowed
from gallery.judging import ballots, comparisons, conflicts, judgings, results
from tests.gallery.judging.conftest import WHOLE, Jury

SignedIn = Callable[[str], TestClient]


def judge_all(jury: Jury, name: str = "juror") -> None:
    for demo in jury.demos:
        jury(ballots.finish, name, submission_id=demo, number=0, said=WHOLE)


def test_nothing_is_offered_before_two_are_judged(jury: Jury) -> None:
    assert jury(comparisons.offered, "juror") is None
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    assert jury(comparisons.offered, "juror") is None
    first, second, _ = jury.demos
    with pytest.raises(Invalid, match="only what you have judged"):
        jury(comparisons.compare, "juror", left=first, right=second, better="left")


def test_each_pair_is_offered_once_until_all_are_compared(jury: Jury) -> None:
    judge_all(jury)
    seen = set()
    while (pair := jury(comparisons.offered, "juror")) is not None:
        assert (pair.compared, pair.possible) == (len(seen), 3)
        seen.add(frozenset((pair.left.id, pair.right.id)))
        sides = {"left": pair.left.id, "right": pair.right.id}
        jury(comparisons.compare, "juror", **sides, better="left")
    assert len(seen) == 3


@pytest.mark.slow
def test_what_wins_its_comparisons_stands_higher(jury: Jury) -> None:
    judge_all(jury)
    best = jury.demos[2]
    for other in jury.demos[:2]:
        jury(comparisons.compare, "juror", left=other, right=best, better="right")
    with jury.gallery.database.read() as session:
        rows = results.result_of(session, jury.gallery.current, jury.clock.now).rows
    assert rows[0].demo == best


def test_the_last_answer_to_a_pair_counts(jury: Jury) -> None:
    judge_all(jury)
    first, second, _ = jury.demos
    jury(comparisons.compare, "juror", left=second, right=first, better="left")
    jury(comparisons.compare, "juror", left=first, right=second, better="equal")
    with jury.gallery.database.read() as session:
        (side,) = results.evidence_of(session, jury.gallery.current).comparisons
    assert (side.first, side.second, side.better) == (first, second, "equal")


def test_what_cannot_be_compared_is_refused(jury: Jury) -> None:
    judge_all(jury)
    first, second, third = jury.demos
    with pytest.raises(Invalid, match="left, right or equal"):
        jury(comparisons.compare, "juror", left=first, right=second, better="both")
    with pytest.raises(Invalid, match="got one twice"):
        jury(comparisons.compare, "juror", left=first, right=first, better="left")
    with pytest.raises(NotAllowed):
        jury(comparisons.compare, "jo-3", left=first, right=second, better="left")
    jury(comparisons.compare, "juror", left=first, right=third, better="left")
    jury(conflicts.declare, "juror", submission_id=third, reason="my student")
    with pytest.raises(NotAllowed):
        jury(comparisons.compare, "juror", left=first, right=third, better="left")
    with jury.gallery.database.read() as session:
        assert results.evidence_of(session, jury.gallery.current).comparisons == ()
    jury(judgings.close, "organiser", reason="all is in")
    with pytest.raises(Closed):
        jury(comparisons.compare, "juror", left=first, right=second, better="left")


def test_the_page_offers_a_pair_and_goes_on(jury: Jury, signed_in: SignedIn) -> None:
    browser = signed_in("juror")
    assert "once there are two" in browser.get("/summer/jury/compare").text
    judge_all(jury)
    page = browser.get("/summer/jury/compare").text
    assert page.count("by <bdi>") == 2
    assert "♥" not in page
    left, right, _ = jury.demos
    sent = {"left": left, "right": right, "better": "equal"}
    answer = browser.post("/summer/jury/compare", data=sent)
    assert answer.headers["location"] == "/summer/jury/compare"
    assert browser.post("/summer/jury/compare", data={"better": "left"}).status_code == 422
    assert signed_in("ada-l").get("/summer/jury/compare").status_code == 403
