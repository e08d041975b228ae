"""Teams and contents for tests of submissions."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import LogEntry, Membership, SignUp, Submission, Team
from gallery.gallery import Gallery
from gallery.submissions import revisions, submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import sign_ups

MakeTeam = Callable[..., Team]


def content(**changes: object) -> SubmissionContent:
    values = {"space_id": "ada-l/sketch-to-photo", "title": "Sketch to photo"}
    return SubmissionContent.model_validate(values | changes)


def add_team(session: Session, gallery: Gallery, name: str, *members: Actor) -> Team:
    slug = gallery.current.slug
    team = Team(
        event=slug,
        name=name,
        about="",
        lead_id=members[0].account_id if members else None,
        created_at=gallery.clock(),
    )
    session.add(team)
    session.flush()
    for member in members:
        assert member.account_id is not None
        session.add(
            Membership(
                team_id=team.id,
                account_id=member.account_id,
                event=slug,
                joined_at=gallery.clock(),
            )
        )
    return team


@pytest.fixture
def make_team(gallery: Gallery) -> MakeTeam:
    """Stores a team of the current event; the first member is its lead."""

    def make(name: str, *members: Actor) -> Team:
        with gallery.database.write() as session:
            return add_team(session, gallery, name, *members)

    return make


@pytest.fixture
def person(person: Callable[[str], Actor], gallery: Gallery) -> Callable[[str], Actor]:
    """As everywhere, and accepted for the event."""

    def make(name: str) -> Actor:
        actor = person(name)
        assert actor.account_id is not None
        with gallery.database.write() as session:
            if sign_ups.of(session, actor.account_id, gallery.current) is None:
                session.add(
                    SignUp(
                        event=gallery.current.slug,
                        account_id=actor.account_id,
                        about="",
                        state="accepted",
                        created_at=gallery.clock(),
                    )
                )
        return actor

    return make


class Desk:
    """Calls the use cases as pages do: one transaction each."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def __call__(self, verb: Callable[..., Any], actor: Actor, **options: object) -> Any:
        with self.gallery.database.write() as session:
            return verb(Act(session, actor, self.gallery.clock(), self.gallery.current), **options)

    def draft(self, actor: Actor, **changes: object) -> Submission:
        return self(submissions.create_draft, actor, content=content(**changes))

    def save(self, actor: Actor, of: Submission, number: int, **changes: object) -> Submission:
        given = content(**changes)
        return self(submissions.save, actor, submission_id=of.id, number=number, content=given)

    def submit(self, actor: Actor, of: Submission) -> Submission:
        return self(submissions.submit, actor, submission_id=of.id, number=of.number)

    def current(self, of: Submission) -> SubmissionContent:
        with self.gallery.database.read() as session:
            return revisions.current(session, session.get_one(Submission, of.id))

    def log(self) -> list[str]:
        with self.gallery.database.read() as session:
            return list(session.scalars(select(LogEntry.action).order_by(LogEntry.id)))


@pytest.fixture
def desk(gallery: Gallery) -> Desk:
    return Desk(gallery)
