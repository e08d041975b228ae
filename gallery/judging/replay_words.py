"""Replay of words: the deliberation's notes, decisions on comments, sheets that jurors see."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import (
    DeliberationNote,
    Feedback,
    Judging,
    LogEntry,
    Sheet,
    SheetTile,
)
from gallery.event.event import Event
from gallery.judging.feedback import key_of
from gallery.judging.replay_state import EVERY, UNTOLD, State


def keep(session: Session, event: Event, state: State) -> None:
    """By the tables."""
    for note in session.scalars(
        select(DeliberationNote).where(DeliberationNote.event == event.slug)
    ):
        state.notes[note.submission_id] = {
            "number": note.number,
            "text": note.text,
            "saved_at": note.saved_at,
            "saved_by": note.saved_by,
        }
    judging = session.get(Judging, event.slug)
    seed = judging.pseudonym_seed if judging is not None else ""
    for one in session.scalars(select(Feedback).where(Feedback.event == event.slug)):
        key = key_of(seed, one.account_id, one.submission_id)
        state.feedback[one.submission_id, key] = {
            "is_held_back": one.is_held_back,
            "original": one.original,
            "text": one.text,
            "reason": one.reason,
            "lot": one.lot,
            "decided_at": one.decided_at,
            "decided_by": one.decided_by,
            "sent_at": one.sent_at,
        }
    for sheet in session.scalars(
        select(Sheet).where(Sheet.event == event.slug, Sheet.shared_at.is_not(None))
    ):
        demos = session.scalars(
            select(SheetTile.submission_id)
            .where(SheetTile.sheet_id == sheet.id)
            .order_by(SheetTile.place)
        )
        state.sheets[sheet.id] = {
            "maker": sheet.account_id,
            "prompt": sheet.prompt,
            "picture": sheet.picture_digest,
            "seed": sheet.seed,
            "choice": sheet.choice,
            "made_at": sheet.made_at,
            "shared_at": sheet.shared_at,
            "demos": list(demos),
        }


def sent(state: State, entry: LogEntry) -> None:
    """Of what the log says was decided, what the teams read since."""
    keys = entry.details.get("keys")
    for (demo, key), decided in state.feedback.items():
        if keys is None:
            state.feedback[demo, key] = UNTOLD
        elif key in keys and decided is not UNTOLD:
            decided["sent_at"] = entry.at


def _noted(state: State, entry: LogEntry) -> None:
    text = entry.details.get("text")
    state.notes[int(entry.subject_id)] = (
        UNTOLD
        if text is None
        else {
            "number": entry.details["number"],
            "text": text,
            "saved_at": entry.at,
            "saved_by": entry.account_id,
        }
    )


def _decided(state: State, entry: LogEntry) -> None:
    told = entry.details
    if "key" not in told:
        state.feedback[int(entry.subject_id), EVERY] = UNTOLD
        return
    state.feedback[int(entry.subject_id), told["key"]] = {
        "is_held_back": entry.action == "feedback.held_back",
        "original": told["original"],
        "text": told["text"],
        "reason": told["reason"],
        "lot": told["lot"],
        "decided_at": entry.at,
        "decided_by": entry.account_id,
        "sent_at": None,
    }


def _shared(state: State, entry: LogEntry) -> None:
    told = entry.details
    state.sheets[int(entry.subject_id)] = (
        UNTOLD
        if "prompt" not in told
        else {
            "maker": entry.account_id,
            "prompt": told["prompt"],
            "picture": told["picture"],
            "seed": told["seed"],
            "choice": told["choice"],
            "made_at": datetime.fromisoformat(told["made_at"]),
            "shared_at": entry.at,
            "demos": told["demos"],
        }
    )


def _unshared(state: State, entry: LogEntry) -> None:
    state.sheets.pop(int(entry.subject_id), None)


STEPS: Mapping[str, Callable[[State, LogEntry], None]] = {
    "deliberation.noted": _noted,
    "feedback.released": _decided,
    "feedback.held_back": _decided,
    "sheet.shared": _shared,
    "sheet.withdrawn": _unshared,
    "sheet.removed": _unshared,
}
"""`feedback.sent` is a step of the judging's as well, which calls `sent`."""
