"""A juror's pages: who may open them, what they show, and what a save answers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import VISITOR
from gallery.database.tables import Account, Pin
from gallery.judging import ballots, conflicts
from gallery.judging.ballots import Said
from gallery.people import email_links, roles
from tests.gallery.judging.conftest import WHOLE, Jury

SignedIn = Callable[[str], TestClient]


def typed(number: int, **scores: int) -> dict[str, object]:
    return {"number": number, "scores": scores, "comment": "", "note": "", "flag": ""}


def test_a_juror_sees_what_is_theirs_and_goes_from_one_to_the_next(
    jury: Jury, signed_in: SignedIn
) -> None:
    browser = signed_in("juror")
    listed = browser.get("/summer/jury").text
    assert "0 of 3 judged" in listed
    assert "about 18 minutes left" in listed
    assert all(f"/summer/jury/{demo}" in listed for demo in jury.demos)
    left = list(jury.demos)
    address = next(f"/summer/jury/{demo}" for demo in left)
    for _ in left:
        page = browser.get(address)
        assert page.status_code == 200
        sent = {"number": "0", "score-craft": "4", "score-idea": "7", "comment": "", "note": ""}
        address = browser.post(address, data=sent).headers["location"]
    assert address == "/summer/jury"
    assert "3 of 3 judged" in browser.get("/summer/jury").text


def test_how_long_it_takes_follows_one_s_own_pace_and_the_demo_that_is_open(
    jury: Jury, signed_in: SignedIn
) -> None:
    browser = signed_in("juror")

    def judge(demo: int, minutes: int, *, is_whole: bool) -> str:
        begun = jury(ballots.save, "juror", submission_id=demo, number=0, said=Said({}, note="x"))
        jury.clock.now += timedelta(minutes=minutes)
        if is_whole:
            jury(ballots.finish, "juror", submission_id=demo, number=begun.number, said=WHOLE)
        return browser.get("/summer/jury").text

    assert "about 20 minutes left" in judge(jury.demos[0], 10, is_whole=True)
    assert "about 16 minutes left" in judge(jury.demos[1], 4, is_whole=False)


@pytest.mark.parametrize(("role", "board"), [("juror", "jury"), ("organiser", "organise")])
def test_a_link_to_a_role_leads_to_where_its_work_is(
    jury: Jury, signed_in: SignedIn, role: str, board: str
) -> None:
    token = jury(roles.invite, "organiser", role=role, note="for a guest")
    followed = signed_in("guest").post(f"/account/invitation/{token}")
    assert followed.headers["location"] == f"/summer/{board}"


@pytest.mark.parametrize(
    ("email", "wanted", "place"),
    [
        ("juror@x.org", "/", "/summer/jury"),
        ("juror@x.org", "/summer", "/summer/jury"),
        ("juror@x.org", "/summer/event", "/summer/event"),
        ("ada@x.org", "/", "/"),
    ],
)
def test_a_juror_who_signs_in_comes_to_their_demos_unless_they_wanted_elsewhere(
    jury: Jury, client: TestClient, email: str, wanted: str, place: str
) -> None:
    juror, now = jury.person("juror"), jury.clock.now
    with jury.gallery.database.write() as session:
        session.get_one(Account, juror.account_id).email = "juror@x.org"
        token = email_links.request(session, email, now, next_path=wanted, actor=VISITOR)
    used = client.post(f"/sign-in/email/{token}", data={"display_name": "Ada"})
    assert used.headers["location"] == place


@pytest.mark.parametrize(("name", "status"), [("ada-l", 403), ("organiser", 403), ("jo-3", 403)])
def test_nobody_else_opens_a_ballot(
    jury: Jury, signed_in: SignedIn, name: str, status: int
) -> None:
    assert signed_in(name).get(f"/summer/jury/{jury.demos[0]}").status_code == status


def test_who_was_not_asked_yet_is_told_what_will_be_here(jury: Jury, signed_in: SignedIn) -> None:
    listed = signed_in("jo-3").get("/summer/jury")
    assert listed.status_code == 200
    assert "once the organisers have handed them out" in listed.text


@pytest.mark.slow
def test_before_the_first_score_no_ranking_is_pretended(jury: Jury, signed_in: SignedIn) -> None:
    page = signed_in("organiser").get("/summer/organise/result").text
    assert "Nobody has judged anything yet" in page
    assert "told apart" not in page
    assert "Publish the result" not in page


def test_visitors_are_asked_to_sign_in(jury: Jury, client: TestClient) -> None:
    for path in ("/summer/jury", f"/summer/jury/{jury.demos[0]}"):
        assert client.get(path).headers["location"].startswith("/sign-in?next=")
    saved = client.post(f"/summer/jury/{jury.demos[0]}/save", json=typed(0, craft=3))
    assert (saved.status_code, saved.json()["code"]) == (401, "not_signed_in")


def test_a_ballot_tells_nothing_of_likes(jury: Jury, signed_in: SignedIn) -> None:
    browser, demo = signed_in("juror"), jury.demos[0]
    public = signed_in("ada-l").get(f"/summer/submissions/{demo}").text
    page = browser.get(f"/summer/jury/{demo}").text
    for telling in ("data-like", "♥", "public’s choice"):
        assert telling in public
        assert telling not in page


def test_saving_answers_the_number_to_go_on_from(jury: Jury, signed_in: SignedIn) -> None:
    browser, address = signed_in("juror"), f"/summer/jury/{jury.demos[0]}/save"
    first = browser.post(address, json=typed(0, craft=3))
    assert first.json()["number"] == 1
    assert first.json()["saved_at"].startswith("2026-06-20T13:00:00")
    stale = browser.post(address, json=typed(0, craft=5))
    assert (stale.status_code, stale.json()["code"], stale.json()["number"]) == (409, "stale", 1)
    assert browser.post(address, json=typed(1, craft=5)).json()["number"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "0"},
        {"number": 0, "scores": {"craft": "4"}},
        {"number": 0, "scores": {"craft": 4}, "extra": 1},
        {"number": 0, "scores": {f"k{n}": 1 for n in range(50)}},
        [],
        "craft",
    ],
)
def test_what_is_no_ballot_is_refused_in_a_sentence(
    jury: Jury, signed_in: SignedIn, body: object
) -> None:
    answer = signed_in("juror").post(f"/summer/jury/{jury.demos[0]}/save", json=body)
    assert answer.status_code == 422
    assert "Traceback" not in answer.text
    assert jury.ballot("juror", jury.demos[0]) is None


def test_what_was_typed_stays_when_it_is_refused(jury: Jury, signed_in: SignedIn) -> None:
    address = f"/summer/jury/{jury.demos[0]}"
    sent = {"number": "0", "score-craft": "4", "comment": "Half <done>"}
    answer = signed_in("juror").post(address, data=sent)
    assert answer.status_code == 422
    assert "Idea has no score yet" in answer.text
    assert "Half &lt;done&gt;" in answer.text


def test_skipping_and_declaring_lead_on(jury: Jury, signed_in: SignedIn) -> None:
    browser, (first, second, _) = signed_in("juror"), jury.demos
    skipped = browser.post(f"/summer/jury/{first}/skip", data={"reason": "does not load"})
    assert skipped.status_code == 303
    assert f"/jury/{first}" not in skipped.headers["location"]
    declared = browser.post(f"/summer/jury/{second}/conflict", data={"reason": "my student"})
    assert declared.status_code == 303
    listed = browser.get("/summer/jury").text
    assert f"/summer/jury/{second}" not in listed
    told = listed.split("Not yours to judge any more")[1]
    assert "my student" in told
    assert "You said so" in told
    assert "what you scored" not in told, "nothing was"
    assert "does not load" in listed
    assert browser.get(f"/summer/jury/{second}").status_code == 403


def test_an_organiser_lifts_a_conflict_on_the_board(jury: Jury, signed_in: SignedIn) -> None:
    demo, juror = jury.demos[0], jury.person("juror").account_id
    jury(conflicts.declare, "juror", submission_id=demo, reason="my student")
    sent = {"juror": str(juror), "demo": str(demo), "reason": "another person"}
    answer = signed_in("organiser").post("/summer/organise/jury/conflicts/lift", data=sent)
    assert answer.headers["location"] == "/summer/organise/jury"
    with jury.gallery.database.read() as session:
        assert conflicts.in_force(session, jury.gallery.current) == {}


def test_what_stands_beside_the_form_stood_at_the_deadline(jury: Jury, signed_in: SignedIn) -> None:
    from gallery.submissions import submissions
    from tests.gallery.browsing.entries import entry

    changed = entry(0, title="Rewritten after the deadline")
    jury(
        submissions.save,
        "organiser",
        submission_id=jury.demos[0],
        number=1,
        content=changed,
        reason="they asked for it",
    )
    browser = signed_in("juror")
    assert "Rewritten after the deadline" in browser.get("/summer").text
    for path in ("/summer/jury", f"/summer/jury/{jury.demos[0]}"):
        page = browser.get(path).text
        assert entry(0).title in page
        assert "Rewritten after the deadline" not in page


def test_the_ballot_links_to_the_hub_at_the_pinned_commits(jury: Jury, signed_in: SignedIn) -> None:
    demo, deadline = jury.demos[0], jury.gallery.current.deadline
    pins = (("space", "demo-0"), ("model", "controlnet"), ("dataset", "drawings"))
    organiser = jury.person("organiser")
    with jury.gallery.database.write() as session:
        for number, (kind, name) in enumerate(pins):
            session.add(
                Pin(
                    **{"submission_id": demo, "repo_type": kind, "repo_id": f"team-0/{name}"},
                    **{"deadline": deadline, "revision_number": 1, "pinned_at": deadline},
                    commit=str(number) * 40,
                )
            )
        act = Act(session, organiser, jury.clock.now, jury.gallery.current)
        act.record("submission.pinned", subject=("submission", demo))
    page = signed_in("juror").get(f"/summer/jury/{demo}").text
    public = signed_in("ada-l").get(f"/summer/submissions/{demo}").text
    for path in ("spaces/team-0/demo-0", "team-0/controlnet", "datasets/team-0/drawings"):
        commit = str([one for _, one in pins].index(path.rpartition("/")[2])) * 40
        assert f"/{path}/tree/{commit}" in page
        assert f"/{path}/tree/" not in public


def test_others_scores_are_nowhere_before_ones_own(jury: Jury, signed_in: SignedIn) -> None:
    demo = jury.demos[0]
    said = WHOLE.__class__({"craft": 2, "idea": 9}, comment="canary-comment", note="canary-note")
    jury(ballots.finish, "jo-2", submission_id=demo, number=0, said=said)
    jury(conflicts.declare, "jo-2", submission_id=jury.demos[1], reason="canary-reason")
    browser = signed_in("juror")
    for path in ("/summer/jury", f"/summer/jury/{demo}", f"/summer/submissions/{demo}"):
        assert "canary" not in browser.get(path).text
