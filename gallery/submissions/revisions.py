"""Every version of a submission: kept, listed, looked at, compared field by field."""

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Account, Revision, Submission
from gallery.errors import NotFound
from gallery.event.event import Event
from gallery.submissions.access import seen, works_on
from gallery.submissions.content import SubmissionContent
from spaces.hub.addresses import repo_key

MERGED = timedelta(minutes=5)
"""What one person saves in a draft within this span is one revision."""

MOST_COMPARED = 1_000_000
"""Pairs of words: comparing takes a tenth of a second at worst. All of a long story against all of
another would take four, and anybody may ask for it."""


@dataclass(frozen=True)
class Version:
    """One revision, for a list: who saved it, when, and why where they had to say so."""

    number: int
    saved_at: datetime
    author: str
    """A display name, or the program's."""
    note: str


@dataclass(frozen=True)
class Piece:
    """A part of a field: `change` is `same`, `added` or `removed`."""

    change: str
    text: str


@dataclass(frozen=True)
class FieldChange:
    """One field that differs between two revisions, as pieces in reading order."""

    field: str
    pieces: tuple[Piece, ...]


def append(
    session: Session,
    actor: Actor,
    now: datetime,
    submission: Submission,
    content: SubmissionContent,
    *,
    note: str = "",
) -> None:
    """Makes `content` the newest revision, under the next number.

    In a draft, what the same person saved up to five minutes ago is replaced rather than kept.
    """
    newest = session.get(Revision, (submission.id, submission.number))
    submission.number += 1
    dumped = content.model_dump(mode="json")
    if newest is not None and _continues(newest, submission, actor, now, note):
        newest.number = submission.number
        newest.saved_at = now
        newest.content = dumped
        return
    session.add(
        Revision(
            submission_id=submission.id,
            number=submission.number,
            saved_at=now,
            begun_at=now,
            account_id=actor.account_id,
            note=note,
            content=dumped,
        )
    )


def current(session: Session, submission: Submission) -> SubmissionContent:
    """What the submission says now; its Space by the name that the Hub has for it by now."""
    return of_number(session, submission, submission.number)


def of_number(session: Session, submission: Submission, number: int) -> SubmissionContent:
    """What it said in a revision that is there; of the Space, by the name that it has by now."""
    revision = session.get_one(Revision, (submission.id, number))
    content = SubmissionContent.model_validate(revision.content)
    is_of_now = repo_key(content.space_id) == submission.space_key or number == submission.number
    return content.model_copy(update={"space_id": submission.space_id}) if is_of_now else content


def number_at(session: Session, submission: Submission, when: datetime) -> int:
    """Of the revision that stood then; of the newest for what came later."""
    stood = session.scalars(_NUMBER_AT, {"submission_id": submission.id, "when": when}).first()
    return submission.number if stood is None else stood


_NUMBER_AT = (
    select(Revision.number)
    .where(Revision.submission_id == bindparam("submission_id"))
    .where(Revision.saved_at < bindparam("when"))
    .order_by(Revision.number.desc())
    .limit(1)
)


def changed_since(
    session: Session, submission_ids: Collection[int], when: datetime
) -> dict[int, SubmissionContent]:
    """Of those that were saved after `when`, what they said then; not of what came later."""
    rows = session.execute(_CHANGED_SINCE, {"ids": list(submission_ids), "when": when})
    return {row.submission_id: SubmissionContent.model_validate(row.content) for row in rows}


_CHANGED = select(Revision.submission_id).where(
    Revision.submission_id.in_(bindparam("ids", expanding=True)),
    Revision.saved_at >= bindparam("when"),
)
_NEWEST_BEFORE = (
    select(Revision.submission_id, func.max(Revision.number).label("number"))
    .where(Revision.submission_id.in_(_CHANGED), Revision.saved_at < bindparam("when"))
    .group_by(Revision.submission_id)
    .subquery()
)
_CHANGED_SINCE = select(Revision.submission_id, Revision.content).join(
    _NEWEST_BEFORE,
    (Revision.submission_id == _NEWEST_BEFORE.c.submission_id)
    & (Revision.number == _NEWEST_BEFORE.c.number),
)


def versions(
    session: Session, actor: Actor, *, event: Event, submission_id: int
) -> tuple[Version, ...]:
    """The newest first. What was saved before a submission was handed in is its team's to see."""
    submission = seen(session, actor, event=event, submission_id=submission_id)
    is_insider = actor.organises(submission.event) or works_on(session, actor, submission)
    return versions_of(session, submission, is_insider=is_insider)


