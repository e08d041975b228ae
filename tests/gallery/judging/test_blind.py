"""Blind judging: who still judges is told of no like, on no page and by no order; others are."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.tables import Submission
from gallery.gallery import Gallery
from gallery.judging import ballots, blind, judgings
from gallery.people import roles
from gallery.sources import records
from gallery.teams import tokens
from spaces.hub.facts import SpaceFacts
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.judging.conftest import WHOLE, Jury
from tests.gallery.security.routes import reads

SignedIn = Callable[[str], TestClient]
LIKES, HUB_LIKES = 77_701, 88_801
CANARIES = ("777", "888", "♥")
"""How all these numbers of likes begin."""
API = "/api/v1/events/summer/submissions"


@pytest.fixture
def liked(jury: Jury) -> Jury:
    """Each demo is liked by other numbers: the last one the most."""
    with jury.gallery.database.write() as session:
        for number, demo in enumerate(jury.demos):
            row = session.get_one(Submission, demo)
            facts = SpaceFacts(repo_id=row.space_id, likes=HUB_LIKES + number)
            records.store(session, jury.clock.now, "space", row.space_id, facts)
            row.likes, row.hub_likes = LIKES + number, HUB_LIKES + number
    return jury


def judge_all(jury: Jury, name: str = "juror") -> None:
    for demo in jury.demos:
        jury(ballots.finish, name, submission_id=demo, number=0, said=WHOLE)


def pages(jury: Jury, browser: TestClient) -> Iterator[str]:
    demo = jury.demos[0]
    ids = dict.fromkeys(
        ("team_id", "idea_id", "comment_id", "request_id", "invitation_id", "account_id"), 1
    )
    for path in reads(browser.app, {**ids, "submission_id": demo, "number": 1, "sheet_id": 1}):  # type: ignore[arg-type]
        yield path
        if path in ("/summer", "/summer/found", API, f"/summer/submissions/{demo}"):
            yield from (f"{path}?sort={sort}" for sort in ("likes", "hub-likes"))


def telling(jury: Jury, browser: TestClient) -> set[str]:
    """The pages on which a like can be read."""
    found = set()
    for path in pages(jury, browser):
        answer = browser.get(path)
        assert answer.status_code < 500, path
        text = re.sub(r"data:image/[\w;,+/=]+", "", answer.text)
        if any(canary in text for canary in CANARIES):
            found.add(path)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_no_page_at_all_tells_a_juror_of_likes_until_theirs_are_in(
    liked: Jury, signed_in: SignedIn, client: TestClient
) -> None:
    demo = liked.demos[0]
    public = {"/", "/summer", "/summer/found", f"/summer/submissions/{demo}", API, f"{API}/{demo}"}
    assert public <= telling(liked, client)
    assert public <= telling(liked, signed_in("ada-l"))
    browser = signed_in("juror")
    assert telling(liked, browser) == set()
    judge_all(liked)
    assert public <= telling(liked, browser)


def test_no_order_tells_a_juror_what_is_liked(liked: Jury, signed_in: SignedIn) -> None:
    def order(browser: TestClient, path: str) -> list[int]:
        text = browser.get(path).text
        return sorted(liked.demos, key=lambda demo: text.index(f'data-demo-id="{demo}"'))

    juror, other = signed_in("juror"), signed_in("ada-l")
    for path in ("/summer", "/summer/found"):
        for sort in ("likes", "hub-likes"):
            liked_first = order(other, f"{path}?sort={sort}")
            assert liked_first == liked.demos[::-1]
            assert order(juror, f"{path}?sort={sort}") == order(juror, path)
        assert "Most liked" in other.get(path).text
        assert "Most liked" not in juror.get(f"{path}?sort=likes").text
    # Nor by what is said to come before and after it.
    page = f"/summer/submissions/{liked.demos[0]}"
    assert "sort=likes" in other.get(f"{page}?sort=likes").text
    assert "sort=likes" not in juror.get(f"{page}?sort=likes").text


def test_a_juror_gives_no_like_before_their_ballots_are_in(
    liked: Jury, signed_in: SignedIn
) -> None:
    browser, page = signed_in("juror"), f"/summer/submissions/{liked.demos[0]}"
    shown = browser.get(page).text
    assert "data-like" not in shown
    assert "Likes are hidden from you" in shown
    for verb in ("like", "unlike"):
        refused = browser.post(f"{page}/{verb}", headers={"Accept": "application/json"})
        assert refused.status_code == 403
        assert "likes are closed to jurors" in refused.text
        assert not any(canary in refused.text for canary in CANARIES)
    judge_all(liked)
    assert "data-like" in browser.get(page).text
    assert browser.post(f"{page}/like").status_code == 303


def is_blind(jury: Jury, name: str = "juror") -> bool:
    actor = jury.person(name)
    with jury.gallery.database.read() as session:
        return blind.is_blind(Act(session, actor, jury.clock.now, jury.gallery.current))


def test_it_lasts_from_the_deadline_until_there_is_nothing_to_judge(jury: Jury) -> None:
    event, begun = jury.gallery.current, jury.clock.now
    assert [is_blind(jury, name) for name in ("juror", "jo-2", "ada-l")] == [True, True, False]
    assert not is_blind(jury, "jo-3"), "who was asked nothing knows nothing to keep"
    jury.clock.now = event.deadline - timedelta(seconds=1)
    assert not is_blind(jury)
    jury.clock.now = begun + timedelta(days=30)
    assert not is_blind(jury)
    jury.clock.now = begun
    jury(judgings.close, "organiser", reason="all is in")
    assert not is_blind(jury)
    jury(judgings.reopen, "organiser", reason="one was late")
    assert is_blind(jury)
    for demo in jury.demos:
        assert is_blind(jury)
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    assert not is_blind(jury)
    assert is_blind(jury, "jo-2")


def test_before_anything_is_handed_out_every_juror_is_blind(
    gallery: Gallery, clock: Clock, person: Callable[[str], Actor]
) -> None:
    jury = Jury(gallery, clock, person)
    jury.hand_in(1)
    assert not is_blind(jury)
    jury.begin()
    assert is_blind(jury)


@pytest.fixture
def token(liked: Jury) -> str:
    """Of a team that a juror is in."""
    juror = liked.person("juror")
    assert juror.account_id is not None
    with liked.gallery.database.write() as session:
        theirs = hand_in(
            session, "summer", entry(9), liked.clock.now, members=(juror.account_id,), state="draft"
        )
    return str(liked(tokens.make_token, "juror", team_id=theirs.team_id, label="mine"))


def test_a_juror_s_program_is_told_no_likes_either(
    liked: Jury, client: TestClient, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    demo = liked.demos[0]
    for path in (API, f"{API}/{demo}", f"{API}/{demo}/related"):
        of_all = client.get(path)
        assert "777" in of_all.text
        mine = client.get(path, headers=headers)
        assert mine.status_code == 200
        assert not any(canary in mine.text for canary in CANARIES)
    assert client.get(f"{API}/{demo}", headers=headers).json()["likes"] is None
    refused = client.get(f"{API}?sort=likes", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    judge_all(liked)
    assert client.get(f"{API}/{demo}", headers=headers).json()["likes"] == LIKES
    assert client.get(f"{API}?sort=likes", headers=headers).json()[0]["id"] == liked.demos[-1]


def test_what_is_kept_for_visitors_is_never_a_juror_s_nor_the_other_way(
    liked: Jury, signed_in: SignedIn, token: str
) -> None:
    cookies = signed_in("juror").cookies
    headers = {"Accept": "text/html"}
    with TestClient(build_app(replace(liked.gallery, keep_seconds=600)), BASE_URL) as browser:
        for path in ("/summer", "/summer/found", f"/summer/submissions/{liked.demos[0]}"):
            for _ in range(2):
                for who in ({}, dict(cookies)):
                    browser.cookies.clear()
                    browser.cookies.update(who)
                    answer = browser.get(path, headers=headers)
                    assert ("777" in answer.text) == (not who), path
                    assert "public" not in answer.headers["cache-control"]
        browser.cookies.clear()
        for _ in range(2):
            assert "777" in browser.get(API).text
            mine = browser.get(API, headers={"Authorization": f"Bearer {token}"})
            assert "777" not in mine.text


def test_who_organises_as_well_reads_neither_likes_nor_others_ballots_on_the_board(
    liked: Jury, signed_in: SignedIn
) -> None:
    jury = liked
    jury(roles.give, "organiser", name="juror", role="organiser")
    said = replace(WHOLE, comment="canary-comment")
    jury(ballots.finish, "jo-2", submission_id=jury.demos[0], number=0, said=said)
    both, organiser = signed_in("juror"), signed_in("organiser")
    for path in ("/summer/organise/submissions", "/summer/organise/submissions.csv"):
        assert "777" in organiser.get(path).text
        assert "777" not in both.get(path).text
    for query in ("", "?what=ballot", "?who=jo-2"):
        for someone in (organiser, both):
            assert "canary-comment" not in someone.get(f"/summer/organise/log{query}").text
    judge_all(jury)
    assert "777" in both.get("/summer/organise/submissions.csv").text
