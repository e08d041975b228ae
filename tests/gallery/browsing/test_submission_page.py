"""A submission's page, and what can be done on it."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta

from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import CheckRun, Pin, Report, Submission
from gallery.gallery import Gallery
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.sources import health, records
from gallery.sources.health import Look, State
from spaces.hub.facts import ModelFacts, SpaceFacts
from tests.gallery.browsing.conftest import HandedIn
from tests.gallery.conftest import Clock

SignedIn = Callable[[str], TestClient]


def know_space(gallery: Gallery, number: int, **facts: object) -> None:
    """As if the Hub had told about the Space of the `number`-th demo."""
    space_id = f"team-{number}/demo-{number}"
    told = SpaceFacts.model_validate({"repo_id": space_id, "stage": "RUNNING", **facts})
    with gallery.database.write() as session:
        records.store(session, gallery.clock(), "space", space_id, told)


def test_it_shows_story_facts_team_and_a_way_to_try_it(
    gallery: Gallery, client: TestClient, handed_in: HandedIn, person: Callable[[str], Actor]
) -> None:
    lead = person("team-lead").account_id
    number = handed_in(1, title="Fish", description="We *like* fish.", members=(lead,))
    know_space(gallery, 1, host="https://team-1-demo-1.hf.space")
    page = client.get(f"/summer/submissions/{number}").text
    for said in (
        '<h1 dir="auto">',
        "Fish",
        "<em>like</em>",
        "team-lead",
        "team-1/controlnet",
        "apache-2.0",
    ):
        assert said in page
    assert 'data-demo="https://team-1-demo-1.hf.space"' in page
    assert "<iframe" not in page  # only made when somebody asks for it
    assert "never decide what the jury sees" in page


def test_it_leads_on_to_the_next_of_what_was_found_and_back(
    client: TestClient, handed_in: HandedIn
) -> None:
    first, last = handed_in(1, title="Fish A"), handed_in(3, title="Fish B")
    handed_in(2, title="Birds")
    home = client.get("/summer?q=fish&sort=title").text
    link = f"/summer/submissions/{first}?q=fish&amp;sort=title"
    assert link in home
    page = client.get(html.unescape(link)).text
    assert "1 of 2" in page
    assert f'rel="next" href="/summer/submissions/{last}?q=fish&amp;sort=title"' in page
    assert 'rel="prev"' not in page
    assert 'href="/summer?q=fish&amp;sort=title">All that was found' in page
    assert f'rel="canonical" href="http://127.0.0.1:7861/summer/submissions/{first}"' in page
    assert "All that was found" not in client.get(f"/summer/submissions/{first}?q=birds").text


def test_it_is_described_for_previews_and_search_engines(
    client: TestClient, handed_in: HandedIn
) -> None:
    title = 'Fish "</script><script>alert(1)//'
    number = handed_in(1, title=title, summary="A & B", thumbnail="a" * 64)
    page = client.get(f"/summer/submissions/{number}").text
    assert 'property="og:image" content="http://127.0.0.1:7861/pictures/' in page
    assert 'property="og:description" content="A &amp; B"' in page
    assert "</script><script>alert" not in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    assert json.loads(found[1])["name"] == title


def test_a_demo_that_must_not_be_framed_is_a_link(
    gallery: Gallery, client: TestClient, handed_in: HandedIn
) -> None:
    number = handed_in(1)
    address = f"/summer/submissions/{number}"
    assert "data-demo" not in client.get(address).text  # nobody knows its host yet
    know_space(gallery, 1, host="https://x.hf.space", disable_embedding=True)
    assert "it opens there" in client.get(address).text
    for host in (gallery.settings.base_url, "javascript:alert(1)", "data:text/html,x"):
        know_space(gallery, 1, host=host)
        page = client.get(address).text
        assert "data-demo" not in page
        assert f'href="{host}"' not in page


def test_a_sleeping_or_broken_demo_says_so(
    gallery: Gallery, client: TestClient, signed_in: SignedIn, handed_in: HandedIn
) -> None:
    asleep, down = handed_in(1, health="asleep"), handed_in(2, health="down")
    pictured = handed_in(3, health="down", pictures=({"digest": "a" * 64},))
    know_space(gallery, 1, host="https://x.hf.space")
    assert "The demo sleeps" in client.get(f"/summer/submissions/{asleep}").text
    assert (
        f"/summer/submissions/{asleep}/wake" not in client.get(f"/summer/submissions/{asleep}").text
    )
    assert "/wake" in signed_in("ada-l").get(f"/summer/submissions/{asleep}").text
    assert "nobody has left a picture" in client.get(f"/summer/submissions/{down}").text
    assert "that it made before" in client.get(f"/summer/submissions/{pictured}").text
    gone = handed_in(4, health="gone", team="Team team-1")
    page = client.get(f"/summer/submissions/{gone}").text
    assert "The demo is gone: its Space was deleted or made private" in page
    assert "on the Hub</a>" not in page
    assert 'class="state gone">gone</span>' in page
    found = client.get("/summer?state=gone").text
    assert "1 demo" in found
    assert f"/submissions/{gone}" in found


def test_only_its_team_and_organisers_see_a_draft_or_what_is_hidden(
    gallery: Gallery, client: TestClient, signed_in: SignedIn, handed_in: HandedIn, person
) -> None:
    lead = person("team-lead").account_id
    draft = handed_in(1, state="draft", members=(lead,))
    hidden = handed_in(2, members=(lead,), team="Team team-1")
    with gallery.database.write() as session:
        row = session.get_one(Submission, hidden)
        row.hidden_at, row.hidden_reason = gallery.clock(), "not a diffusion model"
    for number, said in ((draft, "This is a draft"), (hidden, "not a diffusion model")):
        address = f"/summer/submissions/{number}"
        assert client.get(address).status_code == 404
        assert signed_in("ada-l").get(address).status_code == 404
        page = signed_in("team-lead").get(address).text
        assert said in page
        assert 'content="noindex"' in page
        assert "/submit?event=summer&amp;submission=" in page
        assert said in signed_in("organiser").get(address).text


def test_checks_drift_and_what_the_hub_says_are_told_with_their_age(
    gallery: Gallery, client: TestClient, handed_in: HandedIn, clock: Clock
) -> None:
    number = handed_in(1)
    now = clock.now = gallery.current.deadline
    check = {"name": "weights", "title": "Weights load", "outcome": "failure"}
    model = "team-1/controlnet"
    know_space(gallery, 1, likes=212)
    with gallery.database.write() as session:
        facts = ModelFacts(repo_id=model, license="mit", card="A card.")
        records.store(session, now, "model", model, facts)
        session.add(
            CheckRun(
                submission_id=number,
                at=now,
                results=[{**check, "message": "Only pickles.", "remedy": "Use safetensors."}],
            )
        )
        session.add(
            Pin(
                submission_id=number,
                repo_type="model",
                repo_id=model,
                deadline=now,
                revision_number=1,
                commit="abc",
                pinned_at=now,
                drifted_to="def",
                drifted_at=now,
            )
        )
    page = client.get(f"/summer/submissions/{number}").text
    for said in ("Weights load", "Only pickles.", "changed since the deadline", "212 likes"):
        assert said in page
    assert "Use safetensors." not in page  # what to do is for the team
    assert "What the Hub says is from" in page


def test_related_ones_are_shown(client: TestClient, handed_in: HandedIn) -> None:
    first = handed_in(1, datasets=("ada-l/drawings",))
    second = handed_in(2, datasets=("ada-l/drawings",))
    page = client.get(f"/summer/submissions/{first}").text
    assert f'href="/summer/submissions/{second}"' in page


def test_liking_works_as_a_form_and_for_the_script(
    signed_in: SignedIn, client: TestClient, handed_in: HandedIn
) -> None:
    address = f"/summer/submissions/{handed_in(1)}"
    fan = signed_in("ada-l")
    answer = fan.post(f"{address}/like")
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert 'aria-pressed="true"' in fan.get(address).text
    json_only = {"Accept": "application/json"}
    assert fan.post(f"{address}/like", headers=json_only).json() == {"likes": 1, "liked": True}
    assert fan.post(f"{address}/unlike", headers=json_only).json() == {"likes": 0, "liked": False}
    assert client.post(f"{address}/like", headers=json_only).status_code == 401
    stranger = fan.post(f"{address}/like", headers={"Origin": "https://elsewhere.example"})
    assert stranger.status_code == 403


def test_reporting_reaches_the_organisers(
    gallery: Gallery, signed_in: SignedIn, handed_in: HandedIn
) -> None:
    address = f"/summer/submissions/{handed_in(1)}"
    reporter = signed_in("ada-l")
    refused = reporter.post(f"{address}/report", data={"reason": ""})
    assert refused.status_code == 422
    sent = reporter.post(f"{address}/report", data={"reason": "It shows my photograph."})
    assert sent.status_code == 303
    assert "on the organisers&#39; list" in reporter.get(sent.headers["location"]).text
    assert "on the organisers&#39; list" not in reporter.get(sent.headers["location"]).text
    with gallery.database.read() as session:
        assert session.query(Report).one().reason == "It shows my photograph."


def test_an_address_that_leads_nowhere_gets_a_sentence(client: TestClient) -> None:
    for number, status in (("7", 404), (str(2**70), 404), ("x", 404)):
        assert client.get(f"/summer/submissions/{number}").status_code == status


def test_it_tells_how_each_day_went_and_what_was_done_to_it(
    gallery: Gallery, clock: Clock, client: TestClient, handed_in: HandedIn
) -> None:
    number, now = handed_in(1), gallery.clock()
    with gallery.database.write() as session:
        look = Look(State.LIVE, "RUNNING", 1.25)
        health.record_look(session, now, "team-1/demo-1", look)
    clock.now += timedelta(minutes=1)
    moderated = {"subject": Subject.SUBMISSION, "subject_id": number}
    for verb, reason in ((moderation.hide, "A complaint"), (moderation.restore, "Unfounded")):
        with gallery.database.write() as session:
            verb(Act(session, COMMAND_LINE, clock(), gallery.current), reason=reason, **moderated)
    page = client.get(f"/summer/submissions/{number}").text
    assert "<title>15 June: answered 100 %, in 1.2 s</title>" in page
    assert "Shown again <time" in page
    assert "by <bdi>the organisers" in page
    assert "A complaint" not in page
    assert "Hidden</strong>" in client.get(f"/summer/submissions/{number}/revisions").text
