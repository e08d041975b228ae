"""Ballots: what one juror says of one demo, saved as it is typed, finished when it is whole.

A save names the number that it was begun on. One that was begun on an older one is stale, unless it
says what is kept already: a repeated request does no harm, and two tabs never overwrite each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Assignment, Ballot, Conflict, Judging, Submission
from gallery.errors import Invalid, NotAllowed, NotFound, Stale
from gallery.event.rubric import Rubric
from gallery.judging import conflicts, judgings
from gallery.judging.jurors import require_juror
from gallery.people import texts
from gallery.submissions.access import seen

TEXT_MOST = 4000


@dataclass(frozen=True)
class Said:
    """What a form holds: `scores` by criterion, a comment for the team, a note, a flag."""

    scores: Mapping[str, int]
    comment: str = ""
    note: str = ""
    flag: str = ""


@dataclass(frozen=True)
class Seat:
    """A juror before one demo that they are to look at."""

    submission: Submission
    assignment: Assignment
    ballot: Ballot | None
    """None until the first save."""
    judging: Judging | None


def seat(act: Act, submission_id: int) -> Seat:
    """All of it in one statement, since each save begins with it.

    Raises `NotSignedIn`, `NotAllowed` (no juror, not assigned, in conflict) and `NotFound`.
    """
    account_id = require_juror(act)
    at = max(0, min(submission_id, texts.ROW_MAX))  # a database refuses to look for greater ones
    row = act.session.execute(_SEAT, {"account_id": account_id, "submission_id": at}).first()
    submission = seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    if row is None or submission.state != "submitted" or submission.hidden_at is not None:
        raise NotFound("this demo is not judged any more; open your list again")
    conflict = conflicts.in_the_way(row.Conflict)
    if conflict is not None:
        raise NotAllowed(f"this demo is not yours to judge: {conflict.reason}")
    if row.Assignment is None or row.Assignment.state == "dropped":
        raise NotAllowed("this demo is not assigned to you; your list has those that are")
    return Seat(submission, row.Assignment, row.Ballot, row.Judging)


_SEAT = (
    select(Submission, Assignment, Conflict, Ballot, Judging)
    .outerjoin(
        Assignment,
        (Assignment.submission_id == Submission.id)
        & (Assignment.account_id == bindparam("account_id")),
    )
    .outerjoin(
        Conflict,
        (Conflict.submission_id == Submission.id)
        & (Conflict.account_id == bindparam("account_id")),
    )
    .outerjoin(
        Ballot,
        (Ballot.submission_id == Submission.id) & (Ballot.account_id == bindparam("account_id")),
    )
    .outerjoin(Judging, Judging.event == Submission.event)
    .where(Submission.id == bindparam("submission_id"))
)


def mine(session: Session, account_id: int, submission_id: int) -> Ballot | None:
    return session.get(Ballot, (account_id, submission_id))


def save(act: Act, *, submission_id: int, number: int, said: Said) -> Ballot:
    """Keeps what was typed so far. Raises `Closed`, `NotAllowed`, `Invalid` and `Stale`."""
    return _save(act, seat(act, submission_id), number=number, said=said)


def _save(act: Act, place: Seat, *, number: int, said: Said) -> Ballot:
    judgings.require_scoring_of(act, place.judging)
    said = checked(act.event.rubric, said)
    ballot = place.ballot
    is_aside = ballot is not None and ballot.set_aside_at is not None
    if ballot is not None and _says(ballot) == said and not is_aside:
        return ballot
    if ballot is not None and ballot.number != number:
        raise Stale(
            "this was saved elsewhere meanwhile, perhaps in another tab; look at what is kept, and "
            "type your change once more"
        )
    if ballot is None:
        ballot = _new(act, place.submission)
    if ballot.set_aside_at is not None:  # the conflict was lifted: it is judged anew
        ballot.set_aside_at, ballot.set_aside_reason = None, ""
        ballot.finished_at = ballot.position = None
    if ballot.finished_at is not None:
        _require_whole(act.event.rubric, said)
    ballot.scores, ballot.comment = dict(said.scores), said.comment
    ballot.note, ballot.flag = said.note, said.flag
    ballot.number += 1
    ballot.saved_at = act.now
    _record(act, ballot, "ballot.saved")
    return ballot


def finish(act: Act, *, submission_id: int, number: int, said: Said) -> Ballot:
    """Saves what is whole, and lets it count. Raises `Invalid` for a criterion without a score."""
    _require_whole(act.event.rubric, checked(act.event.rubric, said))
    place = seat(act, submission_id)
    ballot = _save(act, place, number=number, said=said)
    if ballot.finished_at is None:
        ballot.finished_at = act.now
        ballot.position = _next_position(act, ballot.account_id)
        _record(act, ballot, "ballot.finished")
    assigned = place.assignment
    if assigned.state == "skipped":
        assigned.state, assigned.changed_at, assigned.reason = "open", act.now, ""
        act.record(
            "assignment.resumed",
            subject=("submission", submission_id),
            details={"juror": ballot.account_id},
        )
    return ballot


def skip(act: Act, *, submission_id: int, reason: str) -> None:
    """It comes back when all others are done. Raises as `save` does."""
    place = seat(act, submission_id)
    judgings.require_scoring_of(act, place.judging)
    said = texts.line(reason, field="reason", what="why you skip it", least=3, most=500)
    assigned = place.assignment
    assigned.state, assigned.changed_at, assigned.reason = "skipped", act.now, said
    act.record(
        "assignment.skipped",
        subject=("submission", assigned.submission_id),
        details={"juror": assigned.account_id, "reason": said},
    )


def checked(rubric: Rubric, said: Said) -> Said:
    """As it is kept. Raises `Invalid` for what no criterion takes."""
    known = {criterion.key: criterion for criterion in rubric.criteria}
    for key, value in said.scores.items():
        if key not in known:
            raise Invalid(
                f"there is no criterion {key[:40]!r}; open the form again", field="scores"
            )
        lowest, highest = known[key].lowest, known[key].highest
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise Invalid(
                f"{known[key].name} takes a whole number from {lowest} to {highest}, got "
                f"{str(value)[:20]}; choose one of those",
                field=key,
            )
    return Said(
        scores={key: said.scores[key] for key in known if key in said.scores},
        comment=_text(said.comment, "comment", "the comment for the team"),
        note=_text(said.note, "note", "your note"),
        flag=_text(said.flag, "flag", "what organisers should look at"),
    )


def _text(value: str, field: str, what: str) -> str:
    return texts.paragraphs(value, field=field, what=what, most=TEXT_MOST)


def _require_whole(rubric: Rubric, said: Said) -> None:
    for criterion in rubric.criteria:
        if criterion.key not in said.scores:
            raise Invalid(
                f"{criterion.name} has no score yet; give it one, or skip the demo",
                field=criterion.key,
            )


def _says(ballot: Ballot) -> Said:
    return Said(
        scores=dict(ballot.scores), comment=ballot.comment, note=ballot.note, flag=ballot.flag
    )


def _new(act: Act, submission: Submission) -> Ballot:
    ballot = Ballot(
        account_id=act.actor.require_account("judge"),
        submission_id=submission.id,
        event=act.event.slug,
        number=0,
        scores={},
        begun_at=act.now,
        saved_at=act.now,
        set_aside_reason="",
    )
    act.session.add(ballot)
    return ballot


def _next_position(act: Act, account_id: int) -> int:
    """Behind all that the juror finished before; autoflush must not count the one at hand."""
    with act.session.no_autoflush:
        last = act.session.scalar(_LAST, {"account_id": account_id, "event": act.event.slug})
    return 0 if last is None else last + 1


_LAST = select(func.max(Ballot.position)).where(
    Ballot.account_id == bindparam("account_id"), Ballot.event == bindparam("event")
)


def _record(act: Act, ballot: Ballot, action: str) -> None:
    """Whole but for the private note: replayed in order, the log gives the ballots again."""
    act.record(
        action,
        subject=("submission", ballot.submission_id),
        details={
            "juror": ballot.account_id,
            "number": ballot.number,
            "scores": dict(ballot.scores),
            "comment": ballot.comment,
            "flag": ballot.flag,
        },
    )
