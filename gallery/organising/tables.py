"""The tables behind the organisers' board, on the page and as CSV: no secret, no address.

E-mail addresses are on the page of sign-ups alone, for whoever organises this event.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gallery.actor import Actor
from gallery.database.tables import (
    Account,
    Idea,
    Membership,
    Pin,
    Revision,
    SignUp,
    Submission,
    Team,
)
from gallery.errors import NotFound
from gallery.event.event import Event
from gallery.spreadsheets import harmless, written
from gallery.submissions.outcomes import check_outcomes

Value = str | int | datetime | None


@dataclass(frozen=True)
class Row:
    """`id` is what buttons act on, `path` where the row leads (under the event's)."""

    id: int
    state: str
    cells: tuple[Value, ...]
    path: str | None = None
    more: tuple[Value, ...] = ()
    """For spreadsheets, which have room."""


@dataclass(frozen=True)
class Table:
    """As many columns as each row has cells."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: tuple[str, ...] = ()
    """Of what rows have for spreadsheets."""

    def without(self, column: str) -> "Table":
        """For who is not to know it."""
        at = self.columns.index(column)
        rows = (replace(row, cells=(*row.cells[:at], *row.cells[at + 1 :])) for row in self.rows)
        columns = (*self.columns[:at], *self.columns[at + 1 :])
        return replace(self, columns=columns, rows=tuple(rows))

    def csv(self, home: str, zone: ZoneInfo) -> str:
        """With a header and numbers and addresses in front, times to the second in the zone.

        `home` is the event's address.
        """
        rows: list[tuple[str, ...]] = [("Number", "Address", *self.columns, *self.more)]
        for row in self.rows:
            address = f"{home}{row.path}" if row.path else ""
            cells = (row.id, address, *row.cells, *row.more)
            rows.append(tuple(_plain(cell, zone) for cell in cells))
        return written(rows)


def sign_ups(session: Session, actor: Actor, *, event: Event) -> Table:
    """Those that wait first, then the newest."""
    actor.require_organiser(event.slug)
    rows = session.execute(
        select(SignUp, Account, Team.name)
        .join(Account, Account.id == SignUp.account_id)
        .outerjoin(
            Membership,
            (Membership.account_id == SignUp.account_id) & (Membership.event == event.slug),
        )
        .outerjoin(Team, Team.id == Membership.team_id)
        .where(SignUp.event == event.slug)
        .order_by(SignUp.state != "waiting", SignUp.id.desc())
    )
    return Table(
        ("Name", "Handle", "On the Hub", "State", "Signed up", "Team", "About"),
        tuple(
            Row(
                sign_up.id,
                sign_up.state,
                (
                    account.display_name,
                    account.name,
                    account.hub_name,
                    sign_up.state,
                    sign_up.created_at,
                    team,
                    sign_up.about,
                ),
            )
            for sign_up, account, team in rows
        ),
    )


def addresses(session: Session, actor: Actor, *, event: Event) -> dict[int, str]:
    """E-mail addresses by the sign-up's id, for the page alone."""
    actor.require_organiser(event.slug)
    rows = session.execute(
        select(SignUp.id, Account.email)
        .join(Account, Account.id == SignUp.account_id)
        .where(SignUp.event == event.slug, Account.email.is_not(None))
    )
    return {sign_up_id: email for sign_up_id, email in rows if email}


def teams(session: Session, actor: Actor, *, event: Event) -> Table:
    """With their members; small ones first, since those need help."""
    actor.require_organiser(event.slug)
    names = _members(session, event, Account.name)
    demos = dict(
        session.execute(
            select(Submission.team_id, func.count())
            .where(Submission.event == event.slug, Submission.state == "submitted")
            .group_by(Submission.team_id)
        ).all()
    )
    rows = session.execute(
        select(Team, Account.name, Idea.title)
        .outerjoin(Account, Account.id == Team.lead_id)
        .outerjoin(Idea, Idea.id == Team.idea_id)
        .where(Team.event == event.slug, Team.dissolved_at.is_(None))
        .order_by(Team.id)
    ).all()
    made = [
        Row(
            team.id,
            "collected" if lead is None else "",
            (
                team.name,
                len(names.get(team.id, ())),
                lead,
                ", ".join(names.get(team.id, ())),
                idea,
                demos.get(team.id, 0),
                team.created_at,
            ),
            f"/teams/{team.id}",
        )
        for team, lead, idea in rows
    ]
    columns = ("Team", "People", "Lead", "Members", "Idea", "Demos", "Formed")
    return Table(columns, tuple(sorted(made, key=lambda row: (row.state, row.cells[1]))))


def people_without_team(session: Session, actor: Actor, *, event: Event) -> tuple[Account, ...]:
    """Who was accepted and is in no team."""
    actor.require_organiser(event.slug)
    in_team = select(Membership.account_id).where(Membership.event == event.slug)
    return tuple(
        session.scalars(
            select(Account)
            .join(SignUp, SignUp.account_id == Account.id)
            .where(
                SignUp.event == event.slug,
                SignUp.state == "accepted",
                Account.id.not_in(in_team),
            )
            .order_by(func.lower(Account.name))
        )
    )


def ideas(session: Session, actor: Actor, *, event: Event) -> Table:
    """The newest first, hidden ones too."""
    actor.require_organiser(event.slug)
    rows = session.execute(
        select(Idea, Account.name, Team.name)
        .join(Account, Account.id == Idea.author_id)
        .outerjoin(Team, (Team.idea_id == Idea.id) & Team.dissolved_at.is_(None))
        .where(Idea.event == event.slug)
        .order_by(Idea.id.desc())
    )
    return Table(
        ("Idea", "By", "Team", "State", "Proposed"),
        tuple(
            Row(
                idea.id,
                "hidden" if idea.hidden_at else "",
                (
                    idea.title,
                    author,
                    team,
                    f"hidden: {idea.hidden_reason}" if idea.hidden_at else "shown",
                    idea.created_at,
                ),
                None if idea.hidden_at else f"/ideas/{idea.id}",
            )
            for idea, author, team in rows
        ),
    )


def submissions(session: Session, actor: Actor, *, event: Event) -> Table:
    """The newest first, drafts and hidden ones too, with what the newest checks said."""
    actor.require_organiser(event.slug)
    outcomes = check_outcomes(session, event)
    names = _members(session, event, Account.display_name)
    pinned = _at_deadline(session, event)
    rows = session.execute(
        select(Submission, Team.name, Revision.content)
        .join(Team, Team.id == Submission.team_id)
        .join(
            Revision,
            (Revision.submission_id == Submission.id) & (Revision.number == Submission.number),
        )
        .where(Submission.event == event.slug)
        .order_by(Submission.id.desc())
    )
    return Table(
        ("Demo", "Team", "Space", "State", "Checks", "Demo is", "Likes", "Submitted"),
        tuple(
            Row(
                submission.id,
                "hidden" if submission.hidden_at else submission.state,
                (
                    submission.title,
                    team,
                    submission.space_id,
                    f"hidden: {submission.hidden_reason}"
                    if submission.hidden_at
                    else submission.state,
                    _words(outcomes.get(submission.id)),
                    submission.health,
                    submission.likes,
                    submission.submitted_at,
                ),
                f"/submissions/{submission.id}",
                (
                    ", ".join(names.get(submission.team_id, ())),
                    str(content.get("license", "")),
                    ", ".join(content.get("models", ())),
                    ", ".join(content.get("datasets", ())),
                    *pinned.get(submission.id, ("", None)),
                ),
            )
            for submission, team, content in rows
        ),
        ("Members", "Licence", "Models", "Datasets", "Commit at the deadline", "Revision then"),
    )


def _at_deadline(session: Session, event: Event) -> dict[int, tuple[str, int]]:
    """The Space's commit and the submission's revision, by its id; of the deadline in force."""
    rows = session.execute(
        select(Pin.submission_id, Pin.commit, Pin.revision_number)
        .join(Submission, Submission.id == Pin.submission_id)
        .where(
            Submission.event == event.slug,
            Pin.deadline == event.deadline,
            Pin.repo_type == "space",
        )
    )
    return {row.submission_id: (row.commit or "not there", row.revision_number) for row in rows}


def _members(
    session: Session, event: Event, column: InstrumentedAttribute[str]
) -> dict[int, list[str]]:
    """By the team's id, who is in it longest first."""
    names: dict[int, list[str]] = {}
    for team_id, name in session.execute(
        select(Membership.team_id, column)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.event == event.slug)
        .order_by(Membership.joined_at, Membership.account_id)
    ):
        names.setdefault(team_id, []).append(name)
    return names


TABLES = {"people": sign_ups, "teams": teams, "ideas": ideas, "submissions": submissions}


def named(session: Session, actor: Actor, *, event: Event, name: str) -> Table:
    """`people`, `teams`, `ideas` or `submissions`. Raises `NotFound` for anything else."""
    actor.require_organiser(event.slug)
    if name not in TABLES:
        raise NotFound(f"there is no table {name!r}; there is {', '.join(TABLES)}")
    return TABLES[name](session, actor, event=event)


def _words(outcomes: Counter[str] | None) -> str:
    if outcomes is None:
        return "not checked"
    said = {"failure": "failing", "warning": "warning", "unknown": "unknown", "pass": "passing"}
    return ", ".join(f"{outcomes[key]} {word}" for key, word in said.items() if outcomes[key])


def _plain(cell: Value, zone: ZoneInfo) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return "" if cell is None else harmless(str(cell))
