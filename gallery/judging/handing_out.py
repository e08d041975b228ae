"""Handing out demos to jurors: the wish is read, solved outside of any transaction, and kept.

Again when somebody drops out, a conflict appears or a demo goes: what is judged stays, and of the
rest as little as possible changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account, Assignment, Ballot, Facet, Submission
from gallery.errors import Closed, Invalid, Stale
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import conflicts, judgings, rubrics, ties
from gallery.judging.assignment.wish import Demo, Juror, Wish, choose_anchors
from gallery.judging.jurors import jurors, topics
from gallery.names import isolated
from gallery.people import texts

SECONDS = 10
"""So long the best answer is looked for."""
TAKEN = "It was given to somebody else."
"""Why it is on a juror's list no more."""
TOPICS = ("tag", "task", "control")
"""Kinds of facets that are what a demo is about."""


@dataclass(frozen=True)
class HandedOut:
    """What changed, as counts of looks."""

    demos: int
    jurors: int
    added: int
    dropped: int
    matched: int | None
    """Looks by jurors who know one of the demo's topics; None where no juror's topics are known."""
    is_best: bool
    """False where the time was up before that was sure; all rules hold all the same."""


def hand_out(
    gallery: Gallery, actor: Actor, *, event: Event, looks: int, anchors: int | None = None
) -> HandedOut:
    """Raises `NotAllowed`, `Closed` before the deadline and once the result is published, and
    `Invalid` with what would help.

    `anchors` demos are seen by everybody, who comes later as well; None: as many as there are. Must
    not be called within a transaction.
    """
    actor.require_organiser(event.slug)
    if gallery.clock() < event.deadline:
        raise Closed("demos are handed out when the deadline is over; until then they may change")
    with gallery.database.write() as session:
        act = Act(session, actor, gallery.clock(), event)
        judgings.require_unpublished(act)
        conflicts.refresh(act)
        wish = wish_of(session, event, looks=looks, anchors=anchors)
    if not wish.demos or not wish.jurors:
        missing = "a demo that was handed in" if wish.jurors else "a juror who has signed in"
        raise Invalid(f"handing out takes {missing}, got none; look again later", field="looks")
    # Here, since SciPy takes a second to import: no other page waits for it.
    from gallery.judging.assignment.solve import Impossible, assign

    found = assign(wish, seconds=SECONDS)
    if isinstance(found, Impossible):
        with gallery.database.read() as session:
            raise Invalid(_with_names(session, str(found)), field="looks")
    with gallery.database.write() as session:
        act = Act(session, actor, gallery.clock(), event)
        if wish_of(session, event, looks=looks, anchors=anchors) != wish:
            raise Stale("something changed while the demos were being handed out; do it once more")
        judging = judgings.begun(act)
        judging.looks, judging.anchors = looks, sorted(wish.anchors)
        rubrics.keep(act)
        for demo, juror in found.added:
            _give(act, demo, juror)
        for demo, juror in found.dropped:
            _take(act, demo, juror, TAKEN)
        act.record(
            ties.HANDED_OUT,
            subject=("event", event.slug),
            details={
                "looks": looks,
                "anchors": sorted(wish.anchors),
                "ties": list(ties.rule_of(session, event)),
                "added": sorted(map(list, found.added)),
                "dropped": sorted(map(list, found.dropped)),
            },
        )
    return HandedOut(
        demos=len(wish.demos),
        jurors=len(wish.jurors),
        added=len(found.added),
        dropped=len(found.dropped),
        matched=found.matched if any(juror.topics for juror in wish.jurors) else None,
        is_best=found.proven,
    )


def wish_of(session: Session, event: Event, *, looks: int, anchors: int | None) -> Wish:
    """Everything that an assignment depends on, as it is now."""
    judging = judgings.of_event(session, event)
    away = set(judging.away) if judging is not None else set()
    panel = [juror for juror in jurors(session, event) if juror.id not in away]
    demos = judgings.demos(session, event)
    done = session.execute(
        select(Ballot.submission_id, Ballot.account_id).where(
            Ballot.event == event.slug,
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
        )
    )
    kept = session.execute(
        select(Assignment.submission_id, Assignment.account_id).where(
            Assignment.event == event.slug, Assignment.state != "dropped"
        )
    )
    experts = [Juror(juror.id, topics(juror, event)) for juror in panel]
    about = _topics(session, demos, frozenset().union(*(each.topics for each in experts)))
    done_looks = frozenset((demo, juror) for demo, juror in done)
    wish = Wish(
        demos=tuple(Demo(demo.id, about[demo.id]) for demo in demos),
        jurors=tuple(experts),
        looks=looks,
        conflicts=frozenset((demo, juror) for juror, demo in conflicts.in_force(session, event)),
        done=done_looks,
        kept=frozenset((demo, juror) for demo, juror in kept) - done_looks,
    )
    before = judging.anchors if judging is not None else []
    count = len(before) if anchors is None else anchors
    return replace(wish, anchors=choose_anchors(wish, count, before)) if count else wish


def _topics(
    session: Session, demos: Sequence[Submission], known: frozenset[str]
) -> dict[int, frozenset[str]]:
    """Of each demo, those that some juror knows."""
    about: dict[int, set[str]] = {demo.id: set() for demo in demos}
    rows = session.execute(
        select(Facet.submission_id, Facet.value).where(
            Facet.kind.in_(TOPICS), Facet.value.in_(known), Facet.submission_id.in_(about)
        )
    )
    for demo, value in rows:
        about[demo].add(value)
    return {demo: frozenset(values) for demo, values in about.items()}


def set_away(act: Act, *, account_id: int, is_away: bool, reason: str) -> None:
    """A juror drops out, or comes back. What they judged counts; the rest is handed out anew."""
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    said = texts.line(reason, field="reason", what="the reason", least=3, most=500)
    account = act.session.get(Account, account_id)
    if account is None or account not in jurors(act.session, act.event):
        raise Invalid("this account is no juror of the event; open the board again", field="juror")
    judging = judgings.begun(act)
    if (account_id in judging.away) == is_away:
        return
    away = set(judging.away) ^ {account_id}
    judging.away = sorted(away)
    act.record(
        "juror.away" if is_away else "juror.back",
        subject=("account", account_id),
        details={"reason": said},
    )


def _with_names(session: Session, sentence: str) -> str:
    """A sentence about "demo 7" and "jurors 12 and 13", with what people call them."""

    def named(found: re.Match[str]) -> str:
        is_demo = found[1].startswith("demo")

        def name(number: re.Match[str]) -> str:
            row = session.get(Submission if is_demo else Account, int(number[0]))
            if row is None:
                return number[0]
            called = row.title if isinstance(row, Submission) else row.display_name or row.name
            return f"“{isolated(called)}”"

        return f"{found[1]} {re.sub(r'[0-9]+', name, found[2])}"

    return re.sub(r"\b(demos?|jurors?) ((?:[0-9]+(?:, | and )?)+)", named, sentence)


def _give(act: Act, demo: int, juror: int) -> None:
    there = act.session.get(Assignment, (juror, demo))
    if there is None:
        act.session.add(
            Assignment(
                account_id=juror,
                submission_id=demo,
                event=act.event.slug,
                state="open",
                assigned_at=act.now,
                reason="",
            )
        )
        return
    there.state, there.changed_at, there.reason = "open", act.now, ""


def _take(act: Act, demo: int, juror: int, reason: str) -> None:
    there = act.session.get(Assignment, (juror, demo))
    if there is not None:
        there.state, there.changed_at, there.reason = "dropped", act.now, reason
