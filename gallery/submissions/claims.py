"""Claims: a team hands in a Space that nobody of it is known to own, and shows that it may.

It is handed in in time, and waits where only the team and the organisers see it, until one of three
things: somebody of the team signs in as the Space's owner, a line of ours stands in the Space's
README, or an organiser gives their word.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Claim, Submission, Team
from gallery.errors import Invalid, NotAllowed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.names import isolated
from gallery.sources import records
from gallery.submissions import letters, renaming
from gallery.submissions.access import of_team
from gallery.submissions.giving_way import give_way
from gallery.submissions.log import record
from gallery.submissions.ownership import Standing, owner_of, standing_of
from gallery.submissions.rules import holder_of, require_free, require_reason
from spaces.hub.facts import SpaceFacts

LINE = "sprint-proof-{}"


@dataclass(frozen=True)
class Waiting:
    """A claim as the organisers' board shows it."""

    submission: Submission
    claim: Claim
    team: str
    holder: str | None
    """The team that has the Space handed in, if one has."""


def of(session: Session, submission: Submission) -> Claim | None:
    """What a submission claims, if it is for the Space that it is of now."""
    found = session.get(Claim, submission.id)
    return found if found is not None and found.space_key == submission.space_key else None


def wait(act: Act, submission: Submission, *, reason: str = "") -> Claim:
    """Lets a submission wait for a proof; who is known to own the Space hears of it."""
    found = act.session.get(Claim, submission.id)
    if found is None or found.space_key != submission.space_key:
        line = LINE.format(secrets.token_hex(8))
        if found is None:
            found = Claim(submission_id=submission.id)
            act.session.add(found)
        found.space_key, found.line, found.asked_at = submission.space_key, line, act.now
    elif found.state == "refused":
        found.asked_at = act.now
    found.state, found.reason = "waiting", reason or None
    found.decided_at = found.decided_by = None
    submission.state = "waiting"
    submission.withdrawn_at = None
    act.session.flush()
    space = submission.space_id
    record(act.session, act.actor, act.now, submission, "claimed", space=space, reason=reason)
    letters.claimed(act.session, act.now, act.event, submission, found)
    return found


def give_word(
    session: Session, actor: Actor, now: datetime, submission: Submission, *, reason: str
) -> None:
    """An organiser's word that a submission's Space is its team's; keeps it for good."""
    found = session.get(Claim, submission.id)
    if found is None:
        found = Claim(submission_id=submission.id, asked_at=now)
        session.add(found)
    found.space_key, found.line = submission.space_key, LINE.format(secrets.token_hex(8))
    found.state, found.reason = "granted", reason
    found.decided_at, found.decided_by = now, actor.account_id
    session.flush()


