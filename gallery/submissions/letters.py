"""What news says of demos: receipts, what organisers hide and show again, outages, reports."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import Claim, Idea, IdeaComment, Report, Submission
from gallery.event.event import Event
from gallery.event.zones import in_words
from gallery.names import isolated
from gallery.people import notifications
from gallery.people.notifications import Kind
from gallery.submissions.ownership import accounts_of, owner_of


def receipt(act: Act, submission: Submission) -> None:
    """To the whole team, whoever handed it in or withdrew it: that it is so, and since when."""
    is_in = submission.state == "submitted"
    until = (
        f"until {in_words(act.event.deadline, act.event.zone)}"
        if act.now < act.event.deadline
        else ""
    )
    said = f"{isolated(act.actor.called)} did so on {in_words(act.now, act.event.zone)}."
    if is_in:
        said += f" It is revision {submission.number}, of the Space {submission.space_id}."
    if until:
        said += (
            f"\n\nYou can change it {until}." if is_in else f"\n\nYou can bring it back {until}."
        )
    title = f"“{isolated(submission.title)}” is {'handed in' if is_in else 'withdrawn'}"
    _to_team(act.session, act.now, act.event, submission, kind=Kind.RECEIPT, title=title, text=said)


def claimed(
    session: Session, now: datetime, event: Event, submission: Submission, claim: Claim
) -> None:
    """To its team: what it waits for; to the organisers, and to who owns the Space if they are
    here: that somebody says so."""
    owner, space_id = owner_of(submission.space_id), submission.space_id
    why = f"{claim.reason[:1].upper()}{claim.reason[1:]}. " if claim.reason else ""
    told = _to_team(
        session,
        now,
        event,
        submission,
        kind=Kind.RECEIPT,
        title=f"“{isolated(submission.title)}” waits for a proof that its Space is yours",
        text=(
            f"{why}Nobody in your team is known to be {owner} on the Hub, to whom {space_id} "
            f"belongs. Nothing of what you wrote is lost. Sign in as {owner}, or put the line "
            f"{claim.line} into the README of the Space, and press Check on the page where you "
            "hand in; or ask the organisers."
        ),
    )
    owners = [one for one in accounts_of(session, owner) if one not in told]
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.CLAIM,
        to=[*owners, *notifications.organisers(session, event)],
        about=("submission", submission.id),
        title=f"The team {isolated(submission.team.name)} says that {space_id} is theirs",
        text=(
            "It waits where nobody else sees it. Whoever owns the Space can hand it in at any "
            "time before the deadline; organisers decide on their page of submissions."
        ),
        path="/organise/submissions" if not owners else "",
    )


def claim_refused(
    session: Session, now: datetime, event: Event, submission: Submission, *, reason: str
) -> None:
    """To its team: that the organisers say no, and why."""
    _to_team(
        session,
        now,
        event,
        submission,
        kind=Kind.RECEIPT,
        title=f"“{isolated(submission.title)}” is a draft again: its Space is not taken for yours",
        text=f"The organisers write: {reason}\n\nNothing of what you wrote is lost.",
    )


def hidden(
    session: Session,
    now: datetime,
    event: Event,
    subject: Submission | Idea | IdeaComment,
    *,
    reason: str,
) -> None:
    """To its team or author: that it is hidden, or shown again."""
    title, path, about = _of(subject)
    is_hidden = subject.hidden_at is not None
    became = "hidden by the organisers" if is_hidden else "shown again"
    seen = "Only you and the organisers see it now." if is_hidden else "Everybody sees it again."
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.DEMO_HIDDEN,
        to=_owners(session, subject),
        about=about,
        title=f"“{isolated(title)}” is {became}",
        text=f"{seen}\n\nThe organisers write: {reason}",
        path=path,
    )


def down(
    session: Session, now: datetime, event: Event, submission: Submission, *, since: datetime
) -> None:
    """To its team, once for an outage: the demo does not answer."""
    _to_team(
        session,
        now,
        event,
        submission,
        kind=Kind.DEMO_DOWN,
        title=f"“{isolated(submission.title)}” does not answer",
        text=(
            f"The Space {submission.space_id} has not answered since "
            f"{in_words(since, event.zone)}. Look at its logs on the Hub; this page shows how it "
            "is doing."
        ),
        key=f"down:{submission.id}:{since.isoformat()}",
    )


def gone(
    session: Session, now: datetime, event: Event, submission: Submission, *, since: datetime
) -> None:
    """As `down`: the Hub shows the Space to nobody."""
    _to_team(
        session,
        now,
        event,
        submission,
        kind=Kind.DEMO_DOWN,
        title=f"“{isolated(submission.title)}” is gone from the Hub",
        text=(
            f"The Hub has shown no Space {submission.space_id} since "
            f"{in_words(since, event.zone)}: it was deleted or made private. Make it public again, "
            "or enter the Space that took its place."
        ),
        key=f"gone:{submission.id}:{since.isoformat()}",
    )


def reported(
    session: Session,
    now: datetime,
    event: Event,
    subject: Submission | Idea | IdeaComment,
    made: Report,
) -> None:
    """To the organisers; who reported it stands on their board."""
    notifications.tell(
        session,
        now,
        event=event,
        kind=Kind.REPORT,
        to=notifications.organisers(session, event),
        about=("report", made.id),
        title=f"Reported: “{isolated(_of(subject)[0])}”",
        text=made.reason,
        path="/organise/reports",
    )


def _of(subject: Submission | Idea | IdeaComment) -> tuple[str, str, tuple[str, object]]:
    """Title, path, and the subject as in the log."""
    if isinstance(subject, Submission):
        where = f"/submissions/{subject.id}"
        return subject.title, where, ("submission", subject.id)
    if isinstance(subject, Idea):
        return subject.title, f"/ideas/{subject.id}", ("idea", subject.id)
    words = " ".join(subject.text.split())
    shown = words if len(words) <= 60 else f"{words[:59]}…"
    return shown, f"/ideas/{subject.idea_id}", ("comment", subject.id)


def _owners(session: Session, subject: Submission | Idea | IdeaComment) -> Iterable[int]:
    if isinstance(subject, Submission):
        return notifications.members(session, subject.team_id)
    return [subject.author_id]


def _to_team(
    session: Session,
    now: datetime,
    event: Event,
    submission: Submission,
    *,
    kind: Kind,
    title: str,
    text: str,
    key: str | None = None,
) -> list[int]:
    """News of a demo to all of its team; gives who they are."""
    members = notifications.members(session, submission.team_id)
    notifications.tell(
        session,
        now,
        event=event,
        kind=kind,
        to=members,
        about=("submission", submission.id),
        title=title,
        text=text,
        path=f"/submissions/{submission.id}",
        key=key,
    )
    return members
