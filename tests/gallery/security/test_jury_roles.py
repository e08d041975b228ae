"""Who gets what of a jury: every route with every role, and links that open nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.tables import (
    Account,
    Base,
    Membership,
    Role,
    Submission,
)
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import ballots, conflicts
from gallery.judging.ballots import Said
from gallery.people import roles, sessions
from gallery.teams import tokens
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.judging.conftest import JURORS, RUBRIC, Jury, jury
from tests.gallery.security.routes import changes, reads
from tests.gallery.summer import summer

__all__ = ["jury"]

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

KEPT = (
    *("assignments", "ballots", "comparisons", "conflicts", "judgings"),
    *("deliberation_notes", "feedback"),
)
FORM = {
    **{"reason": "canary-reason", "number": "0", "score-craft": "4", "score-idea": "7"},
    **{"left": "1", "right": "2", "better": "left", "looks": "1", "anchors": "0", "confirmed": "x"},
    **{"juror": "1", "demo": "1", "first": "1", "second": "2", "third": "3", "note": "canary-mine"},
}
NOTED = {"number": 0, "text": "canary-mine"}
TYPED = {"number": 0, "scores": {"craft": 4}, "comment": "", "note": "", "flag": ""}
PROGRAM = "a program"
"""With the token of `member`'s team."""
OUTSIDE = ("", "ada-l", "member", PROGRAM, "winter-juror", "winter-organiser", "former")
"""Nobody of these has to do with the jury of `summer`: visitors, people, teams and their programs,
another event's, a juror whose role was taken when they had judged."""
IDLE = ("jo-3", "jo-4")
"""Jurors to whom nothing is assigned; the second has a conflict with all of them."""


@pytest.fixture
def event(clock: Clock) -> Event:
    return summer(clock.now).model_copy(update={"rubric": RUBRIC, "jurors": JURORS})


@pytest.fixture
def gallery(gallery: Gallery, event: Event) -> Gallery:
    """With another event, which has an organiser and a juror of its own."""
    winter = event.model_copy(
        update={
            "slug": "winter",
            "tag": "winter",
            "jurors": ("winter-juror",),
            "organisers": ("winter-organiser",),
        }
    )
    made = replace(gallery, events={event.slug: event, winter.slug: winter})
    vars(made)["hub"] = gallery.hub
    return made


OWN = ("/summer/jury", "/summer/jury/compare", "/summer/jury/same-input")
"""What any juror may open; a sheet, only who made it or is shown it."""


@dataclass(frozen=True)
class Case:
    jury: Jury
    browser: TestClient
    ids: dict[str, int]
    token: str

    def as_(self, name: str) -> TestClient:
        self.browser.cookies.clear()
        self.browser.headers.pop("Authorization", None)
        if name == PROGRAM:
            self.browser.headers["Authorization"] = f"Bearer {self.token}"
        elif name:
            with self.jury.gallery.database.write() as session:
                account = session.query(Account).filter_by(name=name).one()
                now = self.jury.clock.now
                cookie = sessions.begin(session, account, now, key=self.jury.gallery.key)
            self.browser.cookies.set(sessions.COOKIE, cookie)
        return self.browser

    def kept(self) -> dict[str, list[dict[str, Any]]]:
        """All that a jury's evening leaves behind."""
        with self.jury.gallery.database.read() as session:
            return {name: _rows(session, Base.metadata.tables[name]) for name in KEPT}


def _rows(session: Session, table: Table) -> list[dict[str, Any]]:
    rows = session.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row) for row in rows.mappings()]


