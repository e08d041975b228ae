"""The organisers' overview of an event: what waits for them, and how it grows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import (
    Idea,
    Membership,
    Report,
    SignUp,
    Submission,
    Team,
)
from gallery.event.event import Event
from gallery.people.texts import count_of
from gallery.submissions.outcomes import check_outcomes

DAYS = 28


@dataclass(frozen=True)
class Bar:
    """One value of a small chart."""

    label: str
    value: int


@dataclass(frozen=True)
class Task:
    """Something that waits; the most urgent one is first, and the only red one."""

    sentence: str
    path: str
    verb: str


@dataclass(frozen=True)
class Panel:
    """One small multiple: a number, its meaning, a row of bars, a table behind it."""

    title: str
    number: int
    note: str
    bars: tuple[Bar, ...]
    path: str


@dataclass(frozen=True)
class Board:
    """`tasks` in the order in which to do them; paths are under the board's."""

    tasks: tuple[Task, ...]
    panels: tuple[Panel, ...]


def board(act: Act) -> Board:
    """For organisers. Raises `NotAllowed` or `NotSignedIn`."""
    act.actor.require_organiser(act.event.slug)
    sign_ups = _by_state(act.session, SignUp, act.event)
    submissions = _by_state(act.session, Submission, act.event)
    reports = act.session.scalar(
        select(func.count()).where(Report.event == act.event.slug, Report.state == "open")
    )
    sizes = _team_sizes(act.session, act.event)
    small = sum(count for size, count in sizes.items() if 0 < size < act.event.team_min)
    teams = sum(count for size, count in sizes.items() if size)
    ideas = act.session.scalar(
        select(func.count()).where(Idea.event == act.event.slug, Idea.hidden_at.is_(None))
    )
    with_team = act.session.scalar(
        select(func.count(func.distinct(Team.idea_id))).where(
            Team.event == act.event.slug, Team.dissolved_at.is_(None)
        )
    )
    alone = without_team(act.session, act.event)
    outcomes = check_outcomes(act.session, act.event)
    failing = sum(1 for one in outcomes.values() if one.get("failure"))
    health = Counter(
        act.session.scalars(
            select(Submission.health).where(
                Submission.event == act.event.slug, Submission.state == "submitted"
            )
        )
    )
    panels = (
        Panel(
            "Sign-ups",
            sum(sign_ups.values()) - sign_ups["withdrawn"],
            f"{sign_ups['accepted']} accepted, {sign_ups['waiting']} waiting",
            _by_day(
                act.now, _times(act.session, SignUp.created_at, SignUp.event == act.event.slug)
            ),
            "/people",
        ),
        Panel(
            "Ideas",
            ideas or 0,
            f"{(ideas or 0) - (with_team or 0)} without a team",
            _by_day(act.now, _times(act.session, Idea.created_at, Idea.event == act.event.slug)),
            "/ideas",
        ),
        Panel(
            "Teams",
            teams,
            f"{small} of fewer than {act.event.team_min}, "
            f"{count_of(alone, 'person', 'people')} without one",
            tuple(
                Bar(f"teams of {size}", sizes[size]) for size in range(1, act.event.team_max + 1)
            ),
            "/teams",
        ),
        Panel(
            "Submissions",
            submissions["submitted"],
            f"{count_of(submissions['draft'], 'draft', 'drafts')}, "
            f"{submissions['withdrawn']} withdrawn",
            _by_day(
                act.now,
                _times(act.session, Submission.submitted_at, Submission.event == act.event.slug),
            ),
            "/submissions",
        ),
        Panel(
            "Checks",
            failing,
            f"failing, of {len(outcomes)} checked; {_broken(health)}",
            tuple(
                Bar(word, sum(1 for one in outcomes.values() if _worst(one) == word))
                for word in ("failure", "warning", "unknown", "pass")
            ),
            "/submissions",
        ),
        Panel(
            "Reports",
            reports or 0,
            "waits for a decision" if reports == 1 else "wait for a decision",
            (),
            "/reports",
        ),
    )
    tasks = _tasks(sign_ups["waiting"], reports or 0, submissions["waiting"], failing, small)
    return Board(tuple(tasks), panels)


def without_team(session: Session, event: Event) -> int:
    """How many take part and are in no team."""
    in_team = select(Membership.account_id).where(Membership.event == event.slug)
    return (
        session.scalar(
            select(func.count()).where(
                SignUp.event == event.slug,
                SignUp.state == "accepted",
                SignUp.account_id.not_in(in_team),
            )
        )
        or 0
    )


def _tasks(waiting: int, reports: int, claims: int, failing: int, small: int) -> Iterable[Task]:
    if reports:
        yield Task(count_of(reports, "report waits", "reports wait"), "/reports", "Decide")
    if claims:
        said = count_of(claims, "demo waits", "demos wait")
        yield Task(f"{said} to be shown to be its team's own", "/submissions", "Look")
    if waiting:
        yield Task(count_of(waiting, "sign-up waits", "sign-ups wait"), "/people", "Decide")
    if small:
        yield Task(count_of(small, "team needs people", "teams need people"), "/teams", "Look")
    if failing:
        yield Task(
            count_of(failing, "demo fails a check", "demos fail a check"), "/submissions", "Look"
        )


def _broken(health: Counter[str]) -> str:
    """`1 demo is down, 2 are gone`."""
    down = count_of(health["down"], "demo is", "demos are")
    gone = f", {health['gone']} {'is' if health['gone'] == 1 else 'are'} gone"
    return f"{down} down{gone if health['gone'] else ''}"


def _worst(outcomes: Counter[str]) -> str:
    return next((word for word in ("failure", "warning", "unknown") if outcomes[word]), "pass")


def _by_state(
    session: Session, table: type[SignUp] | type[Submission], event: Event
) -> Counter[str]:
    rows = session.execute(
        select(table.state, func.count()).where(table.event == event.slug).group_by(table.state)
    )
    return Counter(dict(rows.all()))


def _team_sizes(session: Session, event: Event) -> Counter[int]:
    sizes = (
        select(func.count().label("size"))
        .where(Membership.event == event.slug)
        .group_by(Membership.team_id)
        .subquery()
    )
    rows = session.execute(select(sizes.c.size, func.count()).group_by(sizes.c.size))
    return Counter(dict(rows.all()))


def _times(session: Session, column, *where) -> Iterable[datetime]:
    return session.scalars(select(column).where(column.is_not(None), *where))


def _by_day(now: datetime, times: Iterable[datetime]) -> tuple[Bar, ...]:
    """The last four weeks, today last."""
    counted: Counter[date] = Counter(when.date() for when in times)
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return tuple(Bar(day.strftime("%-d %B"), counted[day]) for day in days)
