"""A juror's form in Chromium under attack: nothing typed is lost, none of it is another's, and what
cannot be saved is said."""

import time
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import delete, func, select

from gallery.database.tables import LogEntry, SignInSession
from gallery.judging import ballots, judgings
from gallery.judging.ballots import Said
from tests.gallery.judging.chromium import SignIn, address, enter, settings, sign_in, site
from tests.gallery.judging.conftest import Jury
from tests.gallery.judging.test_evening_in_a_browser import saved, score

__all__ = ["address", "settings", "sign_in", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def ballot(jury: Jury, site: str) -> str:
    return f"{site}/summer/jury/{jury.demos[0]}"


def said(page: Page, words: str) -> None:
    expect(page.locator("#ballot .saved")).to_contain_text(words)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    saved(page)
    return page


def kept_scores(jury: Jury, who: str = "juror") -> dict[str, int] | None:
    found = jury.ballot(who, jury.demos[0])
    return None if found is None else dict(found.scores)


def keeps(jury: Jury, scores: dict[str, int]) -> None:
    """Soon: "Saved" is said of an older save as well."""
    for _ in range(1200):
        if kept_scores(jury) == scores:
            return
        time.sleep(0.1)
    assert kept_scores(jury) == scores


def test_what_is_typed_offline_outlives_a_reload(jury: Jury, ballot: str, sign_in: SignIn) -> None:
    context = sign_in("juror")
    page = opened(context, ballot)
    context.set_offline(True)
    page.keyboard.press("4")
    page.locator("[name=comment]").fill("In a tunnel")
    said(page, "No connection")
    context.set_offline(False)
    page.reload()
    expect(page.locator("[name=comment]")).to_have_value("In a tunnel")
    saved(page)
    assert score(page, "craft") == "4"
    keeps(jury, {"craft": 4})


def test_a_page_that_was_fetched_before_the_last_save_shows_it_all_the_same(
    jury: Jury, ballot: str, sign_in: SignIn
) -> None:
    """A reload while the save is on its way: the server answers the page first."""
    page = opened(sign_in("juror"), ballot)
    before = page.request.get(ballot).text()
    page.keyboard.press("4")
    saved(page)
    page.route(ballot, lambda route: route.fulfill(body=before, content_type="text/html"))
    page.reload()
    expect(page.locator("[name=score-craft][value='4']")).to_be_checked()
    page.keyboard.press("7")
    saved(page)
    expect(page.locator("#ballot .problem")).to_have_count(0)
    keeps(jury, {"craft": 4, "idea": 7})


def test_a_tab_that_closes_right_after_a_key_loses_nothing(
    jury: Jury, ballot: str, sign_in: SignIn
) -> None:
    context = sign_in("juror")
    opened(context, ballot).close()
    for digit in "15243":
        page = opened(context, ballot)
        page.keyboard.press("ArrowUp")
        page.keyboard.press(digit)
        page.close()
        again = context.new_page()
        again.goto(ballot)
        expect(again.locator(f"[name=score-craft][value='{digit}']")).to_be_checked()
        saved(again)
        expect(again.get_by_role("button", name="Keep mine")).to_have_count(0)
        again.reload()
        assert score(again, "craft") == digit
        again.close()
        keeps(jury, {"craft": int(digit)})


@pytest.mark.parametrize("body", ["<h1>Bad gateway</h1>", '{"error": {"message": "it broke"}}'])
def test_a_server_that_fails_for_a_while_is_waited_for(
    jury: Jury, ballot: str, sign_in: SignIn, body: str
) -> None:
    context = sign_in("juror")
    page = opened(context, ballot)
    context.route("**/save", lambda route: route.fulfill(status=502, body=body))
    page.keyboard.press("4")
    page.keyboard.press("7")
    said(page, "What you typed is kept here, and sent again.")
    expect(page.locator("#ballot .saved")).not_to_contain_text("..")
    page.keyboard.press("n")
    page.locator("[name=comment]").fill("Typed meanwhile")
    assert page.url == ballot, "who presses on stays with what is not saved"
    context.unroute("**/save")
    saved(page)
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != ballot)
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert (kept.scores, kept.comment) == ({"craft": 4, "idea": 7}, "Typed meanwhile")
    assert kept.finished_at is not None


