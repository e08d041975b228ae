"""A sprint with something of everything in it, and people who want what is not theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.connection import Database
from gallery.database.tables import (
    Account,
    Idea,
    IdeaComment,
    JoinRequest,
    Picture,
    Report,
    RoleInvitation,
    SignUp,
    Submission,
    TeamInvitation,
)
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging.same_input import sheets
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.people import roles
from gallery.settings import Settings
from gallery.submissions import submissions
from gallery.teams import ideas, join_requests, sign_ups, teams, tokens
from gallery.teams import invitations as team_invitations
from tests.gallery.browsing.entries import entry
from tests.gallery.conftest import Clock


@dataclass(frozen=True)
class Sprint:
    """The team of `ada-l` and `grace-h`, with a draft, a demo, an idea, a token, and what waits."""

    gallery: Gallery
    event: Event
    draft: int
    demo: int
    ids: dict[str, int]
    """By the names that routes give them."""
    token: str
    """Of the team of `stranger`, which has nothing to do with the other."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a Hub that is not there."""
    return settings.model_copy(update={"hf_endpoint": "http://127.0.0.1:9"})


@pytest.fixture
def gallery(settings: Settings, database: Database, event: Event, clock: Clock) -> Gallery:
    return Gallery(settings, database, {event.slug: event}, clock, patience=0)


@pytest.fixture
def sprint(gallery: Gallery, event: Event, person: Callable[[str], Actor]) -> Sprint:
    lead, mate, stranger = person("ada-l"), person("grace-h"), person("stranger")
    asking, invited, board = person("kite-9"), person("mary-s"), person("organiser")
    now = gallery.clock()
    with gallery.database.write() as session:

        def do(use_case: Callable, actor: Actor, **values: Any) -> Any:
            return use_case(Act(session, actor, now, event), **values)

        for actor in (lead, mate, stranger, asking, invited):
            do(sign_ups.sign_up, actor, about="canary-about")
        idea = do(ideas.propose, lead, title="Deep sea fish", text="To draw them.")
        assert isinstance(idea, Idea)
        comment = do(ideas.comment, lead, idea_id=idea.id, text="Who joins?")
        team = do(teams.form, lead, name="Deep sea", idea_id=idea.id)
        do(team_invitations.invite, lead, team_id=team.id, name="grace-h")
        waiting = session.query(TeamInvitation).one()
        do(team_invitations.accept, mate, invitation_id=waiting.id)
        do(team_invitations.invite, lead, team_id=team.id, name="mary-s")
        request = do(join_requests.ask, asking, idea_id=idea.id, message="canary-message")
        do(tokens.make_token, lead, team_id=team.id, label="canary-label")
        owned = {"space_id": f"{lead.name}/demo-1"}, {"space_id": f"{lead.name}/demo-2"}
        contents = (
            entry(1, title="Fish at night", **owned[0]),
            entry(2, title="canary-draft", **owned[1]),
        )
        demo, draft = (do(submissions.create_draft, lead, content=one) for one in contents)
        assert isinstance(demo, Submission)
        assert isinstance(draft, Submission)
        do(submissions.submit, lead, submission_id=demo.id, number=demo.number)
        report = do(
            moderation.report,
            asking,
            subject=Subject.SUBMISSION,
            subject_id=demo.id,
            reason="canary-report",
        )
        do(roles.invite, board, role="juror", note="canary-note")
        digest = "0" * 64
        session.add(Picture(digest=digest, width=1, height=1, size=1, created_at=now))
        given = {"prompt": "canary-prompt", "picture": digest, "seed": 1, "demos": [demo.id]}
        sheet = do(sheets.make, board, **given)
        other = do(teams.form, stranger, name="Canopy")
        token = do(tokens.make_token, stranger, team_id=other.id, label="theirs")
        session.flush()
        assert isinstance(comment, IdeaComment)
        assert isinstance(request, JoinRequest)
        assert isinstance(report, Report)
        ids = {
            "team_id": team.id,
            "idea_id": idea.id,
            "comment_id": comment.id,
            "request_id": request.id,
            "invitation_id": session.query(TeamInvitation).filter_by(state="waiting").one().id,
            "token_id": 1,
            "account_id": mate.account_id or 0,
            "report_id": report.id,
            "sheet_id": sheet.id,
            "submission_id": demo.id,
            "subject_id": demo.id,
            "number": 1,
            "sign_up": session.query(SignUp).filter_by(account_id=asking.account_id).one().id,
            "role_invitation": session.query(RoleInvitation).one().id,
            "accounts": session.query(Account).count(),
        }
        return Sprint(gallery, event, draft.id, demo.id, ids, str(token))
