"""The organisers' pages in Chromium: notes of two at once, and every page on a phone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from gallery.judging import ballots, deliberation, feedback, judgings, results
from gallery.judging.ballots import Said
from gallery.people import roles
from tests.gallery.judging.chromium import (
    SignIn,
    address,
    settings,
    sign_in,
    site,
)
from tests.gallery.judging.conftest import Jury

__all__ = ["address", "settings", "sign_in", "site"]
pytestmark = [pytest.mark.slow, pytest.mark.browser]

PAGES = Path(__file__).parents[1] / "pages"
SMALL, SIDEWAYS = ((PAGES / name).read_text("utf-8") for name in ("small.js", "sideways.js"))
BOARD = ("deliberation", "result", "feedback")


@pytest.fixture
def jury(jury: Jury) -> Jury:
    for name in ("juror", "jo-2"):
        for demo in jury.demos:
            said = Said({"craft": 4, "idea": 7}, comment=f"Words of {name}", flag="Odd")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    return jury


def test_notes_of_two_organisers_are_saved_and_neither_is_overwritten(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    jury.person("grace-h")
    jury(roles.give, "organiser", name="grace-h", role="organiser")
    one, two = (sign_in(name).new_page() for name in ("organiser", "grace-h"))
    notes = []
    for page in (one, two):
        page.goto(f"{site}/summer/organise/deliberation")
        notes.append(page.locator("form.note").nth(0))
    notes[0].locator("textarea").fill("Runs on a phone")
    expect(notes[0].locator(".saved")).to_contain_text("Saved")
    notes[1].locator("textarea").fill("Too slow")
    expect(notes[1].locator(".saved")).to_contain_text("changed elsewhere")
    # Another demo's note is another form: what waits there disturbs nobody.
    other = two.locator("form.note").nth(1)
    other.locator("textarea").fill("A second note")
    expect(other.locator(".saved")).to_contain_text("Saved")
    notes[1].get_by_role("button", name="Keep mine").click()
    expect(notes[1].locator(".saved")).to_contain_text("Saved")
    one.reload()
    expect(one.locator("form.note textarea").nth(0)).to_have_value("Too slow")
    expect(one.locator("form.note textarea").nth(1)).to_have_value("A second note")


def test_a_note_outlives_a_lost_connection_and_a_reload(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    context = sign_in("organiser")
    page = context.new_page()
    page.goto(f"{site}/summer/organise/deliberation")
    note = page.locator("form.note").nth(0)
    context.set_offline(True)
    note.locator("textarea").fill("Typed in a tunnel")
    expect(note.locator(".saved")).to_contain_text("No connection")
    context.set_offline(False)
    expect(note.locator(".saved")).to_contain_text("Saved")
    page.reload()
    expect(page.locator("form.note textarea").nth(0)).to_have_value("Typed in a tunnel")


def test_every_page_fits_a_phone_and_who_does_not_see_it(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    page = sign_in("organiser").new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    paths = [f"/summer/organise/{name}" for name in BOARD]
    for path in paths:
        page.goto(site + path)
        assert page.evaluate(SIDEWAYS) == [], path
        assert page.evaluate(SMALL) == [], path
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    jury(deliberation.save_note, "organiser", submission_id=1, number=0, text="x")
    for one in jury(feedback.for_moderation, "organiser")[0].comments:
        jury(
            feedback.decide,
            "organiser",
            submission_id=1,
            key=one.key,
            is_held_back=False,
            text=one.original,
            reason="",
        )
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser", with_feedback=True)
    for path in (*paths, "/summer/results", "/summer/event", "/summer/submissions/1", "/summer"):
        page.goto(site + path)
        assert page.evaluate(SIDEWAYS) == [], path
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
