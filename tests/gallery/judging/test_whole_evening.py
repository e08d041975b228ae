"""A whole evening: 60 demos and 8 jurors, from handing out to the podium that a visitor sees.

The scores are a simulation's, so it is known which demos are the best. One juror and the organisers
sit in Chromium, before a real server; the other jurors' ballots and comparisons reach it over HTTP,
each with their own cookie, as their browsers would send them.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import func, select

from gallery.actor import Actor
from gallery.cli import main
from gallery.database.tables import Assignment, Ballot, Submission
from gallery.event.event import Event
from gallery.event.terms import Prize
from gallery.gallery import Gallery
from gallery.judging import comparisons, conflicts, evening, replay, results
from gallery.judging.conflicts import Kind
from gallery.judging.evidence import scales
from gallery.judging.ranking import simulation
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import Clock
from tests.gallery.judging.chromium import address, enter, port_of, settings
from tests.gallery.judging.conftest import RUBRIC, Jury
from tests.gallery.serving import served
from tests.gallery.summer import summer

__all__ = ["address", "settings"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]

NAMES = ("juror", *(f"jo-{number}" for number in range(2, 9)))
DEMOS, LOOKS, SEED = 60, 3, 11
BY_KEYS = 3
AWAY = "jo-8"
Scores = Mapping[tuple[str, int], dict[str, int]]
"""Of each juror and each demo, whether they come to look at it or not."""


@pytest.fixture
def event(clock: Clock) -> Event:
    return summer(clock.now).model_copy(
        update={"rubric": RUBRIC, "jurors": NAMES, "prizes": (Prize(title="A kettle"),)}
    )


@pytest.fixture
def jury(gallery: Gallery, clock: Clock, person: Callable[[str], Actor]) -> Jury:
    """The demos are in, one of them by a team that a juror is in; the deadline is over."""
    jury = Jury(gallery, clock, person)
    accounts = {name: person(name).account_id for name in NAMES}
    insider = accounts["jo-3"]
    assert insider is not None
    with gallery.database.write() as session:
        for number in range(DEMOS):
            content = entry(number, title=f"Demo {number}")
            members = (insider,) if number == 0 else ()
            made = hand_in(session, gallery.current.slug, content, gallery.clock(), members=members)
            jury.demos.append(made.id)
    jury.begin()
    return jury


@pytest.fixture
def sign_in(
    browser: Browser, gallery: Gallery, jury: Jury
) -> Iterator[Callable[[str | None], Page]]:
    """A page of somebody, or of a visitor; a mistake of a page's script fails the test."""
    opened: list[BrowserContext] = []
    mistakes: list[str] = []
    base = gallery.settings.base_url

    def make(name: str | None) -> Page:
        context = browser.new_context(base_url=base, reduced_motion="reduce")
        opened.append(context)
        if name is not None:
            enter(context, gallery, jury.person(name))
        page = context.new_page()
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        return page

    with served(gallery, port_of(gallery)):
        yield make
        for context in opened:
            context.close()
    assert mistakes == []