@pytest.fixture
def case(jury: Jury) -> Iterator[Case]:
    """`juror` has judged a demo with words that are nobody else's to read; `jo-2` judges too."""
    for name in ("organiser", *OUTSIDE[1:], *IDLE):
        if name != PROGRAM:
            jury.person(name)
    demo = jury.demos[0]
    with jury.gallery.database.write() as session:
        account = session.query(Account).filter_by(name="member").one()
        team = session.get_one(Submission, demo).team_id
        session.add(
            Membership(
                team_id=team, account_id=account.id, event="summer", joined_at=jury.clock.now
            )
        )
        organiser = sessions.actor_for(session, account, jury.gallery.events.values())
        act = Act(session, organiser, jury.clock.now, jury.gallery.current)
        act.record("team.joined", subject=("team", team), details={"account": account.id})
    said = Said({"craft": 4, "idea": 7}, "canary-comment", "canary-note", "canary-flag")
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    jury(ballots.skip, "jo-2", submission_id=demo, reason="canary-skip")
    for one in jury.demos:
        jury(conflicts.declare, "jo-4", submission_id=one, reason="canary-conflict")
    token = jury(tokens.make_token, "member", team_id=team, label="script")
    jury(roles.give, "organiser", name="former", role="juror")
    jury.assign_all("former")
    jury(ballots.finish, "former", submission_id=demo, number=0, said=Said({"craft": 1, "idea": 1}))
    jury(roles.take, "organiser", name="former", role="juror")
    ids = dict.fromkeys(
        (
            *("team_id", "idea_id", "comment_id", "request_id", "invitation_id", "token_id"),
            *("report_id", "number", "sign_up", "sheet_id"),
        ),
        1,
    )
    ids |= {"submission_id": demo, "subject_id": demo}
    ids["account_id"] = jury.person("jo-2").account_id or 0
    with TestClient(
        build_app(jury.gallery), BASE_URL, raise_server_exceptions=False, follow_redirects=False
    ) as browser:
        browser.headers.update({"Origin": BASE_URL, "Accept": "text/html"})
        yield Case(jury, browser, ids, token)


TELLING = ("organise/result", "organise/deliberation", "organise/feedback")
"""Pages of the board that tell scores, or what jurors wrote."""


def of_jury(path: str) -> bool:
    parts = ("jury", "organise/jury", *TELLING)
    return any(f"/summer/{part}" in path for part in parts)


def is_of_a_sheet(path: str) -> bool:
    """Of one that nobody made."""
    return "/same-input/" in path


def asked(case: Case, who: str) -> Iterator[tuple[str, str, int, str]]:
    """Every route of a jury by this person: method, path, status and body."""
    app: Any = case.browser.app
    for path in filter(of_jury, reads(app, case.ids)):
        answer = case.as_(who).get(path)
        yield "GET", path, answer.status_code, answer.text
    for method, path in changes(app, case.ids):
        if of_jury(path):
            browser = case.as_(who)
            if path.endswith("/save"):
                answer = browser.request(method, path, json=TYPED)
            elif "/organise/deliberation/" in path:
                answer = browser.request(method, path, json=NOTED)
            else:
                answer = browser.request(method, path, data=FORM)
            yield method, path, answer.status_code, answer.text


@pytest.mark.parametrize("who", OUTSIDE)
def test_who_has_nothing_to_do_with_it_gets_nothing_of_any_route(case: Case, who: str) -> None:
    before, count = case.kept(), 0
    for method, path, status, text in asked(case, who):
        expected = (303, 401, 403, 404) if who in ("", PROGRAM) else (401, 403, 404)
        assert status in expected, (method, path, status)
        assert "canary-" not in text.replace(FORM["reason"], "").replace(FORM["note"], ""), path
        assert case.kept() == before, (method, path)
        count += 1
    assert count >= 15, "the walk still finds the routes"


@pytest.mark.slow
@pytest.mark.parametrize("who", IDLE)
def test_a_juror_without_a_demo_gets_their_list_and_no_ballot(case: Case, who: str) -> None:
    before = case.kept()
    for method, path, status, text in asked(case, who):
        is_own = method == "GET" and path in OWN
        if path.endswith("/conflict"):
            before = case.kept()  # whoever judges may say so, of any demo
            continue
        assert (status == 200) == is_own, (method, path, status)
        assert status in (200, 403, 404, 422), (method, path, status)
        others = text.replace("canary-conflict", "") if who == "jo-4" else text
        assert "canary-" not in others.replace(FORM["reason"], "").replace(FORM["note"], ""), path
        assert case.kept() == before, (method, path)


