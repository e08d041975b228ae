"""The pages of people: what is typed is kept, what is another's is refused, nothing runs."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Idea
from gallery.teams import ideas, sign_ups, teams
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def test_from_signing_up_to_a_team(signed_in: SignedIn, sprint: Sprint) -> None:
    browser = signed_in("ada-l")
    assert browser.post("/summer/sign-up", data={"about": "Birds."}).status_code == 303
    answer = browser.post("/summer/ideas", data={"title": "Birds", "text": "Three strokes."})
    page = browser.get(answer.headers["location"])
    assert "Your idea is here" in page.text
    answer = browser.post("/summer/teams", data={"name": "Birds", "idea": "1"})
    page = browser.get(answer.headers["location"])
    assert "The team is formed" in page.text
    small = "Machine time is given to teams of three."
    assert f"A team has 3 to 5 people; this one has 1. {small}" in page.text
    for path in ("/summer/ideas", "/summer/teams", "/summer/sign-up"):
        assert small in browser.get(path).text
    assert browser.get("/account").status_code == 200


def test_what_was_typed_is_kept_when_it_is_refused(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    browser = signed_in("ada-l")
    answer = browser.post("/summer/ideas", data={"title": "ab", "text": "A long text."})
    assert answer.status_code == 422
    assert "The title must have at least 3 characters" in answer.text
    assert "A long text." in answer.text
    team = sprint.do(teams.form, "ada-l", name="Birds")
    change = {"name": "Eagles", "about": "Talons.", "number": "0"}
    answer = browser.post(f"/summer/teams/{team.id}", data=change)
    assert answer.status_code == 409
    assert "Eagles" in answer.text
    assert "Talons." in answer.text


def test_scripts_in_any_text_are_shown_and_not_run(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.do(sign_ups.sign_up, "ada-l", about=SCRIPT)
    idea = sprint.do(
        ideas.propose, "ada-l", title=SCRIPT, text=f"{SCRIPT} [x](javascript:alert(1))"
    )
    sprint.do(ideas.comment, "ada-l", idea_id=idea.id, text=SCRIPT)
    team = sprint.do(teams.form, "ada-l", name=SCRIPT, about=SCRIPT, idea_id=idea.id)
    browser, board = signed_in("ada-l"), signed_in("organiser")
    browser.post("/account", data={"display_name": SCRIPT})
    paths = ["/summer/ideas", f"/summer/ideas/{idea.id}", f"/summer/teams/{team.id}", "/account"]
    pages = [browser.get(path).text for path in (*paths, "/summer/sign-up", "/summer/teams")]
    pages += [
        board.get(f"/summer/organise{part}").text
        for part in ("", "/people", "/teams", "/ideas", "/log")
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page


@pytest.mark.parametrize(
    "path",
    [
        "/summer/teams/999",
        "/summer/ideas/999",
        "/winter/ideas",
        "/account/invitation/made-up",
        "/summer/organise/passwords.csv",
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(signed_in: SignedIn, path: str) -> None:
    answer = signed_in("organiser").get(path)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("number", ["0", "-1", "x", str(2**63), "9" * 400])
def test_a_number_that_no_row_has_is_refused(signed_in: SignedIn, number: str) -> None:
    browser = signed_in("organiser")
    for path in (f"/summer/teams/{number}", f"/summer/ideas/{number}"):
        assert browser.get(path).status_code in (404, 422)
        assert browser.post(f"{path}/join").status_code in (404, 422)
    answer = browser.post("/summer/organise/teams", data={"name": "organiser", "team": number})
    assert answer.status_code == 422


def test_another_site_can_change_nothing(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    browser = signed_in("ada-l")
    for path in (f"/summer/teams/{team.id}/leave", "/account/delete", "/sign-out", "/summer/ideas"):
        for origin in ("https://elsewhere.example", "null"):
            answer = browser.post(path, headers={"Origin": origin}, data={"typed_name": "ada-l"})
            assert answer.status_code == 403
    assert "Birds" in browser.get("/account").text


def test_the_board_is_for_organisers(signed_in: SignedIn, client: TestClient) -> None:
    parts = ("", "/people", "/teams", "/ideas", "/submissions", "/reports", "/roles", "/log")
    board, member = signed_in("organiser"), signed_in("ada-l")
    for path in [*(f"/summer/organise{part}" for part in parts), "/summer/organise/people.csv"]:
        assert board.get(path).status_code == 200, path
        assert member.get(path).status_code == 403
        assert client.get(path).status_code == 303
    for path, data in (
        ("people", {"sign_up": "1", "decision": "accept"}),
        ("people/admit", {"name": "ada-l"}),
        ("teams", {"name": "ada-l", "team": "1"}),
        ("roles", {"name": "ada-l", "role": "organiser"}),
        ("roles/invite", {"role": "organiser", "note": "me"}),
        ("ideas/1/hide", {"reason": "because"}),
    ):
        assert member.post(f"/summer/organise/{path}", data=data).status_code == 403, path


def test_organisers_decide_several_at_once(
    signed_in: SignedIn, sprint: Sprint, mails: list[object]
) -> None:
    sprint.sign_up("ada-l", "kite-9", "mossy")
    board = signed_in("organiser")
    answer = board.post("/summer/organise/people", data={"decision": "accept"})
    assert "Choose at least one" in answer.text
    chosen = {"sign_up": ["1", "2"], "decision": "accept", "seen": "waiting", "message": "Hello"}
    assert board.post("/summer/organise/people", data=chosen).status_code == 303
    again = board.post("/summer/organise/people", data=chosen)
    assert again.status_code == 409
    assert "Hello" in again.text
    assert "The organisers said yes" in signed_in("ada-l").get("/summer/sign-up").text


def test_exports_hold_no_address_and_no_formula(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.do(sign_ups.sign_up, "ada-l", about='=HYPERLINK("http://x")')
    sprint.give_address("ada-l", "ada@example.org")
    board = signed_in("organiser")
    text = board.get("/summer/organise/people.csv").text
    assert "ada@example.org" not in text
    assert "'=HYPERLINK" in text
    assert "ada@example.org" in board.get("/summer/organise/people").text


def test_a_role_s_link_and_a_token_are_shown_once(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    team = sprint.do(teams.form, "ada-l", name="Birds")
    browser, board = signed_in("ada-l"), signed_in("organiser")
    made = browser.post(f"/summer/teams/{team.id}/tokens", data={"label": "script"})
    assert "sprint_" in made.text
    assert made.headers["cache-control"] == "no-store"
    assert "sprint_" not in browser.get(f"/summer/teams/{team.id}").text.replace(
        "sprint_session", ""
    )
    page = board.post("/summer/organise/roles/invite", data={"role": "juror", "note": "her"}).text
    link = page.split("/account/invitation/")[1].split('"')[0]
    assert link not in board.get("/summer/organise/roles").text
    assert browser.get(f"/account/invitation/{link}").status_code == 200
    assert browser.post(f"/account/invitation/{link}").status_code == 303
    assert sprint.person("ada-l").juror_of == {"summer"}


def test_long_lists_are_told_a_page_at_a_time(signed_in: SignedIn, sprint: Sprint) -> None:
    author, now = sprint.id_of("ada-l"), sprint.gallery.clock()
    with sprint.gallery.database.write() as session:
        for number in range(101):
            title = f"Idea {number:03}"
            session.add(
                Idea(event="summer", author_id=author, title=title, text="x", created_at=now)
            )
            session.flush()
    browser = signed_in("organiser")
    for path in ("/summer/ideas", "/summer/organise/ideas"):
        first, second = (browser.get(f"{path}?page={one}").text for one in "12")
        assert "Page 1 of 2" in first
        assert f'rel="next" href="{path}?page=2"' in first
        assert ("Idea 100" in first, "Idea 000" in first) == (True, False)
        assert ("Idea 100" in second, "Idea 000" in second) == (False, True)


def test_a_deleted_account_is_signed_out_and_unnamed(signed_in: SignedIn, sprint: Sprint) -> None:
    sprint.sign_up("ada-l")
    idea = sprint.do(ideas.propose, "ada-l", title="Birds", text="x")
    browser = signed_in("ada-l")
    assert browser.post("/account/delete", data={"typed_name": "other"}).status_code == 422
    assert browser.get("/account/data.json").json()["account"]["name"] == "ada-l"
    assert browser.post("/account/delete", data={"typed_name": "ada-l"}).status_code == 303
    assert browser.get("/account").status_code == 303
    page = signed_in("kite-9").get(f"/summer/ideas/{idea.id}").text
    assert "Somebody who left" in page
    assert "ada-l" not in page


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("teams/1/invitations", "teams/1"),
        ("teams/1/invitations/7/accept", "teams/1"),
        ("teams/1/leave", "teams/1"),
        ("ideas/1/join", "ideas/1"),
        ("ideas/1/requests/7/accept", "ideas/1"),
    ],
)
def test_the_address_of_a_refused_form_leads_on_when_it_is_opened_again(
    signed_in: SignedIn, sprint: Sprint, form: str, page: str
) -> None:
    answer = signed_in("ada-l").get(f"/summer/{form}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/summer/{page}")
    assert signed_in("ada-l").get(f"/summer/{page}/nothing").status_code == 404
