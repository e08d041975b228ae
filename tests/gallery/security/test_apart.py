"""What is one team's is no other's: every route, every call of the API, every handler of Gradio."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.tables import Account, Base
from gallery.pages.submit.form import values_of
from gallery.pages.submit.handlers import Handlers
from gallery.pages.submit.place import Place, Tab
from gallery.people import sessions
from gallery.submissions.checking import Checker
from tests.gallery.browsing.entries import entry
from tests.gallery.conftest import BASE_URL
from tests.gallery.security.conftest import Sprint
from tests.gallery.security.routes import changes

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

FORM = {
    "title": "Taken over",
    "text": "Taken over",
    "name": "Taken over",
    "about": "Taken over",
    "reason": "Taken over",
    "label": "Taken over",
    "note": "Taken over",
    "message": "Taken over",
    "role": "organiser",
    "decision": "accept",
    "subject": "submission",
    "team": "1",
    "display_name": "Taken over",
    "typed_name": "ada-l",
    "email": "taken@example.org",
    "number": "1",
    "idea": "1",
    "comment_id": "0",
}
OWN = frozenset(
    {
        *("attempts", "email_links", "hub_sign_ins", "sign_in_sessions", "log", "likes"),
        *("notifications", "letters", "repo_records"),
    }
)
"""Where strangers leave tracks of their own; what others are told of them, which test_news.py keeps
apart; and what the Hub says, whoever asks."""


def _cookie(sprint: Sprint, name: str) -> str:
    with sprint.gallery.database.write() as session:
        account = session.query(Account).filter_by(name=name).one()
        return sessions.begin(session, account, sprint.gallery.clock(), key=sprint.gallery.key)


def _rows(sprint: Sprint, besides: str = "") -> dict[str, list[dict]]:
    """Everything of everybody's but `besides`, who may change what is theirs."""
    with sprint.gallery.database.read() as session:
        account = session.query(Account).filter_by(name=besides).one_or_none()
        own = None if account is None else account.id
        whole = {}
        for table in Base.metadata.sorted_tables:
            if table.name in OWN:
                continue
            order = table.primary_key.columns
            rows = [dict(row) for row in session.execute(select(table).order_by(*order)).mappings()]
            whole[table.name] = [row for row in rows if not _is_of(row, table.name, own)]
        return whole


def _is_of(row: dict, table: str, account_id: int | None) -> bool:
    row.pop("likes", None)
    if account_id is None:
        return False
    mine = ("author_id", "account_id", "lead_id")
    return any(row.get(name) == account_id for name in mine) or (
        table == "accounts" and row["id"] == account_id
    )


@pytest.fixture
def browser(sprint: Sprint) -> Iterator[TestClient]:
    app = build_app(sprint.gallery)
    with TestClient(app, BASE_URL, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("who", ["", "stranger", "kite-9"])
def test_no_route_changes_what_is_anothers(sprint: Sprint, browser: TestClient, who: str) -> None:
    ids = {**sprint.ids, "sign_up": sprint.ids["sign_up"]}
    before = _rows(sprint, who)
    asked = list(changes(browser.app, ids))  # type: ignore[arg-type]
    for target in (sprint.demo, sprint.draft):
        asked += [
            (method, path.replace(f"/submissions/{sprint.demo}", f"/submissions/{target}"))
            for method, path in asked
        ]
    for method, path in dict.fromkeys(asked):
        cookies = {sessions.COOKIE: _cookie(sprint, who)} if who else {}
        browser.cookies = cookies
        form = {**FORM, "sign_up": str(ids["sign_up"]), "subject_id": str(sprint.demo)}
        answer = browser.request(method, path, data=form, headers={"Origin": BASE_URL})
        assert answer.status_code in (*range(200, 500), 503), (method, path)  # there is no Hub
        after = _rows(sprint, who)
        assert after == before, (method, path)
    assert len(asked) > 60


@pytest.mark.slow
def test_no_page_of_another_site_changes_anything(sprint: Sprint, browser: TestClient) -> None:
    before = _rows(sprint)
    browser.cookies = {sessions.COOKIE: _cookie(sprint, "organiser")}
    for method, path in changes(browser.app, sprint.ids):  # type: ignore[arg-type]
        for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}):
            answer = browser.request(method, path, data=FORM, headers=headers)
            assert answer.status_code == 403, (method, path, headers)
            assert "page of this site" in answer.text
    assert _rows(sprint) == before