def test_from_handing_out_to_the_podium(
    jury: Jury,
    sign_in: Callable[[str | None], Page],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night, scores = simulated(jury)
    board = sign_in("organiser")
    hand_out(board)
    insider = jury.person("jo-3").account_id
    with jury.gallery.database.read() as session:
        found = conflicts.in_force(session, jury.gallery.current)
    assert [(pair, one.kind) for pair, one in found.items()] == [
        ((insider, jury.demos[0]), Kind.TEAM)
    ]

    board.goto("/summer/organise/jury")
    total = DEMOS * LOOKS
    expect(board.locator("h1")).to_contain_text(f"0 of {total} looks")
    seats = {name: sign_in(name) for name in NAMES}
    judge_by_keys(jury, seats["juror"], scores)
    board.reload()
    expect(board.locator("h1")).to_contain_text(f"{BY_KEYS} of {total} looks")

    for name in NAMES:
        judge(jury, seats[name], name, scores, most=10)
    declared = declare(jury, seats["jo-2"], "jo-2")
    drop_out(board, jury.person(AWAY).account_id)
    before = finished(jury)
    hand_out(board)
    assert finished(jury) == before, "what is judged stays"
    with jury.gallery.database.read() as session:
        given = session.execute(
            select(Assignment.submission_id, func.count())
            .where(Assignment.state != "dropped")
            .group_by(Assignment.submission_id)
        ).all()
    assert {count for _, count in given} == {LOOKS}

    for name in NAMES:
        if name != AWAY:
            judge(jury, seats[name], name, scores, most=DEMOS)
            compare(jury, seats[name], name, night)
    assert len(finished(jury)) == total
    aside = jury.ballot("jo-2", declared)
    assert aside is not None
    assert aside.set_aside_at is not None

    board.goto("/summer/organise/jury/scores")
    expect(board.get_by_role("heading", name="What scores say")).to_be_visible()
    board.goto("/summer/organise/jury")
    expect(board.locator("h1")).to_contain_text(f"{total} of {total} looks")
    board.get_by_text("Close early").click()
    board.locator("form[action$=close] [name=reason]").fill("all looks are in")
    board.locator("form[action$=close] button").click()
    expect(board.get_by_text("Open again")).to_be_visible()

    order, titles = deliberate(jury, board)
    publish(board, order)
    visitor = sign_in(None)
    visitor.goto("/summer/results")
    expect(visitor.locator("main a strong")).to_have_text(titles)
    expect(visitor.get_by_text("It runs on a phone")).to_be_visible()

    with jury.gallery.database.read() as session:
        told = results.published(session, jury.gallery.current)
        log = replay.replayed(session, jury.gallery.current)
        assert replay.difference(log, replay.kept(session, jury.gallery.current)) is None
    assert told is not None
    assert list(told.order[:3]) == order
    best = {jury.demos[int(at)] for at in np.argsort(-night.truth.quality)[:3]}
    assert len(best & {row.demo for row in told.rows[:3]}) >= 2, "the simulation knows the best"
    for form in ("json", "csv.zip"):
        file = tmp_path / f"result.{form}"
        file.write_bytes(board.request.get(f"/summer/organise/result.{form}").body())
        assert main(["jury", "recompute", str(file)]) == 0
        assert "to the digit" in capsys.readouterr().out
    monkeypatch.setattr("gallery.cli.open_gallery", lambda settings: jury.gallery)
    assert main(["jury", "replay"]) == 0
    assert "the same as the tables" in capsys.readouterr().out


def simulated(jury: Jury) -> tuple[simulation.Evening, Scores]:
    night = simulation.evening(
        simulation.Jury(DEMOS, len(NAMES), looks=len(NAMES), scales=scales(RUBRIC)),
        np.random.default_rng(SEED),
    )
    scores: dict[tuple[str, int], dict[str, int]] = {}
    for one in night.scores:
        pair = NAMES[int(one.juror)], jury.demos[int(one.demo)]
        scores.setdefault(pair, {})[one.criterion] = one.value
    return night, scores


def hand_out(board: Page) -> None:
    board.goto("/summer/organise/jury")
    form = unfolded(board, "form[action$=hand-out]")
    form.locator("[name=looks]").fill(str(LOOKS))
    with board.expect_navigation(timeout=120_000):
        form.locator("button").click()


def drop_out(board: Page, account_id: int | None) -> None:
    board.goto("/summer/organise/jury")
    form = unfolded(board, f"form[action$='/jurors/{account_id}/away']")
    form.locator("[name=reason]").fill("a train that does not come")
    with board.expect_navigation():
        form.locator("button").click()


def unfolded(board: Page, form: str) -> Locator:
    found = board.locator(form)
    found.evaluate("one => { one.closest('details').open = true; }")
    return found


def send(seat: Page, path: str, **form: object) -> None:
    """What a page's form sends, and that it was taken."""
    answer = seat.request.post(
        path,
        form={name: str(value) for name, value in form.items()},
        headers={"Origin": seat.url.partition("/summer")[0]},
        max_redirects=0,
    )
    assert answer.status == 303, (path, answer.status, answer.text())


def judge_by_keys(jury: Jury, page: Page, scores: Scores) -> None:
    """A few demos and two comparisons, without a mouse once the list is open."""
    page.goto("/summer/jury")
    page.get_by_role("link", name="Begin with").click()
    for _ in range(BY_KEYS):
        expect(page.locator("#ballot .criterion.at")).to_have_count(1)
        demo = int(page.url.rpartition("/")[2])
        for value in scores["juror", demo].values():
            page.keyboard.press(str(value))
        expect(page.locator(".saved")).to_contain_text("Saved")
        here = page.url
        page.keyboard.press("n")
        page.wait_for_url(lambda url, here=here: url != here)
        kept = jury.ballot("juror", demo)
        assert kept is not None
        assert kept.scores == scores["juror", demo]
    page.goto("/summer/jury/compare")
    for key in ("ArrowLeft", "ArrowRight"):
        with page.expect_navigation():
            page.keyboard.press(key)


def judge(jury: Jury, seat: Page, name: str, scores: Scores, *, most: int) -> None:
    """The next of their list, up to `most`."""
    seat.goto("/summer/jury")
    for _ in range(most):
        jury.clock.now += timedelta(seconds=20)
        mine = jury(evening.evening, name).next_after()
        if mine is None or mine.state == "done":
            return
        demo = mine.submission.id
        begun = jury.ballot(name, demo)
        given = {f"score-{key}": value for key, value in scores[name, demo].items()}
        number = 0 if begun is None else begun.number
        send(seat, f"/summer/jury/{demo}", number=number, comment=f"Of {name}", **given)


def declare(jury: Jury, seat: Page, name: str) -> int:
    """A conflict with a demo that they have judged already."""
    account = jury.person(name).account_id
    with jury.gallery.database.read() as session:
        demo = session.scalars(
            select(Ballot.submission_id)
            .where(Ballot.account_id == account)
            .order_by(Ballot.position)
        ).first()
    assert demo is not None
    seat.goto(f"/summer/jury/{demo}")
    seat.get_by_text("I should not judge this one").click()
    form = seat.locator("form[action$='/conflict']")
    form.locator("[name=reason]").fill("I taught two of them")
    with seat.expect_navigation():
        form.locator("button").click()
    return demo


def compare(jury: Jury, seat: Page, name: str, night: simulation.Evening) -> None:
    """Pairs of theirs, by what the simulation knows and a little chance."""
    with jury.gallery.database.read() as session:
        account = jury.person(name).account_id
        assert account is not None
        judged = sorted(comparisons.judged(session, jury.gallery.current, account))
    chance = np.random.default_rng((SEED, NAMES.index(name)))
    for _ in range(6):
        left, right = (int(demo) for demo in chance.choice(judged, 2, replace=False))
        one, other = (night.truth.quality[jury.demos.index(demo)] for demo in (left, right))
        better = "left" if one + chance.logistic() > other else "right"
        send(seat, "/summer/jury/compare", left=left, right=right, better=better)


def finished(jury: Jury) -> set[tuple[int, int]]:
    """The looks that count."""
    with jury.gallery.database.read() as session:
        rows = session.execute(
            select(Ballot.account_id, Ballot.submission_id).where(
                Ballot.finished_at.is_not(None), Ballot.set_aside_at.is_(None)
            )
        )
        return {(account, demo) for account, demo in rows}


def deliberate(jury: Jury, board: Page) -> tuple[list[int], list[str]]:
    """The organisers look at the shortlist, write a note, and prefer the second to the first."""
    with jury.gallery.database.read() as session:
        result = results.result_of(session, jury.gallery.current, jury.clock.now)
        first, second, third = (row.demo for row in result.rows[:3])
        titles = {demo: session.get_one(Submission, demo).title for demo in (second, first, third)}
    board.goto("/summer/organise/deliberation")
    for demo, title in titles.items():
        candidate = board.locator(".shortlist > li").filter(
            has=board.get_by_text(title, exact=True)
        )
        given = candidate.locator(".scores dd").first
        digits = given.inner_text().partition("mean")[0].split()
        assert len(digits) == LOOKS, f"each look at {demo} stands there"
    note = board.locator(f"form[data-autosave$='/deliberation/{second}']")
    note.locator("textarea").fill("It is the only one that runs on a phone")
    expect(note.locator(".saved")).to_contain_text("Saved")
    return list(titles), list(titles.values())


def publish(board: Page, order: list[int]) -> None:
    """Settled with a reason, then published, both on the board."""
    board.goto("/summer/organise/result")
    for name, demo in zip(("first", "second", "third"), order, strict=True):
        board.locator(f"select[name={name}]").select_option(str(demo))
    settle = board.locator("form[action$=settle]")
    settle.locator("[name=reason]").fill("It runs on a phone")
    settle.locator("button").last.click()
    expect(board.locator("select[name=first]")).to_have_value(str(order[0]))
    board.locator("[name=confirmed]").check()
    board.get_by_role("button", name="Publish the result now").click()
    board.wait_for_url("**/summer/results*")
