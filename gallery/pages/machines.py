"""For programs that come by: search engines' maps and rules, and a monitor's question."""

from fastapi import APIRouter, Response
from sqlalchemy import select
from starlette.responses import PlainTextResponse

from gallery.database.tables import Submission
from gallery.pages.dependencies import GalleryDep
from gallery.pages.render import fragment
from gallery.submissions.listing import is_public

MOST = 49_000
"""Addresses in a site map; the protocol allows 50,000."""
DAILY = {"Cache-Control": "public, max-age=3600"}

router = APIRouter(include_in_schema=False)


@router.get("/sitemap.xml")
def sitemap(gallery: GalleryDep) -> Response:
    """Every page that is for everybody, the newest demos first."""
    demos = []
    with gallery.database.read() as session:
        for slug in gallery.events:
            rows = select(Submission.event, Submission.id, Submission.submitted_at)
            newest = rows.where(is_public(slug)).order_by(Submission.submitted_at.desc())
            demos += session.execute(newest.limit(MOST - len(demos))).all()
    body = fragment("sitemap.xml", gallery=gallery, demos=demos)
    return Response(body, media_type="application/xml", headers=DAILY)


@router.get("/robots.txt")
def robots(gallery: GalleryDep) -> Response:
    """Search results and forms are no pages to be found."""
    closed = ("/api/", "/submit", "/account", "/sign-in", "/*/found", "/*/organise")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    lines.append(f"Sitemap: {gallery.settings.base_url}/sitemap.xml")
    return PlainTextResponse("\n".join(lines) + "\n", headers=DAILY)


@router.get("/healthz")
def healthz(gallery: GalleryDep) -> dict[str, str | None]:
    """Raises `Unavailable` (503) when the database does not answer.

    `backup` is `none`, `ok` or `failing`, which is told and is no reason to restart: the gallery
    works. The organisers' board says why.
    """
    with gallery.database.read() as session:
        session.execute(select(1))
    backup = gallery.backups.state
    kept_at = backup.kept_at.isoformat() if backup.kept_at else None
    return {"status": "ok", "backup": backup.word, "backup_kept_at": kept_at}