def test_a_teams_token_opens_nothing_of_another_team(sprint: Sprint, browser: TestClient) -> None:
    before = _rows(sprint)
    content = entry(1, title="Taken over").model_dump(mode="json")
    body = {"number": 1, "reason": "Taken over", "content": content}
    headers = {"Authorization": f"Bearer {sprint.token}", "Origin": BASE_URL}
    for target in (sprint.demo, sprint.draft):
        at = f"/api/v1/events/summer/submissions/{target}"
        for method, path, names in (
            ("PUT", at, ("number", "reason", "content")),
            ("POST", f"{at}/submit", ("number", "reason")),
            ("POST", f"{at}/withdraw", ("reason",)),
            ("POST", f"{at}/come-back", ("reason",)),
            ("POST", f"{at}/checks", ()),
        ):
            sent = {name: body[name] for name in names}
            answer = browser.request(method, path, json=sent, headers=headers)
            assert answer.status_code in (403, 404), (method, path, answer.text)
            assert "canary" not in answer.text
        for part in ("", "/pictures", "/checks", "/revisions", "/revisions/1"):
            answer = browser.get(f"{at}{part}", headers=headers)
            assert (answer.status_code == 404) == (target == sprint.draft), part
    assert _rows(sprint) == before


MASSES = ("id", "team_id", "state", "likes", "submitted_at", "hidden_at", "event", "source")


def test_a_field_that_nobody_may_send_is_refused(sprint: Sprint, browser: TestClient) -> None:
    headers = {"Authorization": f"Bearer {sprint.token}"}
    at = "/api/v1/events/summer/submissions"
    content = entry(9).model_dump(mode="json")
    for name in MASSES:
        for sent in ({"content": content, name: 1}, {"content": {**content, name: 1}}):
            answer = browser.post(at, json=sent, headers=headers)
            assert answer.status_code == 422, sent
    answer = browser.post(at, json={"content": content}, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["state"] == "draft"
    browser.cookies = {sessions.COOKIE: _cookie(sprint, "stranger")}
    more = {"display_name": "Stranger", "email": "x@example.org", "name": "ada-l", "role": "juror"}
    browser.post("/account", data=more, headers={"Origin": BASE_URL})
    with sprint.gallery.database.read() as session:
        account = session.query(Account).filter_by(name="stranger").one()
        assert (account.display_name, account.email) == ("Stranger", None)


def test_no_handler_of_the_submit_page_opens_another_teams_draft(
    sprint: Sprint, person: Callable[[str], Actor]
) -> None:
    assert person("juror").juror_of == {"summer"}
    checker = Checker(sprint.gallery)
    handlers = Handlers(sprint.gallery, checker)
    before = _rows(sprint)
    values = values_of(entry(2, title="Taken over"))
    for who in ("", "stranger", "juror"):
        cookies = {sessions.COOKIE: _cookie(sprint, who)} if who else {}
        request: Any = SimpleNamespace(cookies=cookies)
        for target in (sprint.draft, sprint.demo):
            place = Place(event="summer", submission=target, number=1, wanted=str(target))
            form = (request, place, Tab(), *values)
            calls: dict[str, Callable] = {
                "open": lambda place=place, request=request: handlers.open(request, place),
                "draw": lambda place=place, request=request: handlers.draw(request, place, *values),
                "keep": lambda form=form: handlers.keep(*form),
                "keep_mine": lambda form=form: handlers.keep_mine(*form),
                "check": lambda form=form: list(handlers.check(*form)),
                "submit": lambda form=form: handlers.submit(*form),
                "withdraw": lambda p=place, r=request: handlers.withdraw(r, p),
                "come_back": lambda p=place, r=request: handlers.come_back(r, p),
            }
            for name, call in calls.items():
                assert "canary" not in repr(call()), name
    checker.close()
    assert _rows(sprint) == before


@pytest.mark.parametrize("wanted", ["²", "9" * 5000, "-1", "1e3", "٣", "0", "x" * 5000])
def test_the_submit_page_opens_whatever_its_address_asks_for(sprint: Sprint, wanted: str) -> None:
    checker = Checker(sprint.gallery)
    request: Any = SimpleNamespace(cookies={sessions.COOKIE: _cookie(sprint, "stranger")})
    place = Place(event="summer", wanted=wanted)
    assert Handlers(sprint.gallery, checker).open(request, place)["head"]
    checker.close()