def versions_of(
    session: Session, submission: Submission, *, is_insider: bool
) -> tuple[Version, ...]:
    """As `versions`, for who may see it; `is_insider` says whether also what was drafted."""
    first = 0 if is_insider else _first_handed_in(session, submission)
    return tuple(
        Version(number, saved_at, name or "the gallery", note)
        for number, saved_at, note, name in session.execute(
            _VERSIONS, {"submission_id": submission.id, "first": first}
        )
    )


_VERSIONS = (
    select(Revision.number, Revision.saved_at, Revision.note, Account.display_name)
    .outerjoin(Account, Account.id == Revision.account_id)
    .where(Revision.submission_id == bindparam("submission_id"))
    .where(Revision.number >= bindparam("first"))
    .order_by(Revision.number.desc())
)
"""Without the contents, each of which may be long."""


def look(
    session: Session, actor: Actor, *, event: Event, submission_id: int, number: int
) -> SubmissionContent:
    """What a submission said in one revision; `NotFound` when there is none of that number."""
    submission = seen(session, actor, event=event, submission_id=submission_id)
    first = _first_shown(session, actor, submission)
    revision = None
    if first <= number <= submission.number:
        revision = session.get(Revision, (submission.id, number))
    if revision is None:
        raise NotFound(f"this submission has no revision {number}; choose one from its history")
    return SubmissionContent.model_validate(revision.content)


def _first_shown(session: Session, actor: Actor, submission: Submission) -> int:
    """What was drafted is private: the public history begins with what was handed in first."""
    if actor.organises(submission.event) or works_on(session, actor, submission):
        return 0
    return _first_handed_in(session, submission)


def _first_handed_in(session: Session, submission: Submission) -> int:
    handed_in = submission.submitted_at
    if handed_in is None:
        return submission.number
    first = session.scalar(_FIRST, {"submission_id": submission.id, "handed_in": handed_in})
    return first if first is not None else 0


_FIRST = select(func.max(Revision.number)).where(
    Revision.submission_id == bindparam("submission_id"),
    Revision.saved_at <= bindparam("handed_in"),
)


def differences(old: SubmissionContent, new: SubmissionContent) -> tuple[FieldChange, ...]:
    """Field by field, in the form's order; texts word by word."""
    changes = []
    for field in SubmissionContent.model_fields:
        before, after = _text(getattr(old, field)), _text(getattr(new, field))
        if before != after:
            changes.append(FieldChange(field, tuple(_pieces(before, after))))
    return tuple(changes)


def _continues(
    newest: Revision, submission: Submission, actor: Actor, now: datetime, note: str
) -> bool:
    return (
        submission.state == "draft"
        and submission.submitted_at is None
        and newest.account_id is not None
        and newest.account_id == actor.account_id
        and now - newest.begun_at <= MERGED
        and note == newest.note
    )


def _text(value: object) -> str:
    """A field as people read it: lists one entry a line."""
    match value:
        case None:
            return ""
        case tuple():
            return "\n".join(map(_text, value))
        case str():
            return str(value)
    assert isinstance(value, BaseModel), "what is neither text nor a list is a link or a picture"
    return " · ".join(str(part) for _, part in value if part)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    """Word by word between what both begin and end with; where that is too much, by lines, and
    where there are too many of those, as a whole."""
    for pattern in (r"\s+|[^\s]+", r"[^\n]*\n|[^\n]+"):
        old, new = re.findall(pattern, before), re.findall(pattern, after)
        start = _shared(old, new)
        end = _shared(old[start:][::-1], new[start:][::-1])
        middles = old[start : len(old) - end], new[start : len(new) - end]
        if len(middles[0]) * len(middles[1]) <= MOST_COMPARED:
            break
    else:
        middles = ["".join(middles[0])], ["".join(middles[1])]
    if start:
        yield Piece("same", "".join(old[:start]))
    yield from _compared(*middles)
    if end:
        yield Piece("same", "".join(old[len(old) - end :]))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[i:j]))
            continue
        if j > i:
            yield Piece("removed", "".join(old[i:j]))
        if m > k:
            yield Piece("added", "".join(new[k:m]))


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(old), len(new)))
