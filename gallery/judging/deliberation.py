"""The deliberation: a shortlist with all that was said side by side, and the organisers' notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Ballot, DeliberationNote, Submission
from gallery.errors import Closed, NotFound, Stale
from gallery.judging import judgings, results
from gallery.judging.reckoning import Chances, Result, Row, chances_of
from gallery.people import texts
from gallery.submissions import revisions
from gallery.submissions.outcomes import failing_checks

LIKELY = 0.05
"""Whoever is among the first three with more than that is on the shortlist."""
LEAST = 5
MOST = 30
TEXT_MOST = 8000


@dataclass(frozen=True)
class Candidate:
    """One demo of the shortlist; scores, comments and flags are in an order that names nobody."""

    row: Row
    chances: Chances
    submission: Submission
    number: int
    """Of the revision that stood at the deadline."""
    failing: int
    """Checks that failed at the last run."""
    models: tuple[str, ...]
    datasets: tuple[str, ...]
    summary: str
    pictures: tuple[str, ...]
    """Digests, as at the deadline, the first one first."""
    scores: Mapping[str, tuple[int, ...]]
    """As they were given, by criterion, the highest first."""
    comments: tuple[str, ...]
    flags: tuple[str, ...]
    note: DeliberationNote | None


def shortlist(act: Act, result: Result, *, count: int = 0) -> tuple[Candidate, ...]:
    """The first `count` by the probability of the podium, or those who may be on it.

    Raises `NotAllowed` as `results.require_may_know` does.
    """
    results.require_may_know(act)
    rows = sorted(result.rows, key=lambda row: (-row.podium, row.rank))
    likely = sum(row.podium > LIKELY for row in rows)
    chosen = rows[: min(count or max(likely, LEAST), MOST)]
    ballots = _ballots(act, [row.demo for row in chosen])
    chances = chances_of(results.ranked(results.evidence_of(act.session, act.event)))
    failing = failing_checks(act.session, act.event)
    return tuple(
        _candidate(act, row, ballots[row.demo], chances[row.demo], failing=failing.get(row.demo, 0))
        for row in chosen
    )


def save_note(act: Act, *, submission_id: int, number: int, text: str) -> DeliberationNote:
    """One text of all organisers. Raises `Stale` when another of them saved meanwhile."""
    results.require_may_know(act)
    if submission_id not in {demo.id for demo in judgings.demos(act.session, act.event)}:
        raise NotFound("this demo is not judged any more; open the page again")
    judging = judgings.of_event(act.session, act.event)
    if judging is not None and judging.published_at is not None:
        raise Closed("the result is published; what led to it stays as it is")
    said = texts.paragraphs(text, field="text", what="the note", most=TEXT_MOST)
    there = act.session.get(DeliberationNote, submission_id, with_for_update=True)
    if there is not None and there.text == said:
        return there
    if (there.number if there is not None else 0) != number:
        raise Stale(
            "this note was changed elsewhere meanwhile, perhaps by another organiser; look at what "
            "is kept, and type your change once more"
        )
    if there is None:
        there = DeliberationNote(submission_id=submission_id, event=act.event.slug, number=0)
        act.session.add(there)
    there.text, there.number = said, number + 1
    there.saved_at, there.saved_by = act.now, act.actor.account_id
    act.record(
        "deliberation.noted",
        subject=("submission", submission_id),
        details={"number": there.number, "text": said},
    )
    return there


def note_of(session: Session, submission_id: int) -> DeliberationNote | None:
    """The one that is kept."""
    return session.get(DeliberationNote, submission_id)


def _ballots(act: Act, demos: Sequence[int]) -> Mapping[int, list[Ballot]]:
    found: dict[int, list[Ballot]] = {demo: [] for demo in demos}
    rows = act.session.scalars(
        select(Ballot).where(
            Ballot.event == act.event.slug,
            Ballot.submission_id.in_(demos),
            Ballot.finished_at.is_not(None),
            Ballot.set_aside_at.is_(None),
        )
    )
    for ballot in rows:
        found[ballot.submission_id].append(ballot)
    return found


def _candidate(
    act: Act, row: Row, ballots: Sequence[Ballot], chances: Chances, *, failing: int
) -> Candidate:
    submission = act.session.get_one(Submission, row.demo)
    number = revisions.number_at(act.session, submission, act.event.deadline)
    content = revisions.of_number(act.session, submission, number)
    digests = [submission.thumbnail, *(picture.digest for picture in content.pictures)]
    return Candidate(
        row=row,
        chances=chances,
        submission=submission,
        number=number,
        failing=failing,
        models=content.models,
        datasets=content.datasets,
        summary=content.summary,
        pictures=tuple(dict.fromkeys(digest for digest in digests if digest)),
        scores={
            criterion.key: tuple(
                sorted(
                    (one.scores[criterion.key] for one in ballots if criterion.key in one.scores),
                    reverse=True,
                )
            )
            for criterion in act.event.rubric.criteria
        },
        comments=tuple(sorted(one.comment for one in ballots if one.comment)),
        flags=tuple(sorted(one.flag for one in ballots if one.flag)),
        note=act.session.get(DeliberationNote, row.demo),
    )
