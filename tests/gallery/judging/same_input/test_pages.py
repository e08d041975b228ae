"""Same input for all, as pages: the form, the sheet, and who may open what."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.judging import ballots
from gallery.judging.same_input import sheets
from gallery.judging.same_input.asking import Made
from gallery.judging.same_input.tiles import Asked, State
from tests.gallery.judging.conftest import WHOLE
from tests.gallery.judging.same_input.conftest import Sheets, made, png

SignedIn = Callable[[str], TestClient]
HOME = "/summer/jury/same-input"

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


def given(same_input: Sheets, **more: object) -> dict[str, object]:
    ids = [str(demo) for demo in same_input.jury.demos]
    return {"prompt": "a blue fish", "seed": "7", "example": "fish", "demo": ids} | more


def test_the_form_makes_a_sheet_of_an_example(same_input: Sheets, signed_in: SignedIn) -> None:
    browser = signed_in("juror")
    page = browser.get(HOME).text
    assert page.count('type="checkbox" name="demo"') == 3
    assert "The shortlist" not in page
    answer = browser.post(HOME, data=given(same_input))
    assert answer.status_code == 303
    sheet = int(answer.headers["location"].rpartition("/")[2])
    shown = browser.get(f"{HOME}/{sheet}").text
    assert "a blue fish" in shown
    assert shown.count("Waiting for its turn") == 3
    assert f"{HOME}/{sheet}" in browser.get("/summer/jury").text
    picture = same_input.view("juror", sheet).sheet.picture_digest
    assert browser.get(f"/pictures/{picture}.webp").headers["content-type"] == "image/webp"


def test_an_uploaded_picture_is_made_anew(same_input: Sheets, signed_in: SignedIn) -> None:
    file = {"picture": ("mine.png", png("olive") + b"<script>", "image/png")}
    answer = signed_in("juror").post(HOME, data=given(same_input), files=file)
    sheet = int(answer.headers["location"].rpartition("/")[2])
    picture = same_input.view("juror", sheet).sheet.picture_digest
    kept = signed_in("juror").get(f"/pictures/{picture}.webp").content
    assert kept[8:12] == b"WEBP"
    assert b"script" not in kept


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": "seven"}, "The seed must be a whole number from 0, got “seven”"),
        ({"seed": "9" * 500}, "The seed must be a whole number"),
        ({"demo": "none"}, "A demo&#39;s number must be a whole number"),
        ({"example": "../../secret"}, "The example must be one of apple"),
        ({"prompt": ""}, "The prompt must not be empty"),
        ({"demo": []}, "At least one demo must be chosen"),
    ],
)
def test_what_was_typed_stays_when_it_is_refused(
    same_input: Sheets, signed_in: SignedIn, wrong: dict, sentence: str
) -> None:
    answer = signed_in("juror").post(HOME, data=given(same_input, **wrong))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert ("a blue fish" in answer.text) == ("prompt" not in wrong)


def test_a_file_that_is_no_picture_is_refused(same_input: Sheets, signed_in: SignedIn) -> None:
    file = {"picture": ("mine.png", b"no picture", "image/png")}
    answer = signed_in("juror").post(HOME, data=given(same_input), files=file)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


def test_tiles_tell_what_was_made_and_why_not(same_input: Sheets, signed_in: SignedIn) -> None:
    first, second, _ = same_input.jury.demos
    browser, sheet = signed_in("juror"), same_input.make("juror")

    def answer(gallery: object, asked: Asked) -> Made:
        if asked.submission_id == second:
            return Made(State.REFUSED, "got an error: <script>alert(1)</script>")
        return made(gallery, asked)

    steps = same_input.running(answer)
    before = browser.get(f"{HOME}/{sheet}/tiles").json()
    assert not before["is_over"]
    while steps.step():
        pass
    after = browser.get(f"{HOME}/{sheet}/tiles").json()
    assert after["is_over"]
    assert "2 of 3 demos made a picture" in after["html"]
    assert "1.5 s; took words and picture, has no seed" in after["html"]
    assert "Refused" in after["html"]
    assert "<script>" not in after["html"]
    assert f"/tiles/{second}/again" in after["html"]
    again = browser.post(f"{HOME}/{sheet}/tiles/{second}/again")
    assert again.status_code == 303
    assert same_input.states(sheet)[second] == State.WAITING
    assert same_input.states(sheet)[first] == State.MADE


@pytest.mark.slow
def test_the_shortlist_is_offered_to_organisers_who_may_know(
    same_input: Sheets, signed_in: SignedIn
) -> None:
    for who in ("juror", "jo-2"):
        for demo in same_input.jury.demos:
            same_input.jury(ballots.finish, who, submission_id=demo, number=0, said=WHOLE)
    browser = signed_in("organiser")
    assert "The shortlist" in browser.get(HOME).text
    answer = browser.post(HOME, data=given(same_input, choice="shortlist", demo=[]))
    sheet = int(answer.headers["location"].rpartition("/")[2])
    assert same_input.view("organiser", sheet).sheet.choice == "shortlist"
    shared = browser.post(f"{HOME}/{sheet}/share")
    assert shared.status_code == 409
    assert "how the ranking stands" in shared.text
    refused = signed_in("juror").post(HOME, data=given(same_input, choice="shortlist"))
    assert refused.status_code == 403


def test_nobody_else_opens_any_of_it(
    same_input: Sheets, signed_in: SignedIn, client: TestClient
) -> None:
    sheet = same_input.make("juror")
    paths = (HOME, f"{HOME}/{sheet}", f"{HOME}/{sheet}/tiles")
    for path in paths[:2]:
        assert client.get(path).headers["location"].startswith("/sign-in?next=")
    for who, statuses in {"ada-l": (403, 403, 403), "jo-2": (200, 404, 404)}.items():
        browser = signed_in(who)
        assert tuple(browser.get(path).status_code for path in paths) == statuses, who
        for deed in ("stop", "again", "share", "withdraw", "delete"):
            assert browser.post(f"{HOME}/{sheet}/{deed}").status_code in (403, 404)
    assert set(same_input.states(sheet).values()) == {State.WAITING}
    assert signed_in("juror").post(f"{HOME}/{sheet}/publish").status_code == 404


def test_stopping_sharing_and_deleting_say_what_was_done(
    same_input: Sheets, signed_in: SignedIn
) -> None:
    browser, sheet = signed_in("organiser"), same_input.make("organiser")
    for deed, said in {
        "stop": "Stopped. What was made by then is kept.",
        "share": "The jurors see it now",
        "withdraw": "The jurors see it no more.",
        "delete": "The sheet is deleted.",
    }.items():
        answer = browser.post(f"{HOME}/{sheet}/{deed}")
        assert answer.status_code == 303, deed
        assert said in browser.get(answer.headers["location"]).text
    assert browser.get(f"{HOME}/{sheet}").status_code == 404


def test_a_hostile_prompt_is_text(same_input: Sheets, signed_in: SignedIn) -> None:
    sheet = same_input.make("juror", prompt="</h1><script>alert(1)</script>{{7*7}}")
    for path in (HOME, f"{HOME}/{sheet}", "/summer/jury"):
        page = signed_in("juror").get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def test_a_shared_sheet_is_on_the_juror_s_page(same_input: Sheets, signed_in: SignedIn) -> None:
    sheet = same_input.make("organiser", prompt="a mug for all")
    assert "a mug for all" not in signed_in("juror").get("/summer/jury").text
    same_input.jury(sheets.share, "organiser", sheet_id=sheet)
    assert "a mug for all" in signed_in("juror").get("/summer/jury").text
