"""Feedback: jurors' comments for the teams, without names, after the organisers looked at each.

Nothing of it is to be seen anywhere before it is sent. A comment that its juror altered after it
was decided on waits once more.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, Feedback, Submission
from gallery.errors import Closed, NotFound
from gallery.event.event import Event
from gallery.judging import judgings
from gallery.judging.knowing import require_may_know
from gallery.names import isolated
from gallery.people import notifications, texts
from gallery.people.notifications import Kind
from gallery.submissions.access import seen, works_on

TEXT_MOST = 4000
REASON_MOST = 500


class State(StrEnum):
    WAITING = "waiting"
    RELEASED = "released"
    HELD_BACK = "held back"
    SENT = "sent"


@dataclass(frozen=True)
class Comment:
    """One juror's, as organisers see it; `key` names it without naming the juror."""

    key: int
    state: State
    original: str
    text: str
    reason: str

    @property
    def is_edited(self) -> bool:
        return self.text != self.original


@dataclass(frozen=True)
class OfDemo:
    submission: Submission
    comments: tuple[Comment, ...]


def for_moderation(act: Act) -> tuple[OfDemo, ...]:
    """Every comment that was finished and counts, by demo. Raises `NotAllowed`."""
    require_may_know(act)
    decided = _decided(act.session, act.event)
    by_demo: dict[int, list[Comment]] = {}
    for ballot in _commented(act.session, act.event):
        found = decided.get((ballot.account_id, ballot.submission_id))
        by_demo.setdefault(ballot.submission_id, []).append(_comment(act, ballot, found))
    return tuple(
        OfDemo(demo, tuple(sorted(by_demo[demo.id], key=lambda one: one.key)))
        for demo in judgings.demos(act.session, act.event)
        if demo.id in by_demo
    )


def decide(
    act: Act, *, submission_id: int, key: int, is_held_back: bool, text: str, reason: str
) -> None:
    """Releases a comment, as it is or in other words, or holds it back.

    Other words and holding back take a reason. Raises `NotFound`, `Closed` for what was sent.
    """
    require_may_know(act)
    ballot = _behind(act, submission_id, key)
    said = texts.paragraphs(
        text, field="text", what="the comment", most=TEXT_MOST, least=0 if is_held_back else 1
    )
    if is_held_back:
        said = ballot.comment
    if is_held_back or said != ballot.comment:
        reason = texts.line(reason, field="reason", what="the reason", least=3, most=REASON_MOST)
    else:
        reason = ""
    there = act.session.get(
        Feedback, (ballot.account_id, ballot.submission_id), with_for_update=True
    )
    if there is not None and there.sent_at is not None:
        raise Closed("the team has read this already; it stays as it is")
    if there is None:
        there = Feedback(
            account_id=ballot.account_id,
            submission_id=ballot.submission_id,
            event=act.event.slug,
            lot=secrets.randbelow(2**31),
        )
        act.session.add(there)
    there.is_held_back, there.original = is_held_back, ballot.comment
    there.text, there.reason = said, reason
    there.decided_at, there.decided_by = act.now, act.actor.account_id
    act.record(
        "feedback.held_back" if is_held_back else "feedback.released",
        subject=("submission", ballot.submission_id),
        details={
            "edited": said != ballot.comment,
            "reason": reason,
            "key": key,
            "original": there.original,
            "text": said,
            "lot": there.lot,
        },
    )


def send(act: Act) -> int:
    """Lets the teams read what is released; each hears of it once. Gives how many comments.

    Raises `Closed` before the result is published.
    """
    act.actor.require_organiser(act.event.slug)
    judging = judgings.begun(act)
    if judging.published_at is None:
        raise Closed("comments go out with the result or after it; publish it first")
    decided = _decided(act.session, act.event)
    going = [
        (found, ballot)
        for ballot in _commented(act.session, act.event)
        if (found := decided.get((ballot.account_id, ballot.submission_id))) is not None
        and _state(ballot, found) is State.RELEASED
    ]
    for found, _ in going:
        found.sent_at = act.now
    judging.feedback_at = judging.feedback_at or act.now
    act.record(
        "feedback.sent",
        subject=("event", act.event.slug),
        details={
            "comments": len(going),
            "keys": sorted(_key(act, ballot) for _, ballot in going),
        },
    )
    for demo in sorted({ballot.submission_id for _, ballot in going}):
        _tell(act, act.session.get_one(Submission, demo))
    return len(going)


def of_team(act: Act, *, team_id: int) -> Sequence[tuple[Submission, tuple[str, ...]]]:
    """What a team's members read of their demos; empty for everybody else."""
    demos = act.session.scalars(
        select(Submission)
        .where(Submission.team_id == team_id, Submission.event == act.event.slug)
        .order_by(Submission.id)
    ).all()
    found = []
    for demo in demos:
        if not works_on(act.session, act.actor, demo):
            continue
        words = act.session.scalars(
            select(Feedback.text)
            .where(Feedback.submission_id == demo.id, Feedback.sent_at.is_not(None))
            .order_by(Feedback.lot, Feedback.text)
        ).all()
        if words:
            found.append((demo, tuple(words)))
    return found


def _tell(act: Act, submission: Submission) -> None:
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.FEEDBACK,
        to=notifications.members(act.session, submission.team_id),
        about=("team", submission.team_id),
        title=f"What the jury says of “{isolated(submission.title)}”",
        text="It is on your team's page, for its members alone.",
        path=f"/teams/{submission.team_id}#feedback",
        key=f"feedback:{act.event.slug}:{submission.team_id}",
    )


def _commented(session: Session, event: Event) -> Sequence[Ballot]:
    demos = [demo.id for demo in judgings.demos(session, event)]
    return session.scalars(
        select(Ballot).where(
            Ballot.event == event.slug,
            Ballot.comment != "",
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
            Ballot.submission_id.in_(demos),
        )
    ).all()


def _decided(session: Session, event: Event) -> Mapping[tuple[int, int], Feedback]:
    rows = session.scalars(select(Feedback).where(Feedback.event == event.slug))
    return {(one.account_id, one.submission_id): one for one in rows}


def _state(ballot: Ballot, found: Feedback | None) -> State:
    if found is not None and found.sent_at is not None:
        return State.SENT
    if found is None or found.original != ballot.comment:
        return State.WAITING
    return State.HELD_BACK if found.is_held_back else State.RELEASED


def _comment(act: Act, ballot: Ballot, found: Feedback | None) -> Comment:
    state = _state(ballot, found)
    key = _key(act, ballot)
    if found is None or state is State.WAITING:
        return Comment(key, state, ballot.comment, ballot.comment, "")
    return Comment(key, state, found.original, found.text, found.reason)


def _key(act: Act, ballot: Ballot) -> int:
    judging = judgings.of_event(act.session, act.event)
    seed = judging.pseudonym_seed if judging is not None else ""
    return key_of(seed, ballot.account_id, ballot.submission_id)


def key_of(seed: str, account_id: int, submission_id: int) -> int:
    """Names a comment in a form and in the log: neither the juror nor their place among others can
    be read off."""
    told = f"{seed} comment {account_id} {submission_id}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4], "big") >> 1


def _behind(act: Act, submission_id: int, key: int) -> Ballot:
    submission = seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    for ballot in _commented(act.session, act.event):
        if ballot.submission_id == submission.id and _key(act, ballot) == key:
            return ballot
    raise NotFound("this comment is not there any more; open the page again")
