"""Hands the running demo in, by the calls that a team makes: sign up, form a team, then the API.

Each of the demo's pages is a submission. The account is a program's and says so. Doing it again
changes nothing, and what was changed by hand in between is left alone; the checks run again as soon
as the demo answers.
"""

import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Team, TeamToken
from gallery.errors import Closed, Unavailable
from gallery.event.event import Event, PhaseKey
from gallery.gallery import Gallery, open_gallery
from gallery.people import accounts, sessions
from gallery.people.openid import HubPerson
from gallery.practice.contents import FULL_NAME, MODEL_ID
from gallery.practice.earlier import earlier
from gallery.practice.kinds import HOUSE, KINDS, Kind
from gallery.practice.small_hub.accounts import Account as HubAccount
from gallery.settings import Settings
from gallery.submissions import submissions
from gallery.submissions.team import team_of
from gallery.teams import sign_ups, teams, tokens

TEAM = "House team"
ABOUT = "A program of this gallery: it hands in the demo that runs beside it."
DEMO_SECONDS = 300
"""How long the demo may take to load its model."""
CHECK_SECONDS = 180
BEFORE_THE_DEADLINE = timedelta(days=1)
"""When the demo is handed in to an event whose deadline is over, so that a jury has something."""


def main() -> int:
    """0 when the demo stands in the gallery, or cannot because submission has not begun."""
    gallery = open_gallery(Settings.read())
    event = gallery.current
    try:
        if gallery.clock() < event.deadline:
            hand_in(gallery, event)
        else:
            with earlier(gallery, event.deadline - BEFORE_THE_DEADLINE) as then:
                hand_in(then, event)
    except Closed as error:
        print(f"the demo is not handed in: {error}", flush=True)
    except (Unavailable, httpx.HTTPError, OSError) as error:
        print(f"error: {error}", flush=True)
        return 2
    finally:
        gallery.database.close()
    return 0


def hand_in(gallery: Gallery, event: Event) -> None:
    """Raises `Closed` while submission is not open, `Unavailable` for what the API refuses."""
    now = gallery.clock()
    with gallery.database.write() as session:
        numbers = {kind: _number(session, event, kind) for kind in KINDS}
        if None in numbers.values():
            event.require_open(PhaseKey.SUBMISSION, now, "handing in")
        house = _account(session, event, now)
        team = _team(session, house, event, now)
        _end_tokens(session, house, event, now, team.id)  # of a start that was cut short
        token = tokens.make_token(
            Act(session, house, now, event), team_id=team.id, label="hands the demo in"
        )
    with httpx.Client(
        base_url=f"{gallery.settings.base_url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=CHECK_SECONDS,
    ) as api:
        try:
            for kind, number in numbers.items():
                if number is None:
                    numbers[kind] = _submit(api, event, kind)
            if _wait_until_it_runs(gallery.settings.hf_endpoint):
                for number in numbers.values():
                    _said(api.post(f"/events/{event.slug}/submissions/{number}/checks"))
        finally:
            with gallery.database.write() as session:
                _end_tokens(session, house, event, gallery.clock(), team.id)


def _number(session: Session, event: Event, kind: Kind) -> int | None:
    """Of the submission that is there already."""
    there = submissions.of_space(session, event=event, space_id=kind.space_id)
    return None if there is None else there.id


def _submit(api: httpx.Client, event: Event, kind: Kind) -> int:
    """The submission's number."""
    digests = [
        _said(api.post("/pictures", files={"picture": scene.result.read_bytes()}))["digest"]
        for scene in kind.scenes
    ]
    ours = f"/events/{event.slug}/submissions"
    draft = _said(api.post(ours, json={"content": _content(event, kind, digests)}))
    _said(api.post(f"{ours}/{draft['id']}/submit", json={"number": draft["number"]}))
    return draft["id"]


def _said(answer: httpx.Response) -> dict[str, Any]:
    """What the API answered; its sentence as an error when it refused."""
    said = answer.json()
    if answer.is_success:
        return said
    sentence = said["error"]["message"]
    raise Closed(sentence) if said["error"]["code"] == "closed" else Unavailable(sentence)


def _wait_until_it_runs(hub: str) -> bool:
    """Whether the Hub says so in good time; else the checks that ran at first stand."""
    until = time.monotonic() + DEMO_SECONDS
    address = f"{hub}/api/spaces/{KINDS[0].space_id}/runtime"
    while httpx.get(address, timeout=30).json()["stage"] != "RUNNING":
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True


def _account(session: Session, event: Event, now: datetime) -> Actor:
    subject = HubAccount(name=HOUSE).subject
    account = accounts.of_hub(session, HubPerson(subject, HOUSE, FULL_NAME), now)
    return sessions.actor_for(session, account, [event])


def _team(session: Session, house: Actor, event: Event, now: datetime) -> Team:
    team = team_of(session, house, event=event)
    if team is None:
        sign_ups.sign_up(Act(session, house, now, event), about=ABOUT)
        team = teams.form(Act(session, house, now, event), name=TEAM, about=ABOUT)
    return team


def _end_tokens(session: Session, house: Actor, event: Event, now: datetime, team_id: int) -> None:
    good = select(TeamToken.id).where(TeamToken.team_id == team_id, TeamToken.ended_at.is_(None))
    for token_id in session.scalars(good).all():
        tokens.end_token(Act(session, house, now, event), token_id=token_id)


def _content(event: Event, kind: Kind, digests: Sequence[str]) -> dict[str, Any]:
    """As JSON; the API checks it, as it does everybody's."""
    return {
        "space_id": kind.space_id,
        "title": kind.title,
        "emoji": kind.emoji,
        "summary": kind.summary,
        "description": kind.story,
        "task": "controlnet",
        "controls": ["canny"],
        "base_model": MODEL_ID,
        "models": [MODEL_ID],
        "tags": [event.tag, "controlnet", "canny", "jax"],
        "license": "apache-2.0",
        "thumbnail": digests[0],
        "pictures": [
            {"digest": digest, "caption": scene.prompt}
            for digest, scene in zip(digests, kind.scenes, strict=True)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
