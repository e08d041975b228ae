"""The result: what the ranking makes of everything that counts, settled, and published once.

Arithmetic is `ranking`'s; here it is given names, an order, and kept as published.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Judging, Submission
from gallery.errors import Closed, Invalid, Stale
from gallery.event.event import Event, PhaseKey
from gallery.event.terms import Prize
from gallery.judging import announcing, feedback, judgings, ties
from gallery.judging.evidence import evidence_of
from gallery.judging.knowing import require_may_know
from gallery.judging.reckoning import METHOD, PODIUM, Result, Row, ranked, rows_of, ties_of
from gallery.people import texts

__all__ = [
    "METHOD",
    "PODIUM",
    "Result",
    "Row",
    "basis",
    "evidence_of",
    "is_shown",
    "places",
    "prize",
    "publish",
    "published",
    "ranked",
    "require_may_know",
    "result_of",
    "settle",
]


def result_of(session: Session, event: Event, now: datetime) -> Result:
    """As things stand: for organisers alone, until it is published."""
    evidence = evidence_of(session, event)
    ranking = ranked(evidence)
    submissions = (session.get_one(Submission, demo) for demo in evidence.demos)
    named = {one.id: (one.title, one.team.name) for one in submissions}
    rows = rows_of(ranking, evidence, named)
    judging = judgings.of_event(session, event)
    by_rank = [row.demo for row in rows]
    order = _order(judging, by_rank)
    return Result(
        method=METHOD,
        at=now,
        rows=rows,
        tied=ties_of(ranking),
        islands=ranking.islands,
        order=tuple(order),
        reason=judging.final_reason if judging is not None and order != by_rank else "",
    )


def basis(session: Session, event: Event) -> str:
    """A digest of all that would be published now: another one means that something changed."""
    judging = judgings.of_event(session, event)
    settled = "" if judging is None else f"{judging.final_order} {judging.final_reason}"
    told = f"{evidence_of(session, event).digest} {settled}"
    return hashlib.sha256(told.encode()).hexdigest()


def settle(act: Act, *, order: Sequence[int], reason: str) -> None:
    """The organisers' own order of the first; another than the ranking's takes a reason."""
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    judging = judgings.begun(act)
    known = {demo.id for demo in judgings.demos(act.session, act.event)}
    if len(set(order)) != len(order) or not set(order) <= known:
        raise Invalid(
            "the order must name demos that are judged, each once; choose them again", field="order"
        )
    by_rank = [row.demo for row in result_of(act.session, act.event, act.now).rows]
    if list(order) != by_rank[: len(order)]:
        reason = texts.line(reason, field="reason", what="the reason", least=3, most=2000)
    else:
        reason = ""
    judging.final_order, judging.final_reason = list(order), reason
    judging.settled_on, judging.publish_problem = basis(act.session, act.event), ""
    act.record(
        "result.settled",
        subject=("event", act.event.slug),
        details={"order": list(order), "reason": reason, "on": judging.settled_on},
    )


def publish(act: Act, *, seen: str = "", with_feedback: bool = False) -> Result:
    """Once, and for good. `seen` is the `basis` of what whoever does it has looked at.

    Raises `Closed` while scores are still taken, or when it was done; `Stale` when something
    changed since it was looked at, or since its order was settled.
    """
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    judging = judgings.begun(act)
    if judging.closed_at is None and act.now < act.event.phase(PhaseKey.JUDGING).ends:
        raise Closed("scores are still taken; close the judging first, then publish")
    now_on = basis(act.session, act.event)
    if judging.settled_on not in ("", now_on):
        raise Stale(
            "the result changed since its order was settled, by a score, a conflict or a demo that "
            "is judged no more; look at it once more, and keep the order anew"
        )
    if seen not in ("", now_on):
        raise Stale("the result changed since you looked at it; look once more, then publish")
    result = result_of(act.session, act.event, act.now)
    if not result.rows:
        raise Closed("there is no demo to publish a result of")
    told = result.model_dump(mode="json")
    judging.published_evidence = evidence_of(act.session, act.event).model_dump(mode="json")
    judging.published_at, judging.published = act.now, told
    judging.final_order = [row.demo for row in result.podium]
    judging.publish_at, judging.publish_problem = None, ""
    act.record(
        "result.published",
        subject=("event", act.event.slug),
        details={
            "order": judging.final_order,
            "method": METHOD,
            "ties": list(ties.rule_of(act.session, act.event)),
            "digest": hashlib.sha256(result.model_dump_json().encode()).hexdigest(),
        },
    )
    announcing.announce(act, result)
    if with_feedback:
        feedback.send(act)
    return result


def published(session: Session, event: Event) -> Result | None:
    """What everybody may know; None before it was published."""
    judging = judgings.of_event(session, event)
    if judging is None or judging.published is None:
        return None
    return Result.model_validate(judging.published)


def places(session: Session, slug: str) -> Mapping[int, int]:
    """1 to 3, by demo, for everybody to see; empty before the result was published."""
    found = session.scalar(
        select(Judging.published).where(Judging.event == slug, Judging.published_at.is_not(None))
    )
    if found is None:
        return {}
    every = Result.model_validate(found).places
    return {demo: place for demo, place in every.items() if place <= PODIUM}


def prize(event: Event, place: int) -> Prize | None:
    """The one of this place; where the event names a single one, each of the first gets it."""
    if len(event.prizes) == 1:
        return event.prizes[0]
    return event.prizes[place - 1] if len(event.prizes) >= PODIUM else None


def is_shown(submission: Submission) -> bool:
    """Whether everybody may see it (still)."""
    return submission.state == "submitted" and submission.hidden_at is None


def _order(judging: Judging | None, by_rank: Sequence[int]) -> list[int]:
    """The one that was settled, without what is judged no more, and then by rank."""
    settled = [] if judging is None else judging.final_order
    first = [demo for demo in settled if demo in by_rank]
    return first + [demo for demo in by_rank if demo not in first]
