"""Everything that a submission's page shows, read in one look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import (
    Account,
    CheckRun,
    Membership,
    Picture,
    Pin,
    Revision,
    Submission,
    Team,
)
from gallery.people.texts import ROW_MAX
from gallery.sources import health, records
from gallery.sources.health import HealthSummary
from gallery.sources.records import Facts, Known, Repo
from gallery.submissions import naming, revisions, snapshot
from gallery.submissions.access import seen, works_on
from gallery.submissions.content import SubmissionContent
from gallery.submissions.history import Happening, history_of
from spaces.hub import cards
from spaces.hub.addresses import repo_key
from spaces.hub.cards import CardReport
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts


@dataclass(frozen=True)
class Member:
    """Somebody of the team, by the names that everybody may know."""

    name: str
    display_name: str
    hub_name: str | None
    is_lead: bool


@dataclass(frozen=True)
class Linked:
    """A model or dataset that a submission names."""

    kind: str
    """`model` or `dataset`."""
    repo_id: str
    known: Known[ModelFacts] | Known[DatasetFacts]
    card: CardReport | None
    """How complete its card is; None while nothing is known of it."""
    pin: Pin | None
    """Its commit at the deadline, once that is over."""


@dataclass(frozen=True)
class Showing:
    """A submission for one viewer."""

    submission: Submission
    number: int
    """Of the revision that is shown."""
    content: SubmissionContent
    team: str
    is_claimed: bool
    """False for what was collected from the Hub, until its people come."""
    members: tuple[Member, ...]
    may_edit: bool
    pictures: Mapping[str, Picture]
    space: Known[SpaceFacts]
    models: tuple[Linked, ...]
    datasets: tuple[Linked, ...]
    health: HealthSummary
    checks: CheckRun | None
    """The newest."""
    pins: tuple[Pin, ...]
    history: tuple[Happening, ...]

    @property
    def is_public(self) -> bool:
        return self.submission.state == "submitted" and self.submission.hidden_at is None

    @property
    def hero(self) -> str | None:
        """The digest of the picture that comes first."""
        if self.number == self.submission.number:
            return self.submission.thumbnail
        return self.content.first_picture

    @property
    def drifted(self) -> tuple[Pin, ...]:
        """Repositories that are not any more what they were at the deadline."""
        return tuple(pin for pin in self.pins if pin.drifted_at is not None)


def show(act: Act, *, submission_id: int, number: int | None = None) -> Showing:
    """As it is now, or as it was at that revision. Raises `NotFound` for what is not to be seen."""
    row = max(0, min(submission_id, ROW_MAX))  # a database refuses to look for greater ones
    loaded = act.session.execute(_AT_ONCE, {"submission_id": row}).first()
    submission = seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    content = (
        revisions.current(act.session, submission)
        if number is None
        else revisions.of_number(act.session, submission, number)
    )
    team = submission.team
    del loaded  # until here it kept in the session what these three ask it for
    may_edit = act.actor.organises(act.event.slug) or works_on(act.session, act.actor, submission)
    pins = snapshot.pins(act.session, submission, event=act.event, now=act.now)
    known = records.several(act.session, naming.repos_of(content))
    return Showing(
        submission=submission,
        number=submission.number if number is None else number,
        content=content,
        team=team.name,
        is_claimed=team.lead_id is not None,
        members=_members(act.session, submission),
        may_edit=may_edit,
        pictures=_pictures(act.session, content),
        space=known["space", submission.space_id],
        models=tuple(_linked("model", content.models, known, pins)),
        datasets=tuple(_linked("dataset", content.datasets, known, pins)),
        health=health.summary(act.session, submission.space_id, act.now),
        checks=latest_checks(act.session, submission.id),
        pins=pins,
        history=history_of(act.session, submission, is_insider=may_edit),
    )


_AT_ONCE = (
    select(Submission, Team, Revision)
    .join(Submission.team)
    .join(
        Revision,
        (Revision.submission_id == Submission.id) & (Revision.number == Submission.number),
    )
    .where(Submission.id == bindparam("submission_id"))
)
"""Statements that every page of a demo needs are built once: that costs more than running them."""


def latest_checks(session: Session, submission_id: int) -> CheckRun | None:
    """What the checks said when they ran last; None before they ran."""
    return session.scalars(_CHECKS, {"submission_id": submission_id}).first()


_CHECKS = (
    select(CheckRun)
    .where(CheckRun.submission_id == bindparam("submission_id"))
    .order_by(CheckRun.at.desc(), CheckRun.id.desc())
    .limit(1)
)


def _linked(
    kind: Literal["model", "dataset"],
    names: Sequence[str],
    known: Mapping[Repo, Known],
    pins: Sequence[Pin],
) -> Iterator[Linked]:
    for name in dict.fromkeys(names):
        found = known[kind, name]
        yield Linked(kind, name, found, card_of(found.facts), _pin(pins, kind, name))


def card_of(facts: Facts | None) -> CardReport | None:
    """How complete it is; None for a Space, and where nothing is known."""
    match facts:
        case ModelFacts():
            return cards.model_card(facts)
        case DatasetFacts():
            return cards.dataset_card(facts)
    return None


def _pin(pins: Sequence[Pin], kind: str, repo_id: str) -> Pin | None:
    wanted = kind, repo_key(repo_id)
    return next((pin for pin in pins if (pin.repo_type, pin.repo_key) == wanted), None)


def _members(session: Session, submission: Submission) -> tuple[Member, ...]:
    rows = session.execute(_MEMBERS, {"team_id": submission.team_id})
    lead = submission.team.lead_id
    return tuple(Member(r.name, r.display_name, r.hub_name, is_lead=r.id == lead) for r in rows)


_MEMBERS = (
    select(Account.name, Account.display_name, Account.hub_name, Account.id)
    .join(Membership, Membership.account_id == Account.id)
    .where(Membership.team_id == bindparam("team_id"))
    .order_by(Membership.joined_at, Account.id)
)


def _pictures(session: Session, content: SubmissionContent) -> dict[str, Picture]:
    rows = session.scalars(_PICTURES, {"digests": list(content.digests())})
    return {row.digest: row for row in rows}


_PICTURES = select(Picture).where(Picture.digest.in_(bindparam("digests", expanding=True)))
