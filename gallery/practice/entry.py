"""Hands the running demos in, by the calls that a team makes: sign up, form a team, then the API.

Each is a submission of a team of its own. The accounts are programs' and say so. Doing it again
changes nothing, and what was changed by hand in between is left alone; the checks run again as soon
as the demos answer.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
from gallery.practice.contents import MODEL_ID, tags
from gallery.practice.earlier import earlier
from gallery.practice.entrants import Entrant, entrants
from gallery.practice.small_hub.accounts import Account as HubAccount
from gallery.settings import Settings
from gallery.submissions import submissions
from gallery.submissions.team import team_of
from gallery.teams import sign_ups, teams, tokens

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
    with ExitStack() as stack:
        desks = []
        for entrant in entrants():  # each stands there before the next is begun
            desks.append(stack.enter_context(_desk(gallery, event, entrant)))
            desks[-1].submit()
        if _wait_until_it_runs(gallery.settings.hf_endpoint):
            for desk in desks:
                desk.check()


@contextmanager
def _desk(gallery: Gallery, event: Event, entrant: Entrant) -> Iterator["_Desk"]:
    """With a token that is good while the block runs."""
    now = gallery.clock()
    with gallery.database.write() as session:
        there = submissions.of_space(session, event=event, space_id=entrant.space_id)
        if there is None:
            event.require_open(PhaseKey.SUBMISSION, now, "handing in")
        program = _account(session, event, entrant, now)
        team = _team(session, program, event, entrant, now)
        _end_tokens(session, program, event, now, team.id)  # of a start that was cut short
        token = tokens.make_token(
            Act(session, program, now, event), team_id=team.id, label="hands the demo in"
        )
    api = httpx.Client(
        base_url=f"{gallery.settings.base_url}/api/v1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=CHECK_SECONDS,
    )
    try:
        with api:
            yield _Desk(api, event, entrant, None if there is None else there.id)
    finally:
        with gallery.database.write() as session:
            _end_tokens(session, program, event, gallery.clock(), team.id)


@dataclass
class _Desk:
    """Where one team hands in; `number` is that of its submission, once there is one."""

    api: httpx.Client
    event: Event
    entrant: Entrant
    number: int | None

    def submit(self) -> None:
        """Unless it is there already."""
        if self.number is not None:
            return
        digests = [
            _said(self.api.post("/pictures", files={"picture": picture}))["digest"]
            for picture in self.entrant.kind.pictures()
        ]
        ours = f"/events/{self.event.slug}/submissions"
        content = _content(self.event, self.entrant, digests)
        draft = _said(self.api.post(ours, json={"content": content}))
        _said(self.api.post(f"{ours}/{draft['id']}/submit", json={"number": draft["number"]}))
        self.number = draft["id"]

    def check(self) -> None:
        _said(self.api.post(f"/events/{self.event.slug}/submissions/{self.number}/checks"))


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
    address = f"{hub}/api/spaces/{entrants()[0].space_id}/runtime"
    while httpx.get(address, timeout=30).json()["stage"] != "RUNNING":
        if time.monotonic() > until:
            return False
        time.sleep(1)
    return True


def _account(session: Session, event: Event, entrant: Entrant, now: datetime) -> Actor:
    subject = HubAccount(name=entrant.account).subject
    person = HubPerson(subject, entrant.account, entrant.full_name)
    return sessions.actor_for(session, accounts.of_hub(session, person, now), [event])


def _team(session: Session, program: Actor, event: Event, entrant: Entrant, now: datetime) -> Team:
    team = team_of(session, program, event=event)
    if team is None:
        sign_ups.sign_up(Act(session, program, now, event), about=entrant.about)
        act = Act(session, program, now, event)
        team = teams.form(act, name=entrant.team, about=entrant.about)
    return team


def _end_tokens(
    session: Session, program: Actor, event: Event, now: datetime, team_id: int
) -> None:
    good = select(TeamToken.id).where(TeamToken.team_id == team_id, TeamToken.ended_at.is_(None))
    for token_id in session.scalars(good).all():
        tokens.end_token(Act(session, program, now, event), token_id=token_id)


def _content(event: Event, entrant: Entrant, digests: Sequence[str]) -> dict[str, Any]:
    """As JSON; the API checks it, as it does everybody's."""
    kind = entrant.kind
    return {
        "space_id": entrant.space_id,
        "title": kind.title,
        "emoji": kind.emoji,
        "summary": kind.summary,
        "description": kind.story,
        "task": kind.entry.task,
        "controls": kind.controls,
        "base_model": MODEL_ID,
        "models": [MODEL_ID],
        "tags": [event.tag, *tags(kind)],
        "license": "apache-2.0",
        "thumbnail": digests[0],
        "pictures": [
            {"digest": digest, "caption": caption}
            for digest, caption in zip(digests, kind.captions, strict=True)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
