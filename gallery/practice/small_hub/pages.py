"""The few pages of the small Hub: a home, one for each repository and account, and signing in."""

import html
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from gallery.errors import NotFound
from gallery.practice.small_hub.access import AccountDep, HubDep, Kind, RepoDep
from gallery.practice.small_hub.errors import (
    EntryNotFound,
    HubProblem,
    Renamed,
    RepoNotFound,
    as_json,
)
from gallery.practice.small_hub.repository import FRONT_MATTER, Repository
from gallery.web import assets
from gallery.web.render import markdown

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self' {targets}"
)
"""No scripts at all. A form's answer leads back to the application that asked, so it is named."""

router = APIRouter()


def page(
    request: Request, template: str, *, status: int = 200, form_targets: str = "", **values: object
) -> HTMLResponse:
    """A whole page; `form_targets` are origins that its form may be led on to."""
    text = _environment().get_template(template).render(hub=request.app.state.hub, **values)
    policy = POLICY.format(targets=form_targets).strip()
    return HTMLResponse(text, status, {"Content-Security-Policy": policy})


def answer(request: Request, error: Exception) -> Response:
    """The exception handler: a page for browsers, what the real client reads for all others."""
    if isinstance(error, NotFound):  # a style sheet or font that is not among the gallery's
        error = EntryNotFound(str(error))
    assert isinstance(error, HubProblem)
    if isinstance(error, Renamed):
        path = request.url.path.replace(f"/{error.former}", f"/{error.repo_id}", 1)
        if path != request.url.path:
            return RedirectResponse(request.url.replace(path=path), error.status)
        error = RepoNotFound("Repository not found")  # it was named in a body
    for_people = "text/html" in request.headers.get("accept", "")
    if request.url.path.startswith("/api/") or not for_people:
        return as_json(error)
    return page(request, "problem.html", status=error.status, problem=str(error), code=error.status)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = assets.address
    environment.filters["markdown"] = markdown
    return environment


@router.get("/")
def home(request: Request, hub: HubDep, account: AccountDep) -> Response:
    def seen(kind: Kind) -> list[Repository]:
        found = [one for one in hub.shelf.all(kind.repo_type) if not one.private]
        return sorted(found, key=lambda one: (-one.likes, one.repo_id))

    shelves = [(kind.value, seen(kind)) for kind in (Kind.SPACES, Kind.MODELS, Kind.DATASETS)]
    return page(request, "home.html", shelves=shelves)


@router.get("/pages.css")
def style() -> Response:
    return FileResponse(HERE / "pages.css", media_type="text/css")


@router.get("/avatars/{name}.svg")
def avatar(name: str) -> Response:
    """A letter on paper: nobody's face."""
    letter = html.escape(name[:1].upper())
    hue = sum(name.encode()) * 47 % 360
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" fill="hsl({hue} 45% 42%)"/><text x="32" y="43" '
        'font-family="sans-serif" font-size="32" text-anchor="middle" fill="#fff">'
        f"{letter}</text></svg>"
    )
    return Response(text, media_type="image/svg+xml")


@router.get("/{owner}/{name}")
@router.get("/{kind}/{owner}/{name}")
def repository(request: Request, repository: RepoDep, hub: HubDep) -> Response:
    readme = hub.shelf.readme(repository) or ""
    return page(
        request,
        "repository.html",
        repository=repository,
        card=FRONT_MATTER.sub("", readme, count=1),
        commits=repository.history(repository.head)[:10],
    )


@router.get("/{owner}")
def account(request: Request, owner: str, hub: HubDep) -> Response:
    person = hub.accounts.named(owner)
    theirs = [
        one
        for kind in Kind
        for one in hub.shelf.all(kind.repo_type)
        if one.owner.casefold() == owner.casefold() and not one.private
    ]
    if person is None and not theirs:
        raise EntryNotFound(f"there is nobody called {owner!r} here")
    return page(request, "account.html", name=person.shown if person else owner, theirs=theirs)
