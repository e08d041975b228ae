"""News reaches people: who is told of what, the badge, the page, and what pages say of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from gallery.database.tables import Account, Letter, Notification
from gallery.organising import decisions, moderation
from gallery.organising.moderation import Subject
from gallery.submissions import submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import ideas, join_requests, sign_ups, teams
from gallery.teams import invitations as team_invitations
from gallery.web.notices import SENTENCES
from tests.gallery.people.conftest import Sprint

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def address(sqlite_address: str) -> str:
    """What is told is the same over both kinds of database: here over SQLite."""
    return sqlite_address


def told(sprint: Sprint, name: str) -> list[tuple[str, str]]:
    """Kind and title, of all that somebody was told."""
    with sprint.gallery.database.read() as session:
        rows = session.execute(
            select(Notification.kind, Notification.title)
            .join(Account, Account.id == Notification.account_id)
            .where(Account.name == name)
            .order_by(Notification.id)
        )
        return [(kind, title) for kind, title in rows]


@pytest.fixture
def idea(sprint: Sprint) -> Any:
    sprint.sign_up("ada", "ben", "cleo")
    return sprint.do(ideas.propose, "ada", title="Deep sea", text="Fish.")


def test_a_request_reaches_who_decides_and_its_answer_who_asked(sprint: Sprint, idea: Any) -> None:
    asked = sprint.do(join_requests.ask, "ben", idea_id=idea.id, message="I can draw.")
    assert told(sprint, "ada") == [
        ("join_request", "ben would like to work on “Deep sea” with you")
    ]
    sprint.do(join_requests.accept, "ada", request_id=asked.id)
    assert told(sprint, "ben") == [("join_answer", "You are in the team “Deep sea” now")]
    again = sprint.do(join_requests.ask, "cleo", idea_id=idea.id, message="")
    sprint.do(join_requests.decline, "ada", request_id=again.id)
    assert told(sprint, "cleo") == [("join_answer", "The answer is no this time: “Deep sea”")]


def test_a_comment_reaches_the_author_and_who_commented_before(sprint: Sprint, idea: Any) -> None:
    sprint.do(ideas.comment, "ben", idea_id=idea.id, text="Which fish?")
    sprint.do(ideas.comment, "cleo", idea_id=idea.id, text="All of them.")
    sprint.do(ideas.comment, "ada", idea_id=idea.id, text="Yes.")
    assert [title for _, title in told(sprint, "ada")] == [
        "ben comments on “Deep sea”",
        "cleo comments on “Deep sea”",
    ]
    assert [title for _, title in told(sprint, "ben")] == [
        "cleo comments on “Deep sea”",
        "ada comments on “Deep sea”",
    ]


def test_an_invitation_and_a_decision_are_told(sprint: Sprint, idea: Any) -> None:
    team = sprint.do(teams.form, "ada", name="Birds")
    sprint.do(team_invitations.invite, "ada", team_id=team.id, name="ben")
    assert told(sprint, "ben") == [("invitation", "ada invites you to the team “Birds”")]
    with sprint.gallery.database.read() as session:
        found = sign_ups.of(session, sprint.id_of("cleo"), sprint.event)
    assert found is not None
    sprint.do(decisions.decline, "organiser", sign_up_ids=[found.id], message="Full.")
    assert told(sprint, "cleo") == [("decision", "You cannot take part in Summer sprint this time")]


@pytest.fixture
def demo(sprint: Sprint, idea: Any) -> int:
    team = sprint.do(teams.form, "ada", name="Birds")
    sprint.do(team_invitations.invite, "ada", team_id=team.id, name="ben")
    sprint.do(team_invitations.accept, "ben", invitation_id=1)
    content = SubmissionContent(space_id="ada/birds", title="Birds from lines")
    return sprint.do(submissions.create_draft, "ada", content=content).id


def test_the_whole_team_gets_a_receipt_for_what_is_handed_in_or_withdrawn(
    sprint: Sprint, demo: int
) -> None:
    sprint.do(submissions.submit, "ada", submission_id=demo, number=1)
    sprint.do(submissions.submit, "ada", submission_id=demo, number=1)
    sprint.do(submissions.withdraw, "ben", submission_id=demo)
    for name in ("ada", "ben"):
        receipts = [title for kind, title in told(sprint, name) if kind == "receipt"]
        assert receipts == ["“Birds from lines” is handed in", "“Birds from lines” is withdrawn"]


def test_a_team_hears_that_its_demo_is_hidden_and_shown_again_and_why(
    sprint: Sprint, demo: int
) -> None:
    which = {"subject": Subject.SUBMISSION, "subject_id": demo}
    sprint.do(moderation.hide, "organiser", reason="It shows a face.", **which)
    sprint.do(moderation.hide, "organiser", reason="It shows a face.", **which)
    sprint.do(moderation.restore, "organiser", reason="It was drawn.", **which)
    hidden = [title for kind, title in told(sprint, "ben") if kind == "demo_hidden"]
    assert hidden == [
        "“Birds from lines” is hidden by the organisers",
        "“Birds from lines” is shown again",
    ]


def test_a_report_reaches_the_organisers(sprint: Sprint, idea: Any) -> None:
    which = {"subject": Subject.IDEA, "subject_id": idea.id, "reason": "It is an advert."}
    sprint.person("organiser")
    sprint.do(moderation.report, "ben", **which)
    sprint.do(moderation.report, "ben", **which)
    assert told(sprint, "organiser") == [("report", "Reported: “Deep sea”")]


def test_the_badge_counts_what_is_unread_and_the_page_says_it(
    sprint: Sprint, idea: Any, signed_in: SignedIn
) -> None:
    browser = signed_in("ada")
    assert "Not read yet" not in browser.get("/summer").text
    sprint.do(join_requests.ask, "ben", idea_id=idea.id, message="<script>")
    sprint.do(ideas.comment, "cleo", idea_id=idea.id, text="All of them.")
    assert "Not read yet: 2" in browser.get("/summer").text
    page = browser.get("/news").text
    assert "cleo comments on “Deep sea”" in page
    assert "<script>\n" not in page
    newest = page.split('name="until" value="')[1].split('"')[0]
    sprint.do(ideas.comment, "ben", idea_id=idea.id, text="What came since.")
    assert browser.post("/news", data={"until": newest}).status_code == 303
    assert "Not read yet: 1" in browser.get("/summer").text


def test_news_are_ones_own(sprint: Sprint, idea: Any, signed_in: SignedIn) -> None:
    sprint.do(ideas.comment, "cleo", idea_id=idea.id, text="All of them.")
    assert "cleo comments" not in signed_in("ben").get("/news").text
    signed_in("ben").post("/news", data={"until": "999"})
    assert "Not read yet: 1" in signed_in("ada").get("/summer").text


def test_the_account_page_switches_kinds_off_and_on(
    sprint: Sprint, idea: Any, signed_in: SignedIn
) -> None:
    browser = signed_in("ada")
    wanted = {"wanted": ["comment.letter", "join_request.badge"]}
    assert browser.post("/account/news", data=wanted).status_code == 303
    page = browser.get("/account").text
    assert page.count("checked") == 2
    sprint.do(ideas.comment, "cleo", idea_id=idea.id, text="All of them.")
    assert "Not read yet" not in browser.get("/summer").text
    sprint.do(join_requests.ask, "ben", idea_id=idea.id, message="")
    assert "Not read yet: 1" in browser.get("/summer").text
    refused = browser.post("/account/news", data={"wanted": ["comment.dance"]})
    assert refused.status_code == 422


def test_no_page_says_that_somebody_knows_before_a_letter_went_or_they_looked(
    sprint: Sprint, idea: Any, signed_in: SignedIn
) -> None:
    sprint.give_address("ada", "ada@example.org")
    asking = signed_in("ben")
    there = f"/summer/ideas/{idea.id}"
    answer = asking.post(f"{there}/join", data={"message": ""})
    page = asking.get(answer.headers["location"]).text
    assert "know" not in page.lower()
    assert "A letter to them waits to be sent." in page
    with sprint.gallery.database.writing() as session:
        session.execute(update(Letter).values(state="sent", sent_at=sprint.gallery.clock()))
        session.commit()
    assert "A letter has told them." in asking.get(there).text
    sprint.gallery.clock.now += timedelta(minutes=1)  # type: ignore[attr-defined]
    signed_in("ada").post("/news", data={"until": "999"})
    assert "They have read it." in asking.get(there).text


def test_no_sentence_after_a_change_says_that_somebody_knows() -> None:
    claims = ("they know", "is told", "are told", "was told", "have been told", "will look")
    assert not [one for one in SENTENCES.values() if any(claim in one for claim in claims)]
