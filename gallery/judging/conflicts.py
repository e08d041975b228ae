"""Conflicts of interest: declared by a juror, or found by who they are, over all they sign in by.

Whoever has one is never assigned the demo and cannot open it for scoring. Who comes to have one
later loses the assignment, and what they scored is set aside, said and logged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import (
    Account,
    Assignment,
    Ballot,
    Comparison,
    Conflict,
    LogEntry,
    Membership,
    Submission,
    Team,
)
from gallery.event.event import Event
from gallery.folding import fold
from gallery.gallery import Gallery
from gallery.judging import contributors, judgings
from gallery.judging.jurors import jurors, require_juror
from gallery.people import accounts, texts
from gallery.sources.records import Repo
from gallery.submissions import access
from gallery.submissions.ownership import owner_of
from spaces.hub.addresses import repo_key


class Kind(StrEnum):
    DECLARED = "declared"
    TEAM = "team"
    OWNER = "owner"
    REPOSITORY = "repository"
    ORGANISATION = "organisation"
    SAME_PERSON = "same_person"
    LIFTED = "lifted"
    """Organisers looked at what was found, and say that it is none."""


CROWD = 5
"""An organisation on the Hub that has people in more teams than that connects nobody with
anybody: a sprint's own, which all are asked to join, is one."""


@dataclass(frozen=True)
class Found:
    """Why somebody must not judge a demo, in a sentence that they may read."""

    kind: Kind
    reason: str


Pair = tuple[int, int]
"""A juror's account, and a submission."""


def find(session: Session, event: Event) -> dict[Pair, Found]:
    """Every conflict that the gallery can see between jurors and demos, whatever was declared."""
    panel = jurors(session, event)
    members = _members(session, event)
    authors = contributors.known(session)
    crowds = _crowds(members)
    found: dict[Pair, Found] = {}
    for submission in judgings.demos(session, event):
        team = members[submission.team_id]
        repos = contributors.repos_of(session, submission)
        for juror in panel:
            why = next(_why(juror, submission, team, repos, authors, crowds), None)
            if why is not None:
                found[juror.id, submission.id] = why
    return found


def look(gallery: Gallery, actor: Actor, event: Event) -> tuple[Conflict, ...]:
    """As `refresh`, with a transaction of its own only when there is something new.

    Once the result is published, nothing is looked for any more.
    """
    with gallery.database.read() as session:
        if judgings.is_published(session, event):
            return ()
        rows = session.execute(
            select(Conflict.account_id, Conflict.submission_id).where(Conflict.event == event.slug)
        )
        known = {(account_id, submission_id) for account_id, submission_id in rows}
        if set(find(session, event)) <= known:
            return ()
    with gallery.database.write() as session:
        if judgings.is_published(session, event):
            return ()  # by another process, a moment ago
        return refresh(Act(session, actor, gallery.clock(), event))


def refresh(act: Act) -> tuple[Conflict, ...]:
    """Keeps what is found, and lets it take effect; gives those that are new.

    Raises `Closed` once the result is published.
    """
    judgings.require_unpublished(act)
    known = {
        (one.account_id, one.submission_id)
        for one in act.session.scalars(select(Conflict).where(Conflict.event == act.event.slug))
    }
    fresh = [
        _conflict(act, pair, found)
        for pair, found in find(act.session, act.event).items()
        if pair not in known
    ]
    for one in fresh:
        _add(act, one)
    return tuple(fresh)


def declare(act: Act, *, submission_id: int, reason: str) -> None:
    """A juror says that they must not judge a demo. It needs no proof, and no leave.

    Raises `Closed` once the result is published.
    """
    account_id = require_juror(act)
    access.seen(act.session, act.actor, event=act.event, submission_id=submission_id)
    judgings.require_unpublished(act)
    said = texts.line(reason, field="reason", what="what connects you", least=3, most=500)
    there = act.session.get(Conflict, (account_id, submission_id))
    if there is not None and there.kind != Kind.LIFTED:
        return
    if there is not None:
        act.session.delete(there)
        act.session.flush()
    _add(act, _conflict(act, (account_id, submission_id), Found(Kind.DECLARED, said)))


def lift(act: Act, *, account_id: int, submission_id: int, reason: str) -> None:
    """Organisers say that it is none after all. What was set aside stays so: it is judged anew."""
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    said = texts.line(reason, field="reason", what="the reason", least=3, most=500)
    there = act.session.get(Conflict, (account_id, submission_id))
    if there is None or there.event != act.event.slug or there.kind == Kind.LIFTED:
        return
    there.kind, there.reason, there.at = Kind.LIFTED, said, act.now
    _record(act, there, "conflict.lifted")


def in_force(session: Session, event: Event) -> dict[Pair, Found]:
    """Those that keep somebody from judging something now."""
    rows = session.scalars(
        select(Conflict).where(Conflict.event == event.slug, Conflict.kind != Kind.LIFTED)
    )
    return {(one.account_id, one.submission_id): Found(Kind(one.kind), one.reason) for one in rows}


def between(session: Session, account_id: int, submission_id: int) -> Found | None:
    return in_the_way(session.get(Conflict, (account_id, submission_id)))


