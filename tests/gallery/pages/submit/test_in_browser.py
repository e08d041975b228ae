"""Handing in as a team does: four steps, saved by itself, until the deadline."""

from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.submissions import revisions, submissions
from gallery.submissions.content import SubmissionContent
from tests.gallery.pages.submit.conftest import SPACE, Place, Visit
from tests.gallery.submissions.conftest import add_team
from tests.gallery.submissions.test_pictures import plain

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def look_up(page: Page, address: str = SPACE) -> None:
    page.get_by_label("The address of your Space").fill(address)
    page.get_by_role("button", name="Look it up").click()


def begin(page: Page) -> None:
    look_up(page)
    expect(page.get_by_label("Title")).to_have_value("Sketch to photo")


def to_the_story(page: Page) -> None:
    """Gradio makes the fields when the step is opened; their values come a few frames later."""
    page.get_by_role("button", name="Continue to the story").click()
    page.get_by_label("Links").wait_for()
    page.evaluate(
        "async () => { for (let n = 0; n < 20; n++) await new Promise(requestAnimationFrame) }"
    )


def saved(page: Page) -> None:
    expect(page.locator(".keeper-words")).to_contain_text("Saved 1")


def said(place: Place, number: int = 1) -> SubmissionContent:
    with place.gallery.database.read() as session:
        return revisions.current(session, session.get_one(Submission, number))


def test_a_team_goes_through_the_four_steps_and_is_in(
    place: Place, visit: Visit, tmp_path: Path
) -> None:
    page = visit("ada-l")
    look_up(page, f"{place.hub.address}/spaces/{SPACE}?logs=build#top")
    expect(page.get_by_label("Title")).to_have_value("Sketch to photo")
    expect(page.locator("#found")).to_contain_text("7 likes on the Hub")
    expect(page.locator("#card h3")).to_have_text("Sketch to photo")
    page.get_by_label("Title").fill("Lines to photographs")
    expect(page.locator("#card h3")).to_have_text("Lines to photographs")
    saved(page)
    page.get_by_role("button", name="Continue to the story").click()
    for name, colour in (("one", "teal"), ("two", "gold")):
        (tmp_path / f"{name}.png").write_bytes(plain(600, 600, colour))
    page.locator("#samples input[type=file]").set_input_files(
        [tmp_path / "one.png", tmp_path / "two.png"]
    )
    expect(page.locator("#samples li")).to_have_count(2)
    page.get_by_label("Caption of picture 1").fill("A teal field")
    page.get_by_label("Show picture 2 on the card").click()
    page.get_by_label("The story").fill("We drew *many* lines.")
    saved(page)
    page.get_by_role("button", name="Continue to the checks").click()
    expect(page.locator(".verdict")).to_be_visible()
    expect(page.locator("#checks li", has_text="Size of the team")).to_contain_text(
        "could be better"
    )
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", name="It is in.")).to_be_visible()
    page.get_by_role("link", name="See it in the gallery").click()
    expect(page).to_have_url(f"{place.address}/summer/submissions/1")
    expect(page.get_by_role("heading", name="Lines to photographs")).to_be_visible()
    content = said(place)
    assert [picture.caption for picture in content.pictures] == ["A teal field", ""]
    assert content.thumbnail == content.pictures[1].digest


def test_a_space_that_the_team_has_already_is_said_to_be_opened_again(
    place: Place, visit: Visit
) -> None:
    page = visit("ada-l")
    begin(page)
    notice = page.locator("#notice")
    expect(notice).to_be_empty()
    page.get_by_label("Title").fill("Lines to photographs")
    expect(page.locator("#card h3")).to_have_text("Lines to photographs")
    saved(page)
    visit("ada-l", "&submission=new")
    expect(page.locator(".yours")).to_contain_text("Lines to photographs")
    look_up(page, SPACE.upper())
    expect(page.get_by_label("Title")).to_have_value("Lines to photographs")
    expect(notice.get_by_role("status")).to_contain_text("Your team has this Space already")
    with place.gallery.database.read() as session:
        assert session.query(Submission).count() == 1


