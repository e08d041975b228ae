"""The deliberation: who is on the shortlist, what stands beside it, and notes that nobody loses."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import CheckRun, Submission
from gallery.errors import Closed, NotAllowed, NotFound, Stale
from gallery.judging import ballots, deliberation, judgings, results
from gallery.judging.ballots import Said
from gallery.judging.deliberation import Candidate
from gallery.people import roles
from tests.gallery.judging.conftest import Jury

SignedIn = Callable[[str], TestClient]
PAGE = "/summer/organise/deliberation"


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """Twelve demos; the higher its number, the better a demo is found."""
    jury.hand_in(9)
    for name in ("jo-3", "jo-4"):
        jury.assign_all(name)
        for place, demo in enumerate(jury.demos):
            said = Said(
                {"craft": 1 + place * 4 // 11, "idea": place * 9 // 11},
                comment=f"Words of {name}",
                note="for myself",
                flag="Odd" if place == 11 else "",
            )
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    return jury


def shortlist(jury: Jury, *, count: int = 0) -> tuple[Candidate, ...]:
    with jury.gallery.database.read() as session:
        found = results.result_of(session, jury.gallery.current, jury.clock.now)
    return jury(deliberation.shortlist, "organiser", result=found, count=count)


def test_those_who_may_be_on_the_podium_are_on_it_the_likeliest_first(jury: Jury) -> None:
    found = shortlist(jury)
    chances = [one.row.podium for one in found]
    assert chances == sorted(chances, reverse=True)
    assert len(found) >= deliberation.LEAST
    with jury.gallery.database.read() as session:
        rows = results.result_of(session, jury.gallery.current, jury.clock.now).rows
    likely = sum(row.podium > deliberation.LIKELY for row in rows)
    assert len(found) == max(likely, deliberation.LEAST)
    assert [len(shortlist(jury, count=count)) for count in (1, 7, 500)] == [1, 7, 12]


@pytest.mark.slow
def test_all_that_was_said_stands_beside_it_without_names(jury: Jury) -> None:
    best = shortlist(jury)[0]
    assert best.submission.id == jury.demos[-1]
    assert best.scores == {"craft": (5, 5), "idea": (9, 9)}
    assert sorted(best.comments) == ["Words of jo-3", "Words of jo-4"]
    assert best.flags == ("Odd", "Odd")
    assert best.note is None


@pytest.mark.slow
def test_where_the_demo_is_how_its_checks_went_and_its_places_stand_beside_it(
    jury: Jury, signed_in: SignedIn
) -> None:
    demo = jury.demos[-1]
    with jury.gallery.database.write() as session:
        failed = [{"name": "card", "outcome": "failure"}]
        session.add(CheckRun(submission_id=demo, at=jury.clock.now, results=failed))
        space = session.get_one(Submission, demo).space_id
    best = shortlist(jury)[0]
    assert (best.submission.id, best.failing) == (demo, 1)
    assert best.chances.first + best.chances.second + best.chances.third == pytest.approx(
        best.row.podium, abs=1e-3
    )
    assert best.chances.best == 1 <= best.chances.worst
    page = signed_in("organiser").get(PAGE).text
    for told in (f"/spaces/{space}", best.models[0], best.datasets[0], "1 check fails"):
        assert told in page


@pytest.mark.slow
def test_two_organisers_never_overwrite_each_other_silently(jury: Jury) -> None:
    demo = jury.demos[-1]
    jury.person("grace-h")
    jury(roles.give, "organiser", name="grace-h", role="organiser")

    def save(who: str, number: int, text: str) -> int:
        return jury(
            deliberation.save_note, who, submission_id=demo, number=number, text=text
        ).number

    assert save("organiser", 0, "Runs on a phone") == 1
    with pytest.raises(Stale, match="another organiser"):
        save("grace-h", 0, "Too slow")
    assert save("grace-h", 1, "Runs on a phone. Too slow") == 2
    assert save("organiser", 1, "Runs on a phone. Too slow") == 2
    note = shortlist(jury)[0].note
    assert note is not None
    assert (note.text, note.number) == ("Runs on a phone. Too slow", 2)


@pytest.mark.slow
def test_notes_are_for_organisers_and_end_with_the_publication(jury: Jury) -> None:
    demo = jury.demos[-1]
    with pytest.raises(NotAllowed):
        jury(deliberation.save_note, "juror", submission_id=demo, number=0, text="x")
    with pytest.raises(NotFound):
        jury(deliberation.save_note, "organiser", submission_id=9999, number=0, text="x")
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    with pytest.raises(Closed, match="stays as it is"):
        jury(deliberation.save_note, "organiser", submission_id=demo, number=0, text="x")


@pytest.mark.slow
def test_the_page_shows_them_and_saves_as_one_types(jury: Jury, signed_in: SignedIn) -> None:
    board, demo = signed_in("organiser"), jury.demos[-1]
    assert board.get(PAGE).text.count('class="note stack"') >= deliberation.LEAST
    assert board.get(f"{PAGE}?first=2").text.count('class="note stack"') == 2
    path = f"{PAGE}/{demo}"
    saved = board.post(path, json={"number": 0, "text": "Runs on a phone"})
    assert saved.json()["number"] == 1
    stale = board.post(path, json={"number": 0, "text": "Another"})
    assert (stale.status_code, stale.json()["code"], stale.json()["number"]) == (409, "stale", 1)
    assert board.post(path, json={"number": 1, "text": "x" * 9000}).status_code == 422
    assert "Runs on a phone</textarea>" in board.get(PAGE).text
    for name in ("juror", "ada-l"):
        assert signed_in(name).get(PAGE).status_code == 403
        assert signed_in(name).post(path, json={"number": 1, "text": ""}).status_code == 403
