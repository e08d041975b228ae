"""A juror's evening in Chromium: by keys alone, over a lost connection, and in two tabs."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from gallery.database.tables import Assignment, Comparison
from gallery.judging import ballots
from gallery.judging.ballots import Said
from tests.gallery.judging.chromium import SignIn, address, settings, sign_in, site
from tests.gallery.judging.conftest import Jury

__all__ = ["address", "settings", "sign_in", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def saved(page: Page) -> None:
    expect(page.locator(".saved")).to_contain_text("Saved")


def score(page: Page, key: str) -> str | None:
    chosen = page.locator(f"[name=score-{key}]:checked")
    return chosen.get_attribute("value") if chosen.count() else None


def test_an_evening_by_keys_alone(jury: Jury, site: str, sign_in: SignIn) -> None:
    page = sign_in("juror").new_page()
    page.goto(f"{site}/summer/jury")
    page.get_by_role("link", name="Begin with").click()
    first = ""
    for done in range(3):
        expect(page.locator("#ballot .criterion.at")).to_have_count(1)
        first = page.url if done == 0 else first
        if done == 0:
            assert Axe().run(page).violations_count == 0
            page.keyboard.press("2")
            page.keyboard.press("ArrowUp")
            page.keyboard.press("u")
            assert score(page, "craft") is None
        if done == 1:
            page.keyboard.press("b")
            page.wait_for_url(first)
            page.go_back()
            expect(page.locator("#ballot .criterion.at")).to_have_count(1)
        page.keyboard.press("4")
        page.keyboard.press("7")
        saved(page)
        assert (score(page, "craft"), score(page, "idea")) == ("4", "7")
        here = page.url
        page.keyboard.press("n")
        page.wait_for_url(lambda url, here=here: url != here)
    expect(page.get_by_text("3 of 3 judged")).to_be_visible()
    page.get_by_role("link", name="Compare two at a time").click()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight"):
        assert Axe().run(page).violations_count == 0
        with page.expect_navigation():
            page.keyboard.press(key)
    expect(page.get_by_text("until all pairs are")).to_be_visible()
    for demo in jury.demos:
        kept = jury.ballot("juror", demo)
        assert kept is not None
        assert kept.scores == {"craft": 4, "idea": 7}
        assert kept.finished_at is not None


def test_a_lost_connection_and_a_closed_lid_take_nothing_away(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    context = sign_in("juror")
    page = context.new_page()
    address = f"{site}/summer/jury/{jury.demos[0]}"
    page.goto(address)
    saved(page)
    context.set_offline(True)
    page.locator("[name=comment]").fill("Typed on a train")
    expect(page.locator(".saved")).to_contain_text("No connection")
    page.close()  # the lid
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("[name=comment]")).to_have_value("Typed on a train")
    saved(page)
    page.reload()
    expect(page.locator("[name=comment]")).to_have_value("Typed on a train")
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert kept.comment == "Typed on a train"


def test_a_press_without_a_connection_is_kept_and_sent_when_it_is_back(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    """A comparison over a closed lid, and a skip while one waits."""
    first, second, third = jury.demos
    for demo in (first, second):
        said = Said({"craft": 4, "idea": 7})
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    context = sign_in("juror")
    page = context.new_page()
    page.goto(f"{site}/summer/jury/compare")
    context.set_offline(True)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".answer-kept")).to_contain_text("kept here")
    page.close()  # the lid
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{site}/summer/jury")
    expect(page.locator(".answer-kept")).to_have_text("Your answer of before is sent.")
    page.goto(f"{site}/summer/jury/{third}")
    saved(page)
    context.set_offline(True)
    page.get_by_text("Skip it for now").click()
    form = page.locator("form[action$='/skip']")
    form.locator("[name=reason]").fill("does not load")
    form.get_by_role("button").click()
    expect(page.locator(".answer-kept")).to_contain_text("kept here")
    context.set_offline(False)
    expect(page.locator(".answer-kept")).to_have_text("Your answer of before is sent.")
    account = jury.person("juror").account_id
    with jury.gallery.database.read() as session:
        assert session.get_one(Comparison, (account, first, second)).better == "equal"
        assert session.get_one(Assignment, (account, third)).state == "skipped"


@pytest.mark.parametrize("choice", ["Take what is kept", "Keep mine"])
def test_a_second_tab_is_told_and_chooses(
    jury: Jury, site: str, sign_in: SignIn, choice: str
) -> None:
    page = sign_in("juror").new_page()
    page.goto(f"{site}/summer/jury/{jury.demos[0]}")
    saved(page)
    said = Said({"craft": 5}, comment="from the other tab")
    jury.clock.now += timedelta(minutes=1)
    jury(ballots.save, "juror", submission_id=jury.demos[0], number=1, said=said)
    page.keyboard.press("2")
    expect(page.locator(".saved")).to_contain_text("saved elsewhere meanwhile")
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert kept.scores == {"craft": 5}, "nothing was overwritten silently"
    page.get_by_role("button", name=choice).click()
    if choice == "Keep mine":
        saved(page)
        assert score(page, "craft") == "2"
    else:
        expect(page.locator("[name=score-craft][value='5']")).to_be_checked()
        expect(page.locator("[name=comment]")).to_have_value("from the other tab")


def test_it_fits_a_phone_and_can_be_used_by_a_screen_reader(
    jury: Jury, site: str, sign_in: SignIn
) -> None:
    for name, paths in {
        "juror": ("/summer/jury", f"/summer/jury/{jury.demos[0]}"),
        "organiser": ("/summer/organise/jury", "/summer/organise/result"),
    }.items():
        page = sign_in(name).new_page()
        for path in paths:
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(f"{site}{path}")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                found = Axe().run(page)
                assert found.violations_count == 0, f"{path} {found.generate_report()}"
