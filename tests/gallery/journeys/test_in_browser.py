"""Whole ways through one gallery: a visitor's, a team's and an organiser's."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.gallery.journeys.conftest import TO_SUBMIT, Come
from tests.gallery.journeys.person import Person
from tests.gallery.submissions.test_pictures import plain

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def heading(page: Page, words: str) -> Locator:
    return page.get_by_role("heading", name=words, exact=True)


def test_a_visitor_looks_at_everything_and_is_led_to_the_door_to_take_part(come: Come) -> None:
    visitor = come()
    page = visitor.go()
    expect(page.locator(".demo", has_text="Sketch to photo")).to_be_visible()
    visitor.finds("zebra", None)
    visitor.finds("sketch ph", "Sketch to photo")
    visitor.follow("Sketch to photo")
    expect(page.get_by_role("heading", level=1)).to_have_text("🎨 Sketch to photo")
    checks = page.locator("details:has(.checks)")
    if checks.get_attribute("open") is None:
        checks.locator("summary").click()
    expect(checks.locator("li.success", has_text="Licence of the model")).to_be_visible()

    def is_led_to_the_door(back: str) -> None:
        expect(heading(page, "Sign in")).to_be_visible()
        onward = page.get_by_role("link", name="Continue to").get_attribute("href") or ""
        assert onward.endswith(f"?next={back}")

    visitor.go("/event")
    visitor.follow("Ideas and teams")
    visitor.follow("Sign up")
    visitor.follow("Sign in to sign up")
    is_led_to_the_door("/summer/sign-up")
    visitor.go("/teams")
    visitor.follow("Form a team")
    is_led_to_the_door("/summer/teams/new")
    visitor.go()
    visitor.follow("Submit")
    is_led_to_the_door("/submit%3Fevent%3Dsummer")


def hands_in(lead: Person, picture: Path) -> None:
    """Through the four steps of the Submit page."""
    page = lead.page
    lead.follow("Submit a demo")
    page.get_by_label("The address of your Space").fill(TO_SUBMIT)
    lead.press("Look it up")
    expect(page.get_by_label("Title")).to_have_value("Lines to birds")
    lead.press("Continue to the story")
    page.locator("#samples input[type=file]").set_input_files(picture)
    expect(page.locator("#samples li")).to_have_count(1)
    page.get_by_label("The story").fill("Three strokes, **one bird**.")
    lead.press("Continue to the checks")
    expect(page.locator(".verdict")).to_be_visible()
    good = page.locator("#checks li[data-outcome=pass]")
    expect(good.filter(has_text="Size of the team")).to_have_count(1)
    lead.press("Hand it in")
    expect(heading(page, "It is in.")).to_be_visible()


def test_a_team_signs_up_forms_submits_edits_withdraws_and_comes_back(
    come: Come, tmp_path: Path
) -> None:
    lead, *others = (come(name) for name in ("kite-9", "mossy", "wren"))
    visitor = come()
    for one in (lead, *others):
        one.signs_up("Birds from three strokes.")
    page = lead.go("/teams")
    lead.follow("Form a team")
    page.get_by_label("Name of the team").fill("Three strokes")
    lead.press("Form the team")
    for other in others:
        page.get_by_label("Invite somebody").fill(other.name)
        lead.press("Invite")
        lead.reads("They are invited")
        other.go("/ideas")
        other.press("Join")
        other.reads("You are in the team now.")
    page.reload()
    expect(heading(page, "3 people")).to_be_visible()

    (tmp_path / "bird.png").write_bytes(plain(600, 600, "teal"))
    hands_in(lead, tmp_path / "bird.png")
    lead.finds("three strokes bird", "Lines to birds")
    visitor.finds("lines birds", "Lines to birds")

    other = others[0]
    other.finds("lines birds", "Lines to birds")
    other.follow("Lines to birds")
    other.follow("Edit")
    other.page.get_by_label("Title").fill("Strokes to birds")
    expect(other.page.locator(".keeper-words")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    lead.finds("strokes to birds", "Strokes to birds")

    other.press("Continue to the story")
    other.press("Continue to the checks")
    other.press("Withdraw it")
    expect(other.page.get_by_role("button", name="Bring it back")).to_be_visible()
    visitor.finds("birds", None)
    other.press("Bring it back")
    expect(other.page.get_by_role("button", name="Withdraw it")).to_be_visible()
    visitor.finds("birds", "Strokes to birds")


def test_an_organiser_accepts_places_looks_hides_restores_and_reads_the_log(come: Come) -> None:
    names = ("finch", "heron", "otter")
    people = [come(name) for name in names]
    for one in people:
        one.signs_up()
    people[0].go("/teams/new")
    people[0].page.get_by_label("Name of the team").fill("Night owls")
    people[0].press("Form the team")

    organiser, visitor = come("organiser"), come()
    page = organiser.go()
    organiser.follow("Sign in")
    organiser.signs_in()
    organiser.follow("Organise")
    organiser.follow("Sign-ups")
    for name in names:
        page.get_by_role("checkbox", name=name, exact=True).check()
    organiser.press("Accept the chosen")
    organiser.reads("Decided")
    people[1].go("/sign-up")
    expect(heading(people[1].page, "You take part")).to_be_visible()

    organiser.follow("Teams")
    for name in names[1:]:
        page.get_by_label("Move somebody").fill(name)
        option = page.get_by_role("option", name="Night owls").text_content()
        page.get_by_label("into").select_option(label=option)
        organiser.press("Move")
        organiser.reads("They are in the team now.")
    expect(page.locator("#teams-table tr", has_text="Night owls")).to_contain_text("heron, otter")

    organiser.finds("sketch", "Sketch to photo")
    organiser.follow("Sketch to photo")
    address = page.url
    expect(page.locator(".checks li").first).to_be_attached()
    organiser.follow("Organise")
    organiser.follow("Submissions")
    row = page.locator("#submissions-table tr", has_text="Sketch to photo")
    for verb, reason in (("Hide", "It shows somebody's face."), ("Restore", "It is mended.")):
        row.locator("summary", has_text=verb).click()
        row.get_by_label("Reason").fill(reason)
        organiser.press(f"{verb} it")
        if verb == "Hide":
            organiser.reads("It is hidden.")
            visitor.finds("sketch", None)
            assert visitor.page.request.get(address).status == 404
        else:
            organiser.reads("Everybody sees it again.")
            visitor.finds("sketch", "Sketch to photo")
            assert visitor.page.request.get(address).status == 200

    organiser.follow("Log")
    page.get_by_label("What").fill("submission.")
    organiser.press("Filter")
    lines = page.locator("#log-table tbody tr")
    expect(lines.nth(0)).to_contain_text("It is mended.")
    expect(lines.nth(0)).to_contain_text("organiser")
    expect(lines.nth(1)).to_contain_text("It shows somebody's face.")