def test_the_checks_follow_what_is_typed(visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    checked = page.locator("#checked")
    expect(checked).to_contain_text("checking…")
    expect(checked).to_contain_text("good", timeout=60_000)
    expect(checked).not_to_contain_text("checking…")
    before = checked.inner_text()
    datasets = page.get_by_label("Datasets")
    datasets.fill("ada-l/not-there")
    datasets.press("Enter")
    expect(checked).to_contain_text("checking…")
    expect(checked).not_to_contain_text("checking…", timeout=60_000)
    assert checked.inner_text() != before
    page.reload()
    expect(checked).to_contain_text("good")


def test_what_was_typed_survives_a_reload(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    page.get_by_label("In one sentence").fill("Typed just now.")
    saved(page)
    page.reload()
    expect(page.get_by_label("In one sentence")).to_have_value("Typed just now.")
    assert said(place).summary == "Typed just now."


def test_a_mistake_is_told_and_the_rest_is_kept_until_it_is_put_right(
    place: Place, visit: Visit
) -> None:
    page = visit("ada-l")
    begin(page)
    page.get_by_label("Title").fill("")
    expect(page.locator(".keeper-problem")).to_contain_text("title is empty; fill it in")
    assert said(place).title == "Sketch to photo"
    page.get_by_label("Title").fill("Back again")
    saved(page)
    assert said(place).title == "Back again"


def test_scripts_in_every_field_are_text(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    page.get_by_label("Title").fill(SCRIPT[:110])
    page.get_by_label("In one sentence").fill(SCRIPT)
    to_the_story(page)
    page.get_by_label("The story").fill(SCRIPT)
    page.get_by_label("Links").fill(f"{SCRIPT[:20]} https://example.org/")
    saved(page)
    expect(page.locator("#card h3")).to_contain_text("<script>")
    page.reload()
    expect(page.locator("#card h3")).to_contain_text("<script>")
    assert "owned" not in page.title()


def test_a_team_mates_save_is_not_overwritten(place: Place, visit: Visit) -> None:
    ada, bob = place.account("ada-l"), place.account("bob-k")
    with place.gallery.database.write() as session:
        add_team(session, place.gallery, "Pair", ada, bob)
    page = visit("ada-l")
    begin(page)
    page.get_by_label("In one sentence").fill("By Ada.")
    saved(page)
    save(place, bob, summary="By Bob.")
    page.get_by_label("In one sentence").fill("By Ada once more.")
    expect(page.locator(".keeper-problem")).to_contain_text("bob-k saved revision")
    assert said(place).summary == "By Bob."
    page.get_by_role("button", name="Load the newest").click()
    expect(page.get_by_label("In one sentence")).to_have_value("By Bob.")
    page.get_by_label("In one sentence").fill("By both.")
    saved(page)
    assert said(place).summary == "By both."
    save(place, bob, summary="By Bob again.")
    page.get_by_label("In one sentence").fill("By Ada in the end.")
    page.get_by_role("button", name="Save mine on top").click()
    saved(page)
    assert said(place).summary == "By Ada in the end."


def save(place: Place, actor: Actor, **changes: object) -> None:
    with place.gallery.database.write() as session:
        row = session.get_one(Submission, 1)
        content = revisions.current(session, row).model_copy(update=changes)
        submissions.save(
            Act(session, actor, place.clock(), place.gallery.current),
            submission_id=1,
            number=row.number,
            content=content,
        )


def test_the_deadline_passes_while_the_form_is_open(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    page.get_by_label("In one sentence").fill("In time.")
    saved(page)
    place.clock.now = place.gallery.current.deadline
    page.get_by_label("In one sentence").fill("Too late.")
    expect(page.locator(".keeper-problem")).to_contain_text("it is over")
    page.get_by_role("button", name="Continue to the story").click()
    page.get_by_role("button", name="Continue to the checks").click()
    page.get_by_role("button", name="Hand it in").click()
    expect(page.locator("#refusal")).to_contain_text("it is over")
    assert said(place).summary == "In time."


def test_a_submission_is_withdrawn_and_comes_back(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    begin(page)
    page.get_by_role("button", name="Continue to the story").click()
    page.get_by_role("button", name="Continue to the checks").click()
    page.get_by_role("button", name="Hand it in").click()
    page.get_by_role("button", name="Go on editing").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("button", name="Bring it back")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("button", name="Withdraw it")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("ada-l/nothing-here", "The Hub has no public Space ada-l/nothing-here"),
        ("http://169.254.169.254/latest", "This must be a Space's address"),
        ("", "This must be a Space's address"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(visit: Visit, address: str, sentence: str) -> None:
    page = visit("ada-l")
    look_up(page, address)
    expect(page.locator("#notice")).to_contain_text(sentence)


def test_scripts_in_addresses_are_text(place: Place, visit: Visit) -> None:
    page = visit("ada-l")
    page.goto(f"{place.address}/submit/?event={quote(SCRIPT)}")
    expect(page.locator("#notice")).to_contain_text("No event is called '<script>")
    look_up(page, SCRIPT)
    expect(page.locator("#notice")).to_contain_text("<script>")
    assert "owned" not in page.title()


def test_another_teams_draft_is_not_found(place: Place, visit: Visit) -> None:
    begin(visit("ada-l"))
    page = visit("eve-x", "&submission=1")
    expect(page.locator("#notice")).to_contain_text("There is no submission 1 here")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible_and_fits(visit: Visit, width: int) -> None:
    page = visit("ada-l")
    page.emulate_media(reduced_motion="reduce")  # nothing is half faded in while it is looked at
    page.set_viewport_size({"width": width, "height": 844})
    begin(page)
    page.wait_for_timeout(400)
    for forward in ("Continue to the story", "Continue to the checks", ""):
        problems = Axe().run(page).response["violations"]
        grave = [one["id"] for one in problems if one["impact"] in ("serious", "critical")]
        assert not grave, [one for one in problems if one["id"] in grave]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if forward:
            page.get_by_role("button", name=forward).click()
            page.wait_for_timeout(400)


def test_who_is_in_a_team_is_not_asked_for_its_name(place: Place, visit: Visit) -> None:
    ada = place.account("ada-l")
    page = visit("ada-l")
    expect(page.get_by_label("Your team's name")).to_be_visible()
    with place.gallery.database.write() as session:
        add_team(session, place.gallery, "Birds", ada)
    page.reload()
    expect(page.get_by_role("button", name="Look it up")).to_be_visible()
    expect(page.get_by_label("Your team's name")).to_be_hidden()
