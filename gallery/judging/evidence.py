"""The evidence: every score and comparison that counts, under pseudonyms."""

import hashlib
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from gallery.database.tables import Ballot, Comparison
from gallery.event.event import Event
from gallery.event.rubric import Rubric
from gallery.event.ties import DEFAULT as DEFAULT_TIES
from gallery.judging import judgings, ties
from gallery.judging.ranking.evidence import Scale


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Look(Frozen):
    """One ballot, under a pseudonym."""

    juror: str
    demo: int
    scores: dict[str, int]
    position: int


class Side(Frozen):
    """One comparison, under a pseudonym: `first`, `second` or `equal` is better."""

    juror: str
    first: int
    second: int
    better: str


class Evidence(Frozen):
    """All that the result is made of: with it, anybody can make it again."""

    event: str
    criteria: tuple[Scale, ...]
    demos: tuple[int, ...]
    looks: tuple[Look, ...]
    comparisons: tuple[Side, ...]
    ties: tuple[str, ...] = DEFAULT_TIES
    """The rule for demos that the ranking leaves level."""

    @property
    def digest(self) -> str:
        """The same for the same evidence: by it a change since is known."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def evidence_of(session: Session, event: Event) -> Evidence:
    """What counts: finished, not set aside, of demos that are still judged.

    Once the result is published, what it was made of: what is hidden later changes nothing of it.
    """
    judging = judgings.of_event(session, event)
    if judging is not None and judging.published_evidence is not None:
        return Evidence.model_validate(judging.published_evidence)
    demos = tuple(demo.id for demo in judgings.demos(session, event))
    ballots = session.scalars(
        select(Ballot)
        .where(
            Ballot.event == event.slug,
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
            Ballot.submission_id.in_(demos),
        )
        .order_by(Ballot.position, Ballot.submission_id)
    ).all()
    compared = session.scalars(
        select(Comparison)
        .where(
            Comparison.event == event.slug,
            Comparison.set_aside_at.is_(None),
            Comparison.first_id.in_(demos),
            Comparison.second_id.in_(demos),
        )
        .order_by(Comparison.first_id, Comparison.second_id)
    ).all()
    named = pseudonyms(session, event)
    looks = (
        Look(
            juror=named(one.account_id),
            demo=one.submission_id,
            scores=dict(one.scores),
            position=one.position or 0,
        )
        for one in ballots
    )
    sides = (
        Side(
            juror=named(one.account_id),
            first=one.first_id,
            second=one.second_id,
            better=one.better,
        )
        for one in compared
    )
    return Evidence(
        event=event.slug,
        criteria=scales(event.rubric),
        demos=demos,
        looks=tuple(sorted(looks, key=lambda one: one.juror)),
        comparisons=tuple(sorted(sides, key=lambda one: one.juror)),
        ties=ties.rule_of(session, event),
    )


def behind_pseudonyms(session: Session, event: Event) -> dict[str, int]:
    """The accounts of an evidence's jurors: for organisers, who know them by name."""
    named = pseudonyms(session, event)
    accounts = union(
        select(Ballot.account_id).where(Ballot.event == event.slug),
        select(Comparison.account_id).where(Comparison.event == event.slug),
    )
    return {named(account): account for account in session.scalars(accounts)}


def pseudonyms(session: Session, event: Event) -> Callable[[int], str]:
    """`juror 3f9c21ab` for an account, drawn by the judging's seed.

    It is the same each time, whoever else judges; nothing of it tells who signed up first.
    """
    judging = judgings.of_event(session, event)
    seed = judging.pseudonym_seed if judging is not None else ""

    def named(account_id: int) -> str:
        return f"juror {hashlib.sha256(f'{seed} {account_id}'.encode()).hexdigest()[:8]}"

    return named


def scales(rubric: Rubric) -> tuple[Scale, ...]:
    return tuple(
        Scale(one.key, one.lowest, one.highest, rubric.share(one)) for one in rubric.criteria
    )