@pytest.mark.slow
def test_a_juror_gets_their_own_and_nothing_of_the_board_nor_of_others(case: Case) -> None:
    own = {f"/summer/jury/{case.ids['submission_id']}", *OWN}
    others = list(case.kept()["ballots"])
    for method, path, status, text in asked(case, "jo-2"):
        if "/organise/" in path:
            assert status in (403, 404), (method, path, status)  # there is no verb "hide" here
        elif is_of_a_sheet(path):
            assert status == 404, (method, path, status)
        elif method == "GET":
            assert status == 200, (method, path, status)
            assert path in own, "say what a juror gets of this new page"
        else:
            assert status in (200, 303, 403, 409, 422), (method, path, status)
        for word in ("comment", "note", "flag"):
            assert f"canary-{word}" not in text, path
    assert [row for row in case.kept()["ballots"] if row in others] == others


@pytest.mark.slow
def test_an_organiser_gets_the_board_and_nobody_s_ballot(case: Case) -> None:
    for method, path, status, text in asked(case, "organiser"):
        if is_of_a_sheet(path):
            assert status == 404, (method, path, status)
        elif "/organise/" not in path and not path.endswith("/same-input"):
            assert status == 403, (method, path, status)
        else:
            assert status in (200, 303, 404, 409, 422), (method, path, status)
        assert "canary-note" not in text, "a private note is private"


@pytest.mark.slow
def test_an_organiser_who_judges_gets_no_score_before_their_own_are_in(case: Case) -> None:
    case.jury(roles.give, "organiser", name="organiser", role="juror")
    case.jury.assign_all("organiser")
    before, count = case.kept(), 0
    for method, path, status, text in asked(case, "organiser"):
        if any(f"/summer/{part}" in path for part in TELLING) or path.endswith("/jury/scores"):
            is_calling_off = path.endswith("/result/cancel")  # which tells nothing
            assert status in (403, 404) or is_calling_off, (method, path, status)
            count += 1
        for word in ("comment", "note"):
            assert f"canary-{word}" not in text, path
    assert count >= 8, "the walk still finds the routes"
    for table in ("deliberation_notes", "feedback"):
        assert case.kept()[table] == before[table]


@pytest.mark.slow
@pytest.mark.parametrize("who", [*OUTSIDE, *IDLE, "jo-2"])
def test_no_page_at_all_tells_what_another_juror_gave(case: Case, who: str) -> None:
    app: Any = case.browser.app
    for path in (*reads(app, case.ids), "/winter", "/winter/organise/log", "/winter/results"):
        answer = case.as_(who).get(path)
        assert answer.status_code < 500, path
        for word in ("comment", "note", "flag"):
            assert f"canary-{word}" not in answer.text, path


@pytest.mark.slow
@pytest.mark.parametrize("link", ["", " ", "guess", "old", "taken back", "used", "winter"])
def test_a_link_opens_nothing_that_it_was_not_made_for(
    case: Case, person: Callable[[str], Actor], link: str
) -> None:
    jury, browser = case.jury, case.as_("ada-l")
    winter = jury.gallery.event("winter")
    made = jury(roles.invite, "organiser", role="juror", note="for one")
    token = {"": "", " ": "%20", "guess": "x" * 43}.get(link, made)
    if link == "old":
        jury.clock.now += roles.INVITATION_LASTS + timedelta(seconds=1)
        browser = case.as_("ada-l")
    if link == "taken back":
        with jury.gallery.database.read() as session:
            invitation = session.scalar(select(func.max(roles.RoleInvitation.id)))
        jury(roles.take_back, "organiser", invitation_id=invitation)
    if link == "used":
        follower = person("kite-9")
        with jury.gallery.database.write() as session:
            roles.follow(session, follower, jury.clock.now, token=made)
    if link == "winter":
        actor = person("winter-organiser")
        with jury.gallery.database.write() as session:
            act = Act(session, actor, jury.clock.now, winter)
            token = roles.invite(act, role="juror", note="for one")
    for ask in (browser.get, browser.post):
        answer = ask(f"/account/invitation/{token}")
        if link == "winter":
            assert answer.status_code in (200, 303)
        else:
            assert answer.status_code in (404, 405, 307), answer.status_code
    ada = person("ada-l")
    assert ada.juror_of == ({"winter"} if link == "winter" else frozenset())
    for path in ("/summer/jury", f"/summer/jury/{jury.demos[0]}", "/summer/jury/compare"):
        assert browser.get(path).status_code == 403
    with jury.gallery.database.read() as session:
        mine = session.scalars(select(Role.event).where(Role.account_id == ada.account_id)).all()
    assert mine == (["winter"] if link == "winter" else [])
