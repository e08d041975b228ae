"""The jury's pages on the board: what they show to whom, and answers that fill in."""

import re
from collections.abc import Callable
from functools import partial
from threading import Event

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Ballot
from gallery.judging import ballots, conflicts, judgings, results
from gallery.judging.background import plans
from gallery.judging.ballots import Said
from gallery.people import roles
from tests.gallery.judging.conftest import JURORS, WHOLE, Jury

SignedIn = Callable[[str], TestClient]
BOARD, SCORES, PLAN = (f"/summer/organise/jury{path}" for path in ("", "/scores", "/plan"))
sqlite_alone = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


def until_done(browser: TestClient, address: str) -> str:
    """The part of the page that fills in, once nothing more comes."""
    pause = Event()
    while "data-fill" in (text := browser.get(address).text):
        pause.wait(0.05)
    return text


def test_the_board_shows_progress_and_pictures_with_their_tables(
    jury: Jury, signed_in: SignedIn
) -> None:
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    page = signed_in("organiser").get(BOARD).text
    assert "1 of 6 looks" in page
    assert page.count('role="img"') == 2
    assert 'aria-label="1 of 6 looks are finished; all that is judged hangs together"' in page
    for table in ("jurors-table", "demos-table", "over-time-table", "looks-table"):
        assert f'id="{table}" data-sortable' in page
        assert f'data-copy="{table}"' in page
    assert "style=" not in page
    assert len(re.findall(r'<li class="first"', page)) == 1


@pytest.mark.slow
def test_scores_show_the_podium_pictures_and_disagreements(jury: Jury, signed_in: SignedIn) -> None:
    browser = signed_in("organiser")
    assert "Nobody has finished a ballot yet" in browser.get(SCORES).text
    jury.hand_in(2)
    jury.assign_all("jo-3")
    for place, demo in enumerate(jury.demos):
        said = Said({"craft": 5 - place, "idea": 9 - 2 * place})
        jury(ballots.finish, "jo-3", submission_id=demo, number=0, said=said)
    page = browser.get(SCORES).text
    assert "are the best three with a probability of" in page
    assert "One may watch this all evening" in page
    assert page.count('role="img"') == 5
    assert re.search(r'aria-label="Places of \d demos, with the range', page)
    assert 'id="places-table" data-sortable' in page
    assert "Nowhere do jurors lie far apart" in page
    assert "style=" not in page


def test_an_organiser_who_judges_sees_progress_and_no_score(
    jury: Jury, signed_in: SignedIn
) -> None:
    for name, craft, idea in (("juror", 1, 0), ("jo-2", 5, 9)):
        said = Said({"craft": craft, "idea": idea})
        jury(ballots.finish, name, submission_id=jury.demos[0], number=0, said=said)
    browser = signed_in("organiser")
    assert "lie far apart" in browser.get(BOARD).text
    jury(roles.give, "organiser", name="organiser", role="juror")
    jury.assign_all("organiser")
    page = browser.get(BOARD)
    assert page.status_code == 200
    assert "lie far apart" not in page.text
    for path in (SCORES, "/summer/organise/jury/influence"):
        assert browser.get(path).status_code == 403
    for path in ("/summer/organise/jury/influence", "/summer/organise/jury/influence/stop"):
        assert browser.post(path).status_code == 403


@pytest.mark.parametrize("name", ["juror", "ada-l"])
def test_none_of_it_is_for_others(jury: Jury, signed_in: SignedIn, name: str) -> None:
    browser = signed_in(name)
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    numbers = "?demos=4&jurors=2"
    for path in (BOARD, SCORES, PLAN, f"{PLAN}{numbers}", f"{PLAN}/figures{numbers}"):
        assert browser.get(path).status_code == 403, path
    assert browser.get("/summer/organise/jury/influence").status_code == 403
    for path in ("plan", "plan/stop", "influence", "influence/stop", "move", "extend"):
        sent = {"demos": "4", "jurors": "2"}
        assert browser.post(f"/summer/organise/jury/{path}", data=sent).status_code in (403, 422)


