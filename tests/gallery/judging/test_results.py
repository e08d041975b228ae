"""The result: of what counts, secret until it is published, made again to the digit."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from gallery.cli import main
from gallery.errors import Closed, Invalid, NotAllowed
from gallery.judging import ballots, conflicts, judgings, results
from gallery.judging.ballots import Said
from gallery.people import roles
from tests.gallery.judging.conftest import Jury

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """The first demo is liked by both jurors, the last by none."""
    for strict, name in enumerate(("juror", "jo-2")):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - strict - place, "idea": 9 - 3 * place}, comment=f"of {name}")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    return jury


def result(jury: Jury) -> results.Result:
    with jury.gallery.database.read() as session:
        return results.result_of(session, jury.gallery.current, jury.clock.now)


def test_what_is_better_stands_higher_and_means_stand_beside_it(jury: Jury) -> None:
    found = result(jury)
    assert [row.demo for row in found.rows] == jury.demos
    assert found.order == tuple(jury.demos)
    assert found.rows[0].means == {"craft": 4.5, "idea": 9.0}
    assert found.rows[0].lower < found.rows[0].quality < found.rows[0].upper
    assert all(row.looks == 2 for row in found.rows)


@pytest.mark.slow
def test_what_was_set_aside_or_not_finished_does_not_count(jury: Jury) -> None:
    jury(conflicts.declare, "jo-2", submission_id=jury.demos[0], reason="my student")
    assert [row.looks for row in sorted(result(jury).rows, key=lambda row: row.demo)] == [1, 2, 2]


@pytest.mark.slow
def test_another_order_takes_a_reason_that_is_shown(jury: Jury) -> None:
    first, second, third = jury.demos
    with pytest.raises(Invalid, match="the reason"):
        jury(results.settle, "organiser", order=[second, first, third], reason="")
    with pytest.raises(Invalid, match="each once"):
        jury(results.settle, "organiser", order=[second, second], reason="because")
    with pytest.raises(NotAllowed):
        jury(results.settle, "juror", order=[second, first, third], reason="because")
    jury(results.settle, "organiser", order=[second, first, third], reason="It runs on a phone")
    assert (result(jury).order, result(jury).reason) == (
        (second, first, third),
        "It runs on a phone",
    )


@pytest.mark.slow
def test_it_is_published_once_and_stays_as_it_was(jury: Jury) -> None:
    with pytest.raises(Closed, match="close the judging first"):
        jury(results.publish, "organiser")
    jury(judgings.close, "organiser", reason="all is in")
    with pytest.raises(NotAllowed):
        jury(results.publish, "juror")
    told = jury(results.publish, "organiser")
    with pytest.raises(Closed):
        jury(results.publish, "organiser")
    with pytest.raises(Closed):
        jury(judgings.reopen, "organiser", reason="one was late")
    with jury.gallery.database.read() as session:
        assert results.published(session, jury.gallery.current) == told


@pytest.mark.slow
def test_before_it_is_published_nobody_else_learns_anything(
    jury: Jury, signed_in: SignedIn, client: TestClient
) -> None:
    board = ("/summer/organise/jury", "/summer/organise/result", "/summer/organise/result.json")
    assert client.get("/summer/results").status_code == 404
    for path in board:
        assert client.get(path).headers["location"].startswith("/sign-in")
        for name in ("ada-l", "juror"):
            assert signed_in(name).get(path).status_code == 403
    jury(judgings.close, "organiser", reason="all is in")
    organiser = signed_in("organiser")
    for path in board:
        assert organiser.get(path).status_code == 200
    assert organiser.post("/summer/organise/result/publish").status_code == 422
    sent = organiser.post("/summer/organise/result/publish", data={"confirmed": "yes"})
    assert sent.headers["location"] == "/summer/results"
    page = client.get("/summer/results").text
    assert page.count('class="place"') == 3
    assert "of juror" not in page


@pytest.mark.slow
def test_the_published_result_is_made_again_to_the_digit(
    jury: Jury, signed_in: SignedIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(signed_in("organiser").get("/summer/organise/result.json").text)
    assert len({look["juror"] for look in told["evidence"]["looks"]}) == 2
    assert "jo-2" not in json.dumps(told)
    (tmp_path / "result.json").write_text(json.dumps(told))
    assert main(["jury", "recompute", str(tmp_path / "result.json")]) == 0
    assert "to the digit" in capsys.readouterr().out
    told["evidence"]["looks"][0]["scores"]["craft"] = 1
    (tmp_path / "result.json").write_text(json.dumps(told))
    assert main(["jury", "recompute", str(tmp_path / "result.json")]) == 1
    (tmp_path / "result.json").write_text("[]")
    assert main(["jury", "recompute", str(tmp_path / "result.json")]) == 2
    assert "must be a result as the organisers' board gives it" in capsys.readouterr().err


@pytest.mark.slow
def test_one_demo_nobody_s_score_and_no_demo_are_defined(jury: Jury) -> None:
    found = result(jury)
    assert found.islands == 1
    with jury.gallery.database.write() as session:
        from gallery.database.tables import Ballot

        session.query(Ballot).delete()
    empty = result(jury)
    assert {row.looks for row in empty.rows} == {0}
    assert len({row.podium for row in empty.rows}) == 1


@pytest.mark.slow
def test_an_organiser_who_judges_sees_what_others_gave_when_their_own_is_in(
    jury: Jury, signed_in: SignedIn
) -> None:
    account_id = jury.person("organiser").account_id
    assert account_id is not None
    jury(roles.give, "organiser", name="organiser", role="juror")
    jury.assign_all("organiser")
    browser, board = signed_in("organiser"), "/summer/organise/result"
    for path in (board, f"{board}.json"):
        refused = browser.get(path)
        assert refused.status_code == 403
        assert "3 of yours are left" in refused.text
    for demo in jury.demos:
        said = Said({"craft": 3, "idea": 3})
        jury(ballots.finish, "organiser", submission_id=demo, number=0, said=said)
    assert browser.get(board).status_code == 200


@pytest.mark.slow
def test_scores_after_publication_are_refused(jury: Jury) -> None:
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    jury.clock.now += timedelta(minutes=1)
    with pytest.raises(Closed, match="published"):
        jury(
            ballots.save,
            "juror",
            submission_id=jury.demos[0],
            number=1,
            said=Said({"craft": 1, "idea": 1}),
        )
