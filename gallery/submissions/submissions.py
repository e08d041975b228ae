"""Handing in: a draft is made, saved, submitted, withdrawn and brought back, until the deadline.

Each function is one use case: it runs in one transaction, asks who acts, and writes the log.
`number` is the revision that somebody was looking at when they began to write; when it is not the
newest any more, `Stale` is raised and nothing is overwritten. A save that would change nothing
succeeds whatever its number, so that a repeated request does no harm.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Submission, Team
from gallery.errors import Exists, Invalid, NotAllowed
from gallery.event.event import Event
from gallery.submissions import claims, letters, naming, revisions
from gallery.submissions.access import of_team
from gallery.submissions.content import SubmissionContent, require_readable
from gallery.submissions.index import reindex
from gallery.submissions.log import record
from gallery.submissions.ownership import Standing, owner_of, standing_of
from gallery.submissions.rules import (
    authorise,
    require_free,
    require_newest,
    require_open,
    require_pictures,
    require_reason,
)
from gallery.submissions.team import team_of, team_of_one
from spaces.hub.addresses import repo_key


@dataclass(frozen=True)
class Added:
    """A draft; not a new one when the team had it already, saying the same."""

    submission: Submission
    is_new: bool


def create_draft(act: Act, *, content: SubmissionContent, team_name: str = "") -> Submission:
    """A draft of the actor's team; the one that the team has of this Space, if it has one.

    Who is in no team makes one of their own in the same step, called `team_name` where given.
    Raises `Closed`, `NotSignedIn`, `NotAllowed` (another team handed this Space in), `Invalid`.
    """
    require_open(act.event, act.now)
    team = team_of(act.session, act.actor, event=act.event) or team_of_one(act, name=team_name)
    content = naming.spelt(act.session, content)
    existing = _of_team_and_space(act.session, team, content.space_id)
    if existing is not None:
        return existing
    require_free(act.session, act.event, content.space_id, team)
    require_readable(content)
    require_pictures(act.session, content)
    submission = Submission(
        event=act.event.slug, team=team, source="team", state="draft", created_at=act.now, number=0
    )
    reindex(submission, content)
    act.session.add(submission)
    act.session.flush()
    revisions.append(act.session, act.actor, act.now, submission, content)
    record(act.session, act.actor, act.now, submission, "created")
    return submission


def add_draft(act: Act, *, content: SubmissionContent) -> Added:
    """As `create_draft`, for who sends all that the draft is to say.

    The same again is no new draft. Raises `Exists` where the team's says something else: what was
    sent would be lost.
    """
    team, content = (
        team_of(act.session, act.actor, event=act.event),
        naming.spelt(act.session, content),
    )
    is_new = team is None or _of_team_and_space(act.session, team, content.space_id) is None
    draft = create_draft(act, content=content)
    if content != revisions.current(act.session, draft):
        raise Exists(
            f"your team has this Space already, as submission {draft.id} ({draft.state}), and it "
            f"says something else; what came was not saved: save it there, on number {draft.number}"
        )
    return Added(draft, is_new=is_new)


def save(
    act: Act, *, submission_id: int, number: int, content: SubmissionContent, reason: str = ""
) -> Submission:
    """Writes a new revision, of a draft or of what was submitted.

    Organisers who are not of the team, and everybody after the deadline, must be organisers and
    give a `reason`, which the history shows. What was handed in may move to another Space: what was
    collected of that one gives way. Raises `Stale`, `Closed`, `NotAllowed`, `Invalid`.
    """
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    note = authorise(act, submission, reason=reason)
    content, before = naming.spelt(act.session, content), revisions.current(act.session, submission)
    if content == before:
        return submission
    require_newest(act.session, submission, number)
    has_moved = not naming.is_of(submission, content.space_id)
    if submission.state in ("submitted", "waiting"):
        naming.require_known(act.session, content, before=before)
    if has_moved and submission.state == "submitted":
        _require_own(act.session, act.actor, submission, content.space_id)
        claims.take_over(act, submission, space_id=content.space_id)
    elif has_moved and submission.state == "waiting":
        submission.state = "draft"  # what it claimed is left
    require_readable(content)
    require_pictures(act.session, content)
    revisions.append(act.session, act.actor, act.now, submission, content, note=note)
    reindex(submission, content)
    if has_moved and submission.state == "submitted" and note:
        claims.give_word(act.session, act.actor, act.now, submission, reason=note)
    record(act.session, act.actor, act.now, submission, "saved", reason=note)
    return submission


def submit(act: Act, *, submission_id: int, number: int, reason: str = "") -> Submission:
    """Hands a draft in, or a withdrawn one again: from now on everybody sees it.

    Where nobody of the team is known to own the Space, it waits for a proof; see `claims`.

    Call `naming.ask_about` before. Ids that the Hub spells otherwise become a revision of their
    own. Doing it twice is doing it once. Raises `Stale`, `Closed`, `NotAllowed`, and `Invalid` for
    what the Hub does not have.
    """
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    note = authorise(act, submission, reason=reason)
    if submission.state == "submitted":
        return submission
    if submission.state == "withheld":
        raise NotAllowed(
            "this is withheld, because who handed it in was declined; accept them again, or hand "
            "it over to another team"
        )
    require_newest(act.session, submission, number)
    before = revisions.current(act.session, submission)
    content = naming.spelt(act.session, before)
    naming.require_known(act.session, content)
    if content != before:
        revisions.append(act.session, act.actor, act.now, submission, content, note=note)
        reindex(submission, content)
    require_free(act.session, act.event, submission.space_id, submission.team)
    if note:  # an organiser's word; a team that hands in in time has no need of any
        claims.give_word(act.session, act.actor, act.now, submission, reason=note)
    elif standing_of(act.session, submission.team, submission.space_id) < Standing.ORGANISERS_WORD:
        if submission.state != "waiting":
            claims.wait(act, submission)
        return submission
    return claims.hand_in(act, submission, reason=note)


def withdraw(act: Act, *, submission_id: int, reason: str = "") -> Submission:
    """Takes a submission or a draft back; `submit` brings it back. Twice is once."""
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    note = authorise(act, submission, reason=reason)
    if submission.state != "withdrawn":
        was_in = submission.state == "submitted"
        submission.state = "withdrawn"
        submission.withdrawn_at = act.now
        record(act.session, act.actor, act.now, submission, "withdrawn", reason=note)
        if was_in:
            letters.receipt(act, submission)
    return submission


def come_back(act: Act, *, submission_id: int, reason: str = "") -> Submission:
    """Undoes `withdraw`: a draft is a draft again, what was submitted is submitted again."""
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    note = authorise(act, submission, reason=reason)
    if submission.state != "withdrawn":
        return submission
    if submission.submitted_at is not None:
        return submit(act, submission_id=submission_id, number=submission.number, reason=reason)
    submission.state = "draft"
    submission.withdrawn_at = None
    record(act.session, act.actor, act.now, submission, "brought_back", reason=note)
    return submission


def hand_over(act: Act, *, submission_id: int, team_id: int, reason: str) -> Submission:
    """Organisers give a submission to another team of the event, with a reason."""
    act.actor.require_organiser(act.event.slug)
    submission = of_team(act.session, act.actor, event=act.event, submission_id=submission_id)
    team = act.session.get(Team, team_id)
    if team is None or team.event != act.event.slug:
        raise Invalid(
            f"the event has no team {team_id}; look its number up on the teams' page",
            field="team_id",
        )
    before = submission.team_id
    submission.team = team
    submission.source = "team"
    reindex(submission, revisions.current(act.session, submission))
    claims.give_word(act.session, act.actor, act.now, submission, reason=require_reason(reason))
    if submission.state in ("waiting", "withheld"):
        claims.hand_in(act, submission, by_word=True)
    record(
        act.session,
        act.actor,
        act.now,
        submission,
        "handed_over",
        reason=require_reason(reason),
        from_team=before,
        to_team=team.id,
    )
    return submission


def of_space(session: Session, *, event: Event, space_id: str) -> Submission | None:
    """The submission of a Space: what was handed in first of all, else the newest other one."""
    rows = session.scalars(
        select(Submission)
        .where(Submission.event == event.slug, Submission.space_key == repo_key(space_id))
        .order_by(Submission.id.desc())
    ).all()
    return next((row for row in rows if row.state == "submitted"), rows[0] if rows else None)


def _of_team_and_space(session: Session, team: Team, space_id: str) -> Submission | None:
    """The first of a team's submissions of a Space, whatever its state."""
    return session.scalars(
        select(Submission)
        .where(Submission.team_id == team.id, Submission.space_key == repo_key(space_id))
        .order_by(Submission.id)
    ).first()


def _require_own(session: Session, actor: Actor, submission: Submission, space_id: str) -> None:
    """What everybody sees moves to a Space of the team's own, or by an organiser's word."""
    standing = standing_of(session, submission.team, space_id)
    if standing < Standing.ORGANISERS_WORD and not actor.organises(submission.event):
        raise NotAllowed(
            f"nobody in your team is known to own {space_id} ({owner_of(space_id)} on the Hub); "
            "begin a draft of it, which will show you how to prove that it is yours"
        )