@pytest.mark.slow
@sqlite_alone
def test_a_plan_is_reckoned_beside_the_page(
    jury: Jury, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "task_for", partial(plans.task_for, juries=4))
    browser = signed_in("organiser")
    page = browser.get(PLAN).text
    assert 'name="demos" value="3"' in page
    assert f'name="jurors" value="{len(JURORS)}"' in page
    begun = browser.post(PLAN, data={"demos": "3", "jurors": "2"})
    assert begun.status_code == 303
    address = begun.headers["location"]
    assert address == f"{PLAN}?demos=3&jurors=2"
    assert "data-fill" in browser.get(address).text
    figures = until_done(browser, f"{PLAN}/figures?demos=3&jurors=2")
    assert "looks" in figures
    assert figures.count("<circle") == 4
    assert 'id="plan-table"' in figures
    again = browser.post(PLAN, data={"demos": "3", "jurors": "2"})
    assert "data-fill" not in browser.get(again.headers["location"]).text


@sqlite_alone
def test_a_plan_can_be_stopped(jury: Jury, signed_in: SignedIn) -> None:
    browser, wish = signed_in("organiser"), {"demos": "300", "jurors": "60"}
    browser.post(PLAN, data=wish)
    stopped = browser.post(f"{PLAN}/stop", data=wish)
    assert "It was stopped" in browser.get(stopped.headers["location"]).text


@pytest.mark.parametrize("wish", [(1, 2), (301, 2), (10, 0), (10, 61)])
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(
    jury: Jury, signed_in: SignedIn, wish: tuple[int, int]
) -> None:
    sent = {"demos": str(wish[0]), "jurors": str(wish[1])}
    page = signed_in("organiser").post(PLAN, data=sent)
    assert page.status_code == 422
    assert "choose a number between" in page.text


@pytest.mark.slow
@sqlite_alone
def test_one_juror_left_out_is_reckoned_beside_the_page_and_says_when_it_is_old(
    jury: Jury, signed_in: SignedIn
) -> None:
    browser, address = signed_in("organiser"), "/summer/organise/jury/influence"
    for name in ("juror", "jo-2"):
        jury(ballots.finish, name, submission_id=jury.demos[0], number=0, said=WHOLE)
    assert "Leave out each in turn" in browser.get(SCORES).text
    begun = browser.post(address)
    assert begun.headers["location"] == f"{SCORES}#influence"
    table = until_done(browser, address)
    assert "Of all that is in." in table
    assert "<bdi>juror</bdi>" in table
    assert "<bdi>jo-2</bdi>" in table
    assert "once more" not in table
    jury(ballots.finish, "juror", submission_id=jury.demos[1], number=0, said=WHOLE)
    old = browser.get(address).text
    assert "Reckoned before the newest scores: 1 look has come since." in old
    assert "Leave out each once more" in old


@pytest.mark.slow
def test_no_jurors_no_demos_and_one_demo_are_said(jury: Jury, signed_in: SignedIn) -> None:
    from gallery.submissions import submissions

    browser = signed_in("organiser")
    for demo in jury.demos[1:]:
        jury(submissions.withdraw, "organiser", submission_id=demo, reason="asked for it")
    page = browser.get(BOARD).text
    assert "There is one demo: it takes the first place" in page
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    assert "One demo takes the first place" in browser.get(SCORES).text
    jury(submissions.withdraw, "organiser", submission_id=jury.demos[0], reason="asked for it")
    assert "Nothing is handed in" in browser.get(BOARD).text
    assert browser.get(SCORES).status_code == 200


@pytest.mark.slow
def test_demos_without_a_look_are_said_where_the_ranking_is(
    jury: Jury, signed_in: SignedIn
) -> None:
    for name in ("juror", "jo-2"):
        jury(ballots.finish, name, submission_id=jury.demos[0], number=0, said=WHOLE)
    page = signed_in("organiser").get(SCORES).text
    assert "2 demos have no finished look yet" in page
    assert "groups of demos" not in page


@pytest.mark.slow
def test_after_publication_the_board_stays_to_be_read(jury: Jury, signed_in: SignedIn) -> None:
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    page = signed_in("organiser").get(BOARD).text
    assert "Published" in page
    assert "Remind" not in page
    assert 'id="hand-out"' not in page
    with jury.gallery.database.read() as session:
        assert session.query(Ballot).count() == 1


def test_a_conflict_is_lifted_on_the_board(jury: Jury, signed_in: SignedIn) -> None:
    jury(conflicts.declare, "juror", submission_id=jury.demos[0], reason="my student")
    browser, juror = signed_in("organiser"), jury.person("juror").account_id
    sent = {"juror": str(juror), "demo": str(jury.demos[0]), "reason": "another person"}
    done = browser.post(f"{BOARD}/conflicts/lift", data=sent)
    assert done.headers["location"] == BOARD
    assert "It is none any more" in browser.get(BOARD).text