def test_who_was_signed_out_elsewhere_is_told_and_loses_nothing(
    jury: Jury, site: str, ballot: str, sign_in: SignIn
) -> None:
    context = sign_in("juror")
    page = opened(context, ballot)
    with jury.gallery.database.writing() as session:
        session.execute(delete(SignInSession))
        session.commit()
    page.keyboard.press("4")
    said(page, "You are signed out")
    way = page.get_by_role("link", name="Sign in", exact=True).last
    assert way.get_attribute("href") == f"/sign-in?next=%2Fsummer%2Fjury%2F{jury.demos[0]}"
    page.locator("[name=comment]").fill("Before I noticed")
    page.keyboard.press("Tab")
    page.locator("button.primary").click()
    assert page.url == ballot
    enter(context, jury.gallery, jury.person("juror"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    saved(page)
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert (kept.scores, kept.comment) == ({"craft": 4}, "Before I noticed")


def test_what_one_juror_typed_never_becomes_another_s(
    jury: Jury, site: str, ballot: str, sign_in: SignIn
) -> None:
    context = sign_in("juror")
    page = opened(context, ballot)
    context.set_offline(True)
    page.locator("[name=note]").evaluate("note => note.closest('details').open = true")
    page.locator("[name=note]").fill("mine alone")
    page.locator("h1").click()
    page.keyboard.press("4")
    said(page, "No connection")
    enter(context, jury.gallery, jury.person("jo-2"))
    context.set_offline(False)
    said(page, "This form is somebody else's")
    page.close()
    theirs = opened(context, ballot)
    assert score(theirs, "craft") is None
    assert "mine alone" not in theirs.content()
    assert kept_scores(jury, "jo-2") == {}
    theirs.close()
    enter(context, jury.gallery, jury.person("juror"))
    mine = context.new_page()
    mine.goto(ballot)
    saved(mine)
    expect(mine.locator("[name=note]")).to_have_value("mine alone")
    keeps(jury, {"craft": 4})
    assert kept_scores(jury, "jo-2") == {}


def test_a_form_that_is_sent_under_another_name_counts_for_nobody(
    jury: Jury, site: str, ballot: str, sign_in: SignIn
) -> None:
    context = sign_in("juror")
    page = opened(context, ballot)
    page.keyboard.press("4")
    page.keyboard.press("7")
    saved(page)
    enter(context, jury.gallery, jury.person("jo-2"))
    with page.expect_navigation():
        page.keyboard.press("n")
    expect(page.get_by_text("this form is somebody else's", exact=False)).to_be_visible()
    assert kept_scores(jury, "jo-2") is None


def test_two_quick_presses_are_one(jury: Jury, ballot: str, sign_in: SignIn) -> None:
    page = opened(sign_in("juror"), ballot)
    page.keyboard.press("4")
    page.keyboard.press("7")
    page.get_by_role("button", name="Save and next").dblclick()
    page.wait_for_url(lambda url: url != ballot)
    saved(page)
    with jury.gallery.database.read() as session:
        counted = select(func.count()).where(LogEntry.action == "ballot.finished")
        assert session.scalar(counted) == 1
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert kept.finished_at is not None
    begun = [jury.ballot("juror", demo) for demo in jury.demos]
    assert sum(one is not None and one.finished_at is not None for one in begun) == 1


def test_going_back_shows_what_is_kept_and_sends_nothing_old(
    jury: Jury, ballot: str, sign_in: SignIn
) -> None:
    page = opened(sign_in("juror"), ballot)
    page.keyboard.press("4")
    page.keyboard.press("7")
    page.locator("[name=comment]").fill("First words")
    saved(page)
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != ballot)
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    elsewhere = Said({"craft": 1, "idea": 2}, comment="On my phone")
    jury(ballots.save, "juror", submission_id=jury.demos[0], number=kept.number, said=elsewhere)
    page.go_back()
    expect(page.locator("[name=comment]")).to_have_value("On my phone")
    assert (score(page, "craft"), score(page, "idea")) == ("1", "2")
    page.go_forward()
    page.wait_for_url(lambda url: url != ballot)
    keeps(jury, {"craft": 1, "idea": 2})


def test_a_page_out_of_the_browser_s_memory_is_fetched_anew(
    jury: Jury, ballot: str, sign_in: SignIn
) -> None:
    page = opened(sign_in("juror"), ballot)
    elsewhere = Said({"craft": 1}, comment="On my phone")
    jury(ballots.save, "juror", submission_id=jury.demos[0], number=1, said=elsewhere)
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.locator("[name=comment]")).to_have_value("On my phone")


def test_an_answer_that_was_lost_is_no_second_tab(jury: Jury, ballot: str, sign_in: SignIn) -> None:
    """The save arrived, its answer did not: the page knows its own words again."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    context = sign_in("juror")
    page = opened(context, ballot)
    context.route("**/save", lose)
    page.keyboard.press("4")
    said(page, "No connection")
    keeps(jury, {"craft": 4})
    context.unroute("**/save")
    page.keyboard.press("7")
    saved(page)
    keeps(jury, {"craft": 4, "idea": 7})
    # The same over a closed tab.
    context.route("**/save", lose)
    page.locator("[name=comment]").fill("One")
    said(page, "No connection")
    context.route("**/save", lambda route: route.abort())
    page.locator("[name=comment]").fill("One, two")
    page.close()
    context.unroute_all()
    page = context.new_page()
    page.goto(ballot)
    saved(page)
    expect(page.locator("[name=comment]")).to_have_value("One, two")
    expect(page.get_by_role("button", name="Keep mine")).to_have_count(0)
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert kept.comment == "One, two"


def test_judging_that_closes_while_one_types_is_said_and_the_words_stand(
    jury: Jury, ballot: str, sign_in: SignIn
) -> None:
    page = opened(sign_in("juror"), ballot)
    jury.clock.now += timedelta(minutes=1)
    jury(judgings.close, "organiser", reason="all is in")
    page.locator("[name=comment]").fill("A minute late")
    said(page, "The organisers have closed the judging")
    page.reload()
    expect(page.locator("[name=comment]")).to_have_value("A minute late")
    said(page, "was not saved in time")
    jury(judgings.reopen, "organiser", reason="one was late")
    page.reload()
    saved(page)
    kept = jury.ballot("juror", jury.demos[0])
    assert kept is not None
    assert kept.comment == "A minute late"
