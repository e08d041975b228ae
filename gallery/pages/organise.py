"""The organisers' board: what waits, how it grows, and the tables behind it."""

from collections import Counter

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from gallery.errors import GalleryError
from gallery.judging import blind
from gallery.organising import board, decisions, log_lines, moderation
from gallery.organising import tables as board_tables
from gallery.pages.sign_in import PRIVATE
from gallery.people import role_list
from gallery.services import ServicesDep
from gallery.submissions import claims, withholding
from gallery.web.paging import paged
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

SECTIONS = {
    "": "Overview",
    "people": "Sign-ups",
    "teams": "Teams",
    "ideas": "Ideas",
    "submissions": "Submissions",
    "jury": "Jury",
    "deliberation": "Deliberation",
    "result": "Result",
    "feedback": "Feedback",
    "reports": "Reports",
    "deadline": "Deadline",
    "roles": "Roles",
    "log": "Log",
}


@router.get("/{event_slug}/organise")
def overview(visit: VisitDep, services: ServicesDep) -> Response:
    """Small multiples, and above them what to do next."""
    with visit.gallery.database.read() as session:
        found = board.board(visit.act(session))
    return section(visit, "", board=found, backup=services.backups.state)


@router.get("/{event_slug}/organise/people")
def people(visit: VisitDep) -> Response:
    """Sign-ups to decide, several at once."""
    return show_people(visit)


@router.get("/{event_slug}/organise/teams")
def teams(visit: VisitDep) -> Response:
    """Every team with its size, and who has none."""
    return show_teams(visit)


@router.get("/{event_slug}/organise/ideas")
def ideas(visit: VisitDep) -> Response:
    """Every idea, hidden ones too."""
    return show_table(visit, "ideas")


@router.get("/{event_slug}/organise/submissions")
def submissions(visit: VisitDep) -> Response:
    """Every submission, with what the checks said."""
    return show_table(visit, "submissions")


@router.get("/{event_slug}/organise/reports")
def reports(visit: VisitDep) -> Response:
    """What people have reported, the oldest first."""
    return show_reports(visit)


@router.get("/{event_slug}/organise/roles")
def roles(visit: VisitDep) -> Response:
    """Organisers and jurors, and the links that make some."""
    return show_roles(visit)


@router.get("/{event_slug}/organise/log")
def log(visit: VisitDep, who: str = "", what: str = "", before: int | None = None) -> Response:
    """Who did what, the newest first."""
    with visit.gallery.database.read() as session:
        lines = log_lines.log(
            session,
            visit.viewer,
            event=visit.event,
            who=who,
            what=what,
            before=before,
            without=blind.LOGGED if blind.is_blind(visit.act(session)) else (),
        )
    more = lines[-1].id if len(lines) == log_lines.LOG_PAGE else None
    return section(visit, "log", lines=lines, who=who, what=what, before=before, more=more)


@router.get("/{event_slug}/organise/{table}.csv")
def download(visit: VisitDep, table: str) -> Response:
    """For spreadsheets: no addresses, no secrets."""
    with visit.gallery.database.read() as session:
        found = _table(visit, session, table)
    text = found.csv(f"{visit.gallery.settings.base_url}{visit.root}", visit.event.zone)
    name = f"{visit.event.slug}-{table}.csv"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def section(
    visit: Visit,
    current: str,
    *,
    template: str = "",
    problem: GalleryError | None = None,
    **values: object,
) -> Response:
    """One section of the board, with the way to the others; some have several pages."""
    return visit.page(
        template or f"organise-{current or 'overview'}.html",
        problem=problem,
        sections=SECTIONS,
        current=current,
        **values,
    )


def show_people(
    visit: Visit,
    *,
    chosen: frozenset[int] = frozenset(),
    message: str = "",
    name: str = "",
    problem: GalleryError | None = None,
) -> Response:
    """With the choice and the message that were refused, if any were."""
    with visit.gallery.database.read() as session:
        table = board_tables.sign_ups(session, visit.viewer, event=visit.event)
        emails = board_tables.addresses(session, visit.viewer, event=visit.event)
    return section(
        visit,
        "people",
        problem=problem,
        table=table,
        paged=paged(table.rows, visit.request),
        totals=Counter(row.state for row in table.rows),
        emails=emails,
        chosen=chosen,
        message=message,
        name=name,
    )


def show_declining(visit: Visit, chosen: frozenset[int], *, seen: str, message: str) -> Response:
    """What the chosen ones have handed in and what becomes of it, to be confirmed."""
    with visit.gallery.database.read() as session:
        table = board_tables.sign_ups(session, visit.viewer, event=visit.event)
        fates = decisions.fates(session, visit.viewer, event=visit.event, sign_up_ids=chosen)
    return visit.page(
        "organise-decline.html",
        sections=SECTIONS,
        current="people",
        rows=[row for row in table.rows if row.id in chosen],
        fates=fates,
        confirmed=withholding.digest(fates),
        seen=seen,
        message=message,
    )


def show_teams(
    visit: Visit, *, name: str = "", moved: str = "", problem: GalleryError | None = None
) -> Response:
    """With the name that was refused, if one was, or what it came to that somebody `moved`."""
    with visit.gallery.database.read() as session:
        table = board_tables.teams(session, visit.viewer, event=visit.event)
        alone = board_tables.people_without_team(session, visit.viewer, event=visit.event)
    return section(
        visit,
        "teams",
        problem=problem,
        table=table,
        paged=paged(table.rows, visit.request),
        alone=alone,
        name=name,
        moved=moved,
    )


def show_table(
    visit: Visit, name: str, *, reason: str = "", problem: GalleryError | None = None
) -> Response:
    """Ideas or submissions, which can be hidden and restored."""
    with visit.gallery.database.read() as session:
        table = _table(visit, session, name)
        waiting = claims.waiting(session, visit.viewer, event=visit.event)
    return section(
        visit,
        name,
        problem=problem,
        table=table,
        paged=paged(table.rows, visit.request),
        reason=reason,
        claims=waiting if name == "submissions" else (),
        hub=visit.gallery.settings.hf_endpoint,
    )


def _table(visit: Visit, session: Session, name: str) -> board_tables.Table:
    found = board_tables.named(session, visit.viewer, event=visit.event, name=name)
    is_telling = name == "submissions" and blind.is_blind(visit.act(session))
    return found.without("Likes") if is_telling else found


def show_reports(
    visit: Visit, *, reason: str = "", problem: GalleryError | None = None
) -> Response:
    """With the reason that was refused, if one was."""
    with visit.gallery.database.read() as session:
        found = moderation.reports(session, visit.viewer, event=visit.event)
    return section(visit, "reports", problem=problem, reports=found, reason=reason)


def show_roles(
    visit: Visit,
    *,
    name: str = "",
    note: str = "",
    link: str | None = None,
    problem: GalleryError | None = None,
) -> Response:
    """`link` is a new invitation's, shown this once."""
    with visit.gallery.database.read() as session:
        rows = role_list.role_rows(session, visit.viewer, event=visit.event)
        invitations = role_list.open_role_invitations(visit.act(session))
    return section(
        visit,
        "roles",
        problem=problem,
        rows=rows,
        invitations=invitations,
        name=name,
        note=note,
        link=link,
    )
