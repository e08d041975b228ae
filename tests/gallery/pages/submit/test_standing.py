"""The page says whether the demo is in, who sees it, and what can be done about it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gallery.act import Act
from gallery.database.tables import Submission
from gallery.submissions import submissions
from tests.gallery.pages.submit.conftest import SPACE, Place, Visit
from tests.gallery.pages.submit.test_in_browser import begin, to_the_story
from tests.gallery.submissions.test_pictures import plain

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def says(page: Page, *sentences: str) -> None:
    for sentence in sentences:
        expect(page.locator("#standing")).to_contain_text(sentence)


def turn(place: Place, verb: str) -> None:
    ada = place.account("ada-l")
    event, now = place.gallery.current, place.clock()
    with place.gallery.database.write() as session:
        number = session.get_one(Submission, 1).number
        about = {"number": number} if verb == "submit" else {}
        getattr(submissions, verb)(Act(session, ada, now, event), submission_id=1, **about)


def test_each_state_is_said_on_top(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    says(page, "A draft that nobody else sees", "“Hand it in”")
    turn(place, "submit")
    page.reload()
    says(page, "Handed in ", "Everybody sees it")
    with place.gallery.database.write() as session:
        row = session.get_one(Submission, 1)
        row.hidden_at, row.hidden_reason = place.clock(), "The pictures are not yours."
    page.reload()
    says(page, "Hidden by the organisers: The pictures are not yours.", "nobody else")
    turn(place, "withdraw")
    page.goto(f"{place.address}/submit?event=summer&submission=1")
    says(page, "Withdrawn: nobody else sees it", "“Bring it back”")


def test_turning_it_is_said_at_once(visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    for step in ("story", "checks"):
        page.get_by_role("button", name=f"Continue to the {step}").click()
    page.get_by_role("button", name="Hand it in").click()
    page.get_by_role("button", name="Go on editing").click()
    says(page, "Handed in ")
    page.get_by_role("button", name="Withdraw it").click()
    says(page, "Withdrawn")


def test_after_the_deadline_the_form_is_only_read(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    turn(place, "submit")
    page.reload()
    expect(page.get_by_label("Title")).to_be_visible()  # the step that the page opens by itself
    page.get_by_role("tab", name="Address").click()
    expect(page.get_by_role("link", name="Hand in another demo")).to_be_visible()
    place.clock.now = place.gallery.current.deadline
    page.reload()
    says(page, "Handing in closed ", "nothing can be changed here any more", "Handed in ")
    expect(page.get_by_label("Title")).to_be_disabled()
    expect(page.get_by_label("Title")).to_have_value("Sketch to photo")
    page.get_by_role("button", name="Continue to the story").click()
    expect(page.get_by_label("The story")).to_be_disabled()
    expect(page.locator(".samples-add")).to_be_hidden()
    page.get_by_role("button", name="Continue to the checks").click()
    expect(page.get_by_role("button", name="Back")).to_be_visible()
    for name in ("Withdraw it", "Hand it in", "Check again", "Bring it back"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()
    expect(page.locator(".keeper-problem")).to_be_hidden()
    page.get_by_role("tab", name="Address").click()
    expect(page.get_by_label("The address of your Space")).to_be_disabled()
    expect(page.get_by_role("link", name="Hand in another demo")).to_have_count(0)


def test_what_is_not_saved_stays_in_view_on_a_phone(visit: Visit) -> None:
    page = visit("ada-l")
    page.set_viewport_size({"width": 390, "height": 844})
    begin(page)
    to_the_story(page)
    page.get_by_label("Video").fill("nonsense")
    problem = page.locator(".keeper-problem")
    expect(problem).to_contain_text("the video must be")
    for corner in (0, 10_000):
        page.evaluate("(y) => scrollTo(0, y)", corner)
        expect(problem).to_be_in_viewport(ratio=1)


def test_every_picture_that_is_refused_is_named(visit: Visit, tmp_path: Path) -> None:
    page = visit("ada-l")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.post_data else None)
    begin(page)
    page.get_by_role("button", name="Continue to the story").click()
    files = {"large.png": plain() + b"\0" * 21 * 2**20, "huge.png": b"\0" * 31_703_122}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    page.locator("#samples input[type=file]").set_input_files([tmp_path / name for name in files])
    problems = page.locator(".samples-problems li")
    expect(problems).to_have_count(2)
    for problem, name in zip(problems.all(), files, strict=True):
        expect(problem).to_contain_text(f"{name}: a picture may have 20 MB")
    assert not [url for url in sent if url.endswith("/pictures")]


def test_a_stranger_is_shown_how_to_prove_that_the_space_is_theirs(
    place: Place, visit: Visit
) -> None:
    page = visit("eve-x")
    begin(page)
    for step in ("story", "checks"):
        page.get_by_role("button", name=f"Continue to the {step}").click()
    page.get_by_role("button", name="Hand it in").click()
    says(page, "Handed in, and waiting", "belongs to ada-l", "One of these is enough")
    line = page.locator("#standing code").inner_text()
    page.get_by_role("button", name="Check it now").click()
    expect(page.locator("#notice")).to_contain_text(f"must say {line}")
    readme = f"---\ntitle: Sketch\n---\n# Sketch\n\n{line}\n"
    place.hub.hub.change("space", SPACE, {"README.md": readme.encode()})
    page.get_by_role("button", name="Check it now").click()
    says(page, "Handed in ", "Everybody sees it")
    expect(page.get_by_role("button", name="Check it now")).to_be_hidden()
