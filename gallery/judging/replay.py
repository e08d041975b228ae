"""Replay: what judging came to, made again from the log alone.

Every use case of judging writes what it changed into the log, in its transaction. Taken in order,
the entries give the tables again: the judging, assignments, ballots with their scores, comments and
flags, comparisons, conflicts, what was decided of comments and in which words they were sent, the
notes of the deliberation, and the sheets of "same input" that jurors are shown. Not in the log, and
so not in here, are

- a juror's private notes, and sheets that nobody shared: both are somebody's own, and go when their
  account does, while the log only grows;
- what demos answered to a sheet, which machines said and nobody did; pictures stay by their digest;
- the lot that draws pseudonyms, with which they could be undone;
- what was published in full, of which the log has the digest.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Assignment, Ballot, Comparison, Conflict, Judging, LogEntry
from gallery.event.event import Event
from gallery.judging import replay_words
from gallery.judging.conflicts import Kind
from gallery.judging.handing_out import TAKEN
from gallery.judging.reassigning import MOVED
from gallery.judging.reckoning import Result
from gallery.judging.replay_state import BEGUN, EVERY, UNTOLD, Pair, State, Values


def replayed(session: Session, event: Event) -> State:
    """By the log."""
    state = State()
    entries = session.scalars(
        select(LogEntry)
        .where(LogEntry.event == event.slug, LogEntry.action.in_(STEPS))
        .order_by(LogEntry.id)
    )
    for entry in entries:
        STEPS[entry.action](state, entry)
    return state


def kept(session: Session, event: Event) -> State:
    """By the tables."""
    judging = session.get(Judging, event.slug)
    state = State()
    if judging is not None:
        state.judging.update({name: getattr(judging, name) for name in BEGUN})
        state.judging["published"] = _digest(judging.published)
    tables = (
        (Assignment, state.assignments, ("account_id", "submission_id")),
        (Ballot, state.ballots, ("account_id", "submission_id")),
        (Comparison, state.comparisons, ("account_id", "first_id", "second_id")),
        (Conflict, state.conflicts, ("account_id", "submission_id")),
    )
    for table, rows, key in tables:
        for row in session.scalars(select(table).where(table.event == event.slug)):
            columns = {one.key for one in table.__mapper__.column_attrs} - {*key, "event", "note"}
            rows[tuple(getattr(row, name) for name in key)] = {  # type: ignore[index]
                name: getattr(row, name) for name in columns
            }
    replay_words.keep(session, event, state)
    return state


def difference(log: State, tables: State) -> str | None:
    """The first one, in a sentence; None where both say the same."""
    for name, value in tables.judging.items():
        if log.judging[name] != value:
            return f"{name} of the judging is {value} in the tables, {log.judging[name]} by the log"
    for part in (one.name for one in fields(State) if one.name != "judging"):
        said, there = getattr(log, part), getattr(tables, part)
        for key in sorted({*said, *there}):
            if said.get(key) != there.get(key) and not _is_untold(said, key):
                return (
                    f"{part} of {' and '.join(map(str, key))} are "
                    f"{there.get(key, 'not there')} in the tables, "
                    f"{said.get(key, 'not there')} by the log"
                )
    return None


def _is_untold(said: Mapping[Any, Values], key: object) -> bool:
    every = said.get((key[0], EVERY)) if isinstance(key, tuple) else None
    return said.get(key) is UNTOLD or every is UNTOLD


def _digest(published: Values | None) -> str:
    if published is None:
        return ""
    told = Result.model_validate(published).model_dump_json()
    return hashlib.sha256(told.encode()).hexdigest()


def _handed_out(state: State, entry: LogEntry) -> None:
    anchors = entry.details["anchors"]  # once their number alone was written down
    state.judging["looks"] = entry.details["looks"]
    state.judging["anchors"] = anchors if isinstance(anchors, list) else []
    for demo, juror in entry.details["added"]:
        there = state.assignments.get((juror, demo))
        if there is None:
            state.assignments[juror, demo] = _given(entry)
        else:
            there.update(state="open", changed_at=entry.at, reason="")
    for demo, juror in entry.details["dropped"]:
        if (juror, demo) in state.assignments:
            state.assignments[juror, demo].update(
                state="dropped", changed_at=entry.at, reason=TAKEN
            )


def _moved(state: State, entry: LogEntry) -> None:
    juror, demo = _pair(entry)
    said = f"{MOVED}{entry.details['reason']}"
    state.assignments[juror, demo].update(state="dropped", changed_at=entry.at, reason=said)
    there = state.assignments.get((entry.details["to"], demo))
    if there is None:
        state.assignments[entry.details["to"], demo] = _given(entry)
    else:
        there.update(state="open", changed_at=entry.at, reason="")


def _saved(state: State, entry: LogEntry) -> None:
    ballot = state.ballots.setdefault(
        _pair(entry),
        {
            "begun_at": entry.at,
            "finished_at": None,
            "position": None,
            "set_aside_at": None,
            "set_aside_reason": "",
        },
    )
    if ballot["set_aside_at"] is not None:
        ballot.update(set_aside_at=None, set_aside_reason="", finished_at=None, position=None)
    ballot.update({name: entry.details[name] for name in ("number", "scores", "comment", "flag")})
    ballot["saved_at"] = entry.at


def _finished(state: State, entry: LogEntry) -> None:
    juror, demo = _pair(entry)
    before = sum(
        one["position"] is not None for (other, _), one in state.ballots.items() if other == juror
    )
    state.ballots[juror, demo].update(finished_at=entry.at, position=before)


def _skipped(state: State, entry: LogEntry) -> None:
    state.assignments[_pair(entry)].update(
        state="skipped", changed_at=entry.at, reason=entry.details["reason"]
    )


def _resumed(state: State, entry: LogEntry) -> None:
    state.assignments[_pair(entry)].update(state="open", changed_at=entry.at, reason="")


def _in_conflict(state: State, entry: LogEntry) -> None:
    juror, demo = pair = _pair(entry)
    kind, reason = entry.details["kind"], entry.details["reason"]
    state.conflicts[pair] = {"kind": kind, "reason": reason, "at": entry.at}
    assignment, ballot = state.assignments.get(pair), state.ballots.get(pair)
    if assignment is not None and assignment["state"] != "dropped":
        assignment.update(state="dropped", changed_at=entry.at, reason=reason)
    if ballot is not None and ballot["set_aside_at"] is None:
        ballot.update(set_aside_at=entry.at, set_aside_reason=reason)
    for (other, *both), comparison in state.comparisons.items():
        if other == juror and demo in both and comparison["set_aside_at"] is None:
            comparison["set_aside_at"] = entry.at


def _lifted(state: State, entry: LogEntry) -> None:
    state.conflicts[_pair(entry)] = {
        "kind": Kind.LIFTED.value,
        "reason": entry.details["reason"],
        "at": entry.at,
    }


def _compared(state: State, entry: LogEntry) -> None:
    which = entry.details["juror"], int(entry.subject_id), entry.details["other"]
    state.comparisons[which] = {
        "better": entry.details["better"],
        "at": entry.at,
        "set_aside_at": None,
    }


def _away(state: State, entry: LogEntry) -> None:
    state.judging["away"] = sorted({*state.judging["away"], int(entry.subject_id)})


def _back(state: State, entry: LogEntry) -> None:
    state.judging["away"] = sorted({*state.judging["away"]} - {int(entry.subject_id)})


def _closed(state: State, entry: LogEntry) -> None:
    state.judging["closed_at"] = entry.at


def _opened(state: State, entry: LogEntry) -> None:
    state.judging["closed_at"] = None


def _settled(state: State, entry: LogEntry) -> None:
    state.judging.update(
        final_order=entry.details["order"],
        final_reason=entry.details["reason"],
        settled_on=entry.details["on"],
        publish_problem="",
    )


def _publication_set(state: State, entry: LogEntry) -> None:
    state.judging.update(
        publish_at=datetime.fromisoformat(entry.details["at"]),
        publish_with_feedback=entry.details["with_feedback"],
        settled_on=entry.details["on"],
        publish_problem="",
    )


def _publication_cancelled(state: State, entry: LogEntry) -> None:
    state.judging["publish_at"] = None


def _publication_refused(state: State, entry: LogEntry) -> None:
    state.judging.update(publish_at=None, publish_problem=entry.details["reason"])


def _published(state: State, entry: LogEntry) -> None:
    state.judging.update(
        published_at=entry.at,
        published=entry.details["digest"],
        final_order=entry.details["order"],
        publish_at=None,
        publish_problem="",
    )


def _feedback_sent(state: State, entry: LogEntry) -> None:
    state.judging["feedback_at"] = state.judging["feedback_at"] or entry.at
    replay_words.sent(state, entry)


def _given(entry: LogEntry) -> Values:
    return {"state": "open", "assigned_at": entry.at, "changed_at": None, "reason": ""}


def _pair(entry: LogEntry) -> Pair:
    return entry.details["juror"], int(entry.subject_id)


STEPS: Mapping[str, Callable[[State, LogEntry], None]] = {
    "jury.handed_out": _handed_out,
    "assignment.moved": _moved,
    "ballot.saved": _saved,
    "ballot.finished": _finished,
    "assignment.skipped": _skipped,
    "assignment.resumed": _resumed,
    "conflict.found": _in_conflict,
    "conflict.declared": _in_conflict,
    "conflict.lifted": _lifted,
    "comparison.saved": _compared,
    "juror.away": _away,
    "juror.back": _back,
    "judging.closed": _closed,
    "judging.opened": _opened,
    "result.settled": _settled,
    "result.published": _published,
    "publication.set": _publication_set,
    "publication.cancelled": _publication_cancelled,
    "publication.refused": _publication_refused,
    "feedback.sent": _feedback_sent,
    **replay_words.STEPS,
}
"""What each action of the log does."""
