"""No secret and nothing private gets out, whatever a stranger asks for."""

import re
from collections import deque
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import (
    Account,
    Attempt,
    EmailLink,
    Idea,
    IdeaComment,
    Report,
    Role,
    RoleInvitation,
    SignUp,
    Submission,
    TeamInvitation,
    TeamToken,
)
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import sessions
from gallery.settings import Settings
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import BASE_URL, Clock

CANARY = re.compile(r"canary[-\w.@]*", re.IGNORECASE)
"""Whatever must not get out contains the word; nothing else here does."""


@pytest.fixture
def full(tmp_path, database: Database, event: Event, clock: Clock) -> Gallery:
    """Every private field of every table, every secret setting, and the event file's addresses."""
    settings = Settings.model_validate(
        {
            "base_url": BASE_URL,
            "data_dir": tmp_path / "data",
            "secret_key": "canary-secret-key",
            "hf_token": "canary-hf-token",
            "oauth_client_secret": "canary-oauth",
            "smtp_url": "smtp://canary:canary-smtp@127.0.0.1:1",
            "webhook_secret": "canary-webhook",
        }
    )
    staffed = event.model_copy(
        update={"organisers": ("canary-o@example.org",), "jurors": ("canary-j@example.org",)}
    )
    gallery = Gallery(settings, database, {staffed.slug: staffed}, clock)
    with database.write() as session:
        _fill(session, gallery)
    return gallery


def _fill(session: Session, gallery: Gallery) -> None:
    now, slug = gallery.clock(), gallery.current.slug
    later = now + timedelta(days=1)
    people = []
    for name in ("ada-l", "team-lead", "grace-h"):
        account = Account(
            name=name,
            display_name=name,
            email=f"canary-{name}@example.org",
            hub_name=name,
            hub_subject=f"canary-subject-{name}",
            created_at=now,
        )
        session.add(account)
        session.flush()
        people.append(account)
        sign_up = {"event": slug, "account_id": account.id, "created_at": now}
        session.add(
            SignUp(**sign_up, about="canary-about", state="declined", decision="canary-decision")
        )
    lead, member, stranger = (account.id for account in people)
    sessions.begin(session, people[0], now, key=gallery.key)
    shown = hand_in(session, slug, entry(1), now, team="Deep sea", members=(lead, member))
    hand_in(session, slug, entry(2, title="canary-draft"), now, team="Deep sea", state="draft")
    hidden = hand_in(session, slug, entry(3, title="canary-hidden"), now, team="Canopy")
    hidden.hidden_at, hidden.hidden_reason = now, "canary-reason"
    made = {"event": slug, "author_id": lead, "created_at": now}
    idea = Idea(**made, title="An idea", text="To draw.")
    session.add_all([idea, Idea(**made, title="canary-idea", text="x", hidden_at=now)])
    session.flush()
    session.add(
        IdeaComment(
            idea_id=idea.id, author_id=lead, text="canary-comment", created_at=now, hidden_at=now
        )
    )
    session.add(
        Report(
            event=slug,
            subject_type="submission",
            subject_id=shown.id,
            account_id=stranger,
            reason="canary-report",
            at=now,
            state="open",
        )
    )
    session.add(
        TeamToken(
            token_digest="canary-token",
            team_id=shown.team_id,
            account_id=lead,
            label="canary-label",
            created_at=now,
        )
    )
    session.add(
        TeamInvitation(
            team_id=shown.team_id,
            account_id=stranger,
            invited_by=lead,
            state="waiting",
            created_at=now,
        )
    )
    session.add(
        RoleInvitation(
            token_digest="canary-invitation",
            event=slug,
            role="juror",
            note="canary-note",
            created_at=now,
            expires_at=later,
        )
    )
    session.add(
        EmailLink(
            token_digest="canary-link",
            email="canary-link@example.org",
            next_path="/",
            created_at=now,
            expires_at=later,
        )
    )
    session.add(Attempt(key="canary-attempt", at=now))
    session.add(Role(event=slug, account_id=member, role="juror", given_at=now))
    actor = Actor(lead, "ada-l")
    details = {"email": "canary-log@example.org"}
    record(session, actor, now, "a.b", subject=("c", 1), event=slug, details=details)