def check(gallery: Gallery, actor: Actor, *, event: Event, submission_id: int) -> Submission:
    """Looks on the Hub whether the README says the line, or who owns the Space is in the team.

    At any time: what was handed in in time may be shown to be one's own later. Raises `Invalid`
    with what is missing, and as `of_team` does. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        submission = of_team(session, actor, event=event, submission_id=submission_id)
        if submission.state != "waiting":
            return submission
        space_id = submission.space_id
    known = records.refresh(gallery, "space", space_id)
    if isinstance(known.facts, SpaceFacts):
        renaming.follow(gallery, former=space_id, facts=known.facts)
    with gallery.database.write() as session:
        return _prove(Act(session, actor, gallery.clock(), event), submission_id=submission_id)


def _prove(act: Act, *, submission_id: int) -> Submission:
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    claim = of(act.session, submission)
    if submission.state != "waiting" or claim is None:
        return submission
    if standing_of(act.session, submission.team, submission.space_id) < Standing.ORGANISERS_WORD:
        known = records.space(act.session, submission.space_id)
        if known.problem is not None:
            raise Invalid(f"the README could not be looked at: {known.problem}", field="proof")
        card = known.facts.card if known.facts is not None else None
        if claim.line not in (card or ""):
            raise Invalid(
                f"the README of {submission.space_id} must say {claim.line}, and does not as the "
                "Hub shows it now; add that line, save it there, and check again",
                field="proof",
            )
        claim.state, claim.decided_at, claim.decided_by = "proved", act.now, act.actor.account_id
        act.session.flush()
        record(act.session, act.actor, act.now, submission, "proved", space=submission.space_id)
    return hand_in(act, submission)


def grant(act: Act, *, submission_id: int, reason: str) -> Submission:
    """Organisers say that the Space is the team's: it is handed in, since it was claimed.

    Raises `NotAllowed` when another team has shown that it owns the Space.
    """
    submission = _waiting(act.session, act.actor, event=act.event, submission_id=submission_id)
    claim = act.session.get_one(Claim, submission.id)
    asked_at, reason = claim.asked_at, require_reason(reason)
    give_word(act.session, act.actor, act.now, submission, reason=reason)
    claim.asked_at = asked_at
    record(
        act.session,
        act.actor,
        act.now,
        submission,
        "granted",
        space=submission.space_id,
        reason=reason,
    )
    return hand_in(act, submission, by_word=True)


def refuse(act: Act, *, submission_id: int, reason: str) -> Submission:
    """Organisers say that it is not: it is a draft again, with all that it says."""
    submission = _waiting(act.session, act.actor, event=act.event, submission_id=submission_id)
    claim = act.session.get_one(Claim, submission.id)
    reason = require_reason(reason)
    claim.state, claim.reason = "refused", reason
    claim.decided_at, claim.decided_by = act.now, act.actor.account_id
    submission.state = "draft"
    record(
        act.session,
        act.actor,
        act.now,
        submission,
        "refused",
        space=submission.space_id,
        reason=reason,
    )
    letters.claim_refused(act.session, act.now, act.event, submission, reason=reason)
    return submission


def waiting(session: Session, actor: Actor, *, event: Event) -> tuple[Waiting, ...]:
    """For organisers, the oldest first."""
    actor.require_organiser(event.slug)
    rows = session.execute(
        select(Submission, Claim, Team.name)
        .join(Claim, Claim.submission_id == Submission.id)
        .join(Team, Team.id == Submission.team_id)
        .where(Submission.event == event.slug, Submission.state == "waiting")
        .order_by(Claim.asked_at, Submission.id)
    )
    found = []
    for submission, claim, team in rows.all():
        holder = holder_of(session, event.slug, submission.space_id)
        found.append(Waiting(submission, claim, team, holder.team.name if holder else None))
    return tuple(found)


def hand_in(
    act: Act, submission: Submission, *, by_word: bool = False, reason: str = ""
) -> Submission:
    """Everybody sees it from now on. What held its Space gives way, if this stands higher.

    `by_word` lets an organiser's new word stand higher than an older one. Raises `NotAllowed`.
    """
    claim = of(act.session, submission)
    at = claim.asked_at if claim is not None and submission.state == "waiting" else act.now
    take_over(act, submission, by_word=by_word)
    submission.state = "submitted"
    submission.submitted_at = submission.submitted_at or at
    submission.withdrawn_at = None
    record(act.session, act.actor, act.now, submission, "submitted", reason=reason)
    letters.receipt(act, submission)
    return submission


def take_over(
    act: Act, submission: Submission, *, space_id: str | None = None, by_word: bool = False
) -> None:
    """Whatever is handed in of a Space gives way to this team's, if that stands higher.

    What nobody has claimed is withdrawn; a team's entry waits for a proof, whole, and the team is
    told why. Likes are the Space's: they come along. Raises `NotAllowed`.
    """
    space_id = space_id or submission.space_id
    require_free(act.session, act.event, space_id, submission.team)
    holder = holder_of(act.session, act.event.slug, space_id)
    if holder is None or holder is submission:
        return
    mine = standing_of(act.session, submission.team, space_id)
    theirs = standing_of(act.session, holder.team, space_id)
    if theirs is Standing.NOBODY:
        give_way(act.session, act.actor, act.now, holder, to=submission)
        return
    if theirs > mine or (theirs == mine and not by_word):
        raise NotAllowed(
            f"the team {isolated(holder.team.name)} has handed this Space in already; "
            "ask to join it, or tell the organisers if the Space is yours"
        )
    why = f"the team {isolated(submission.team.name)} has handed in {space_id}, and " + (
        f"somebody of it is {owner_of(space_id)} on the Hub or has shown that the Space is theirs"
        if mine is Standing.OWNER
        else "the organisers say that the Space is theirs"
    )
    give_way(act.session, act.actor, act.now, holder, to=submission, reason=why)
    wait(act, holder, reason=why)


def _waiting(session: Session, actor: Actor, *, event: Event, submission_id: int) -> Submission:
    actor.require_organiser(event.slug)
    submission = of_team(session, actor, event=event, submission_id=submission_id)
    if submission.state != "waiting":
        raise Invalid(
            f"submission {submission.id} is {submission.state} and waits for no word; "
            "look at the list again",
            field="submission_id",
        )
    return submission
