"""For programs that come by: search engines' maps and rules, and a monitor's question."""

from xml.sax.saxutils import escape

from fastapi import APIRouter, Response
from sqlalchemy import Select, func, select
from starlette.responses import PlainTextResponse

from gallery.browsing.listing import is_public
from gallery.database.tables import Idea, Submission, Team
from gallery.services import ServicesDep
from gallery.web.dependencies import GalleryDep

MOST = 49_000
"""Addresses in a site map; the protocol allows 50,000."""
OPENING = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">"""
PAGES = ("", "/event", "/ideas", "/teams")
"""Of every event."""
DAILY = {"Cache-Control": "public, max-age=3600"}

router = APIRouter(include_in_schema=False)


@router.get("/sitemap.xml")
def sitemap(gallery: GalleryDep) -> Response:
    """Every page that is for everybody, the newest demos first."""
    base, lines = escape(gallery.settings.base_url), list[str]()
    for slug in gallery.events:
        lines += [f"<url><loc>{base}/{slug}{part}</loc></url>" for part in PAGES]
    with gallery.database.read() as session:
        for slug in gallery.events:
            rows = select(Submission.id, func.date(Submission.submitted_at)).where(is_public(slug))
            newest = rows.order_by(Submission.submitted_at.desc()).limit(MOST - len(lines))
            lines += [
                f"<url><loc>{base}/{slug}/submissions/{number}</loc><lastmod>{day}</lastmod></url>"
                for number, day in session.execute(newest)
            ]
            lines += [
                f"<url><loc>{base}/{slug}/{part}/{number}</loc></url>"
                for part, ids in (("teams", _teams(slug)), ("ideas", _ideas(slug)))
                for number in session.scalars(ids.limit(MOST))
            ][: MOST - len(lines)]
    # Without a template: it would take ten times as long for ten thousand demos.
    return Response(
        "\n".join((OPENING, *lines, "</urlset>")), media_type="application/xml", headers=DAILY
    )


def _teams(slug: str) -> Select[int]:
    """Those that the list of teams shows, the newest first."""
    standing = Team.dissolved_at.is_(None) & Team.lead_id.is_not(None)
    return select(Team.id).where(Team.event == slug, standing).order_by(Team.id.desc())


def _ideas(slug: str) -> Select[int]:
    shown = (Idea.event == slug) & Idea.hidden_at.is_(None)
    return select(Idea.id).where(shown).order_by(Idea.id.desc())


@router.get("/robots.txt")
def robots(gallery: GalleryDep) -> Response:
    """Search results and forms are no pages to be found."""
    closed = ("/api/", "/submit", "/account", "/sign-in", "/*/found", "/*/organise")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append(f"Sitemap: {gallery.settings.base_url}/sitemap.xml")
    return PlainTextResponse("\n".join(lines) + "\n", headers=DAILY)


@router.get("/healthz")
def healthz(gallery: GalleryDep, services: ServicesDep) -> dict[str, str | None]:
    """Raises `Unavailable` (503) when the database does not answer.

    `backup` is `none`, `ok` or `failing`, which is told and is no reason to restart: the gallery
    works. The organisers' board says why.
    """
    with gallery.database.read() as session:
        session.execute(select(1))
    backup = services.backups.state
    kept_at = backup.kept_at.isoformat() if backup.kept_at else None
    return {"status": "ok", "backup": backup.word, "backup_kept_at": kept_at}