def _addresses(document: str, at: str) -> list[str]:
    found = re.findall(r'(?:href|src|action)="([^"]+)"', document)
    found += re.findall(r"<loc>([^<]+)</loc>", document)
    absolute = (urljoin(BASE_URL + at, address.replace("&amp;", "&")) for address in found)
    ours = (urlsplit(each) for each in absolute if each.startswith(BASE_URL))
    return [each.path + (f"?{each.query}" if each.query else "") for each in ours]


def _api(gallery: Gallery, document: dict) -> list[str]:
    with gallery.database.read() as session:
        ids = [row.id for row in session.query(Submission)] + [1, 999]
    addresses = []
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        path = path.replace("{event_slug}", gallery.current.slug)
        for number in ids:
            addresses.append(re.sub(r"\{\w+\}", str(number), path))
    return addresses


def _crawl(gallery: Gallery, cookie: str = "") -> dict[str, str]:
    """Everything that can be reached by links, forms' addresses, the map and the API's document."""
    seen: dict[str, str] = {}
    with TestClient(build_app(gallery), base_url=BASE_URL, raise_server_exceptions=False) as client:
        if cookie:
            client.cookies.set(sessions.COOKIE, cookie)
        known = ["/", "/sitemap.xml", "/robots.txt", "/healthz", "/summer/organise", "/account"]
        known += ["/summer/feed.atom", "/summer/calendar.ics", "/nowhere", "/summer?sort=x"]
        known += [f"/summer/submissions/{number}" for number in (1, 2, 3, 4)]
        waiting = deque(known + _api(gallery, client.get("/api/openapi.json").json()))
        while waiting:
            address = waiting.popleft()
            if address in seen or address.startswith(("/submit", "/static", "/sign-out")):
                continue
            answer = client.get(address, headers={"Accept": "text/html"}, follow_redirects=False)
            assert answer.status_code < 500, address
            seen[address] = answer.text + str(dict(answer.headers))
            waiting += [
                answer.headers["location"].removeprefix(BASE_URL)
                for _ in (1,)
                if answer.is_redirect and answer.headers["location"].startswith(("/", BASE_URL))
            ]
            if answer.headers.get("content-type", "").startswith(("text/html", "application/xml")):
                waiting += _addresses(answer.text, address)
            assert len(seen) < 1000, "the crawl must come to an end"
    return seen


def _cookie(gallery: Gallery, name: str) -> str:
    """Signs somebody in, who is made if there is no such account."""
    with gallery.database.write() as session:
        account = session.query(Account).filter_by(name=name).one_or_none()
        if account is None:
            account = Account(name=name, display_name=name, created_at=gallery.clock())
            session.add(account)
            session.flush()
        return sessions.begin(session, account, gallery.clock(), key=gallery.key)


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_strangers_find_no_secret_and_nothing_private(full: Gallery) -> None:
    for cookie in ("", _cookie(full, "somebody-else")):
        seen = _crawl(full, cookie)
        assert any(address.startswith("/summer/teams/") for address in seen)
        assert any(address.startswith("/api/v1/events/summer/teams/") for address in seen)
        leaks = {address: CANARY.findall(text) for address, text in seen.items()}
        assert not {address: found for address, found in leaks.items() if found}


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_team_itself_sees_its_draft_and_still_no_secret(full: Gallery) -> None:
    seen = _crawl(full, _cookie(full, "ada-l"))
    found = {canary for text in seen.values() for canary in CANARY.findall(text)}
    assert "canary-draft" in found
    own = {"canary-draft", "canary-ada-l@example.org", "canary-subject-ada-l", "canary-label"}
    own |= {"canary-about", "canary-decision", "canary-idea", "canary-comment"}
    own |= {"canary-log@example.org"}  # what they did, in the copy of their data
    assert found <= own
