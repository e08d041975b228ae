"""A demo goes from one juror to another: with a reason, and never into a conflict."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Assignment, LogEntry
from gallery.errors import Closed, Exists, Invalid, NotAllowed
from gallery.judging import ballots, conflicts, handing_out, judgings, reassigning, results
from gallery.judging.evening import evening
from tests.gallery.judging.conftest import WHOLE, Jury

SignedIn = Callable[[str], TestClient]


def move(jury: Jury, who: str = "organiser", **changes: object) -> None:
    values = {
        "submission_id": jury.demos[0],
        "from_id": jury.person("juror").account_id,
        "to_id": jury.person("jo-3").account_id,
        "reason": "They are ill",
    }
    jury(reassigning.reassign, who, **(values | changes))


def of(jury: Jury, who: str) -> set[int]:
    return {one.submission.id for one in jury(evening, who).demos}


def test_it_leaves_one_list_and_comes_onto_the_other(jury: Jury) -> None:
    move(jury)
    first, *others = jury.demos
    assert of(jury, "juror") == set(others)
    assert of(jury, "jo-3") == {first}
    with jury.gallery.database.read() as session:
        line = session.query(LogEntry).filter_by(action="assignment.moved").one()
        assert line.details == {
            "juror": jury.person("juror").account_id,
            "to": jury.person("jo-3").account_id,
            "reason": "They are ill",
        }
    move(
        jury,
        from_id=jury.person("jo-3").account_id,
        to_id=jury.person("juror").account_id,
        reason="They are well again",
    )
    assert of(jury, "juror") == set(jury.demos)


def test_who_got_it_can_score_it_and_who_lost_it_cannot(jury: Jury) -> None:
    move(jury)
    jury(ballots.finish, "jo-3", submission_id=jury.demos[0], number=0, said=WHOLE)
    with pytest.raises(NotAllowed):
        jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)


def test_it_is_refused_in_conflict_also_in_one_that_nobody_found_yet(jury: Jury) -> None:
    jury(conflicts.declare, "jo-3", submission_id=jury.demos[0], reason="my student")
    with pytest.raises(NotAllowed, match="must not judge this demo \\(my student\\)"):
        move(jury)
    assert of(jury, "juror") == set(jury.demos)


def test_what_is_judged_stays_with_who_judged_it(jury: Jury) -> None:
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    with pytest.raises(Invalid, match="their score counts"):
        move(jury)


def test_each_wrong_move_has_its_sentence(jury: Jury) -> None:
    juror, away = jury.person("juror").account_id, jury.person("jo-4").account_id
    jury(handing_out.set_away, "organiser", account_id=away, is_away=True, reason="no time")
    wrong: tuple[tuple[dict[str, Any], type[Exception], str], ...] = (
        ({"submission_id": 999}, Invalid, "not judged any more"),
        ({"to_id": jury.person("ada-l").account_id}, Invalid, "must be a juror"),
        ({"to_id": away}, Invalid, "takes no part"),
        ({"to_id": juror}, Invalid, "choose another one"),
        ({"to_id": jury.person("jo-2").account_id}, Exists, "has this demo already"),
        ({"from_id": jury.person("jo-3").account_id}, Invalid, "not with that juror"),
        ({"reason": ""}, Invalid, "the reason"),
    )
    for changes, error, words in wrong:
        with pytest.raises(error, match=words):
            move(jury, **changes)
    with pytest.raises(NotAllowed):
        move(jury, who="juror")
    with jury.gallery.database.read() as session:
        assert session.query(Assignment).filter_by(state="dropped").count() == 0


@pytest.mark.slow
def test_after_publication_nothing_moves(jury: Jury) -> None:
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    with pytest.raises(Closed, match="published"):
        move(jury)


def test_a_form_that_is_refused_keeps_what_was_chosen(jury: Jury, signed_in: SignedIn) -> None:
    browser, demo = signed_in("organiser"), jury.demos[0]
    juror, other = (jury.person(name).account_id for name in ("juror", "jo-2"))
    sent = {"demo": str(demo), "juror": str(juror), "to": str(other), "reason": "<ill>"}
    page = browser.post("/summer/organise/jury/move", data=sent)
    assert page.status_code == 409
    assert 'value="&lt;ill&gt;"' in page.text
    assert f'<option value="{demo}" selected>' in page.text
    sent["to"] = str(jury.person("jo-3").account_id)
    done = browser.post("/summer/organise/jury/move", data=sent)
    assert done.headers["location"] == "/summer/organise/jury"