def in_the_way(there: Conflict | None) -> Found | None:
    """What a row keeps somebody from judging for; None for one that was lifted, and for none."""
    if there is None or there.kind == Kind.LIFTED:
        return None
    return Found(Kind(there.kind), there.reason)


def _members(session: Session, event: Event) -> dict[int, list[Account]]:
    """Of each team, now or earlier: who left it knows the demo as well."""
    members: dict[int, dict[int, Account]] = defaultdict(dict)
    rows = session.execute(
        select(Membership.team_id, Account)
        .join(Account, Account.id == Membership.account_id)
        .join(Team, Team.id == Membership.team_id)
        .where(Team.event == event.slug)
    )
    for team_id, account in rows:
        members[team_id][account.id] = account
    earlier = session.scalars(
        select(LogEntry).where(
            LogEntry.event == event.slug, LogEntry.action.in_(("team.joined", "team.left"))
        )
    )
    for entry in earlier.all():
        account = session.get(Account, entry.details.get("account", 0))
        if account is not None and entry.subject_id.isdecimal():
            members[int(entry.subject_id)][account.id] = account
    return defaultdict(list, {team: list(found.values()) for team, found in members.items()})


def _why(
    juror: Account,
    submission: Submission,
    team: list[Account],
    repos: Sequence[Repo],
    authors: Mapping[Repo, frozenset[str]],
    crowds: frozenset[str],
) -> Iterator[Found]:
    for member in team:
        if member.id == juror.id:
            yield Found(Kind.TEAM, "You are, or were, in the team of this demo.")
        if _is_same_person(juror, member):
            yield Found(Kind.SAME_PERSON, "Somebody of the team goes by your name or address.")
    if accounts.is_on_hub(juror, owner_of(submission.space_id)):
        owner = owner_of(submission.space_id)
        yield Found(
            Kind.OWNER, f"Its Space lies with {owner}, which is you or an organisation of yours."
        )
    for kind, name in repos:
        if kind != "space" and accounts.is_on_hub(juror, owner_of(name)):
            yield Found(
                Kind.REPOSITORY, f"It stands on {name}, which is yours or your organisation's."
            )
        if juror.hub_name and juror.hub_name.casefold() in authors.get(
            (kind, repo_key(name)), frozenset()
        ):
            yield Found(Kind.REPOSITORY, f"Your account on the Hub has commits in {name}.")
    own = {repo_key(each): each for each in juror.hub_organisations}
    for member in team if own else ():
        shared = (own.keys() & _organisations(member)) - crowds
        if shared:
            yield Found(
                Kind.ORGANISATION,
                f"You and somebody of the team are in {own[min(shared)]} on the Hub.",
            )


def _organisations(account: Account) -> set[str]:
    return {repo_key(each) for each in account.hub_organisations}


def _crowds(members: Mapping[int, list[Account]]) -> frozenset[str]:
    """Organisations with people in more than `CROWD` teams."""
    teams: Counter[str] = Counter()
    for team in members.values():
        teams.update(set[str]().union(*map(_organisations, team)))
    return frozenset(name for name, count in teams.items() if count > CROWD)


def _is_same_person(one: Account, other: Account) -> bool:
    """A second account, as far as names and addresses tell: plus signs and dots are ignored."""
    if _mailbox(one.email) is not None and _mailbox(one.email) == _mailbox(other.email):
        return True
    names = [fold(each.display_name) for each in (one, other)]
    return names[0] == names[1] and " " in names[0]


def _mailbox(email: str | None) -> tuple[str, str] | None:
    if not email:
        return None
    local, _, domain = email.casefold().rpartition("@")
    return local.partition("+")[0].replace(".", ""), domain


def _conflict(act: Act, pair: Pair, found: Found) -> Conflict:
    account_id, submission_id = pair
    return Conflict(
        account_id=account_id,
        submission_id=submission_id,
        event=act.event.slug,
        kind=found.kind.value,
        reason=found.reason,
        at=act.now,
    )


def _add(act: Act, conflict: Conflict) -> None:
    """Takes the demo away from the juror: nothing that they said of it counts any more."""
    act.session.add(conflict)
    pair = conflict.account_id, conflict.submission_id
    assignment = act.session.get(Assignment, pair)
    if assignment is not None and assignment.state != "dropped":
        assignment.state, assignment.changed_at = "dropped", act.now
        assignment.reason = conflict.reason
    ballot = act.session.get(Ballot, pair)
    if ballot is not None and ballot.set_aside_at is None:
        ballot.set_aside_at, ballot.set_aside_reason = act.now, conflict.reason
    compared = select(Comparison).where(
        Comparison.account_id == conflict.account_id,
        (Comparison.first_id == conflict.submission_id)
        | (Comparison.second_id == conflict.submission_id),
        Comparison.set_aside_at.is_(None),
    )
    for comparison in act.session.scalars(compared):
        comparison.set_aside_at = act.now
    _record(
        act, conflict, "conflict.found" if conflict.kind != Kind.DECLARED else "conflict.declared"
    )


def _record(act: Act, conflict: Conflict, action: str) -> None:
    act.record(
        action,
        subject=("submission", conflict.submission_id),
        details={
            "juror": conflict.account_id,
            "kind": str(conflict.kind),
            "reason": conflict.reason,
        },
    )
