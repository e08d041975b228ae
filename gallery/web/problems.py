"""Error responses: one sentence on a page, or one JSON shape for programs; never a traceback."""

import logging
import re
from collections.abc import Container
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from gallery.errors import GalleryError, Invalid, NotFound, NotSignedIn
from gallery.gallery import Gallery
from gallery.web.guard import headers_at
from gallery.web.misfits import misfit
from gallery.web.render import page

SECRET = re.compile(r"[^/]{24,}")
"""A part of a path that is so long may be the secret of a one-time link."""
log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Every error of every route passes here."""

    @app.exception_handler(GalleryError)
    def of_ours(request: Request, error: GalleryError) -> Response:
        if isinstance(error, NotSignedIn) and _wants_page(request) and request.method == "GET":
            back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?{_query(back)}", 303)
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def of_fields(request: Request, error: RequestValidationError) -> Response:
        if request.url.path.startswith("/api/"):
            return answer(request, misfit(error.errors()[0], for_program=True))
        found = [one for one in error.errors() if one["type"] != "missing"]
        wrong = {str(one["loc"][1]) for one in found if one["loc"][0] == "query"}
        if request.method == "GET" and wrong:
            return RedirectResponse(_without(request, wrong), 303)
        if any(one["loc"][0] == "path" for one in error.errors()):
            return answer(request, nowhere())
        return answer(request, misfit(error.errors()[0], for_program=False))

    @app.exception_handler(HTTPException)
    def of_routing(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return answer(request, nowhere())
        sentence = f"this address does not take that ({error.detail}); go back to the start"
        return answer(request, GalleryError(sentence), error.status_code)

    @app.exception_handler(Exception)
    def of_nobody(request: Request, error: Exception) -> Response:
        path = SECRET.sub("…", request.url.path)
        log.error("%s %s failed", request.method, path, exc_info=error)
        told = GalleryError("something here broke, and it was written down; try again in a minute")
        try:
            answered = answer(request, told, 500)
        except Exception:  # what broke is in every page, or in this one
            log.exception("the page that says so failed, too")
            answered = _for_program(told, 500)
        gallery: Gallery = request.app.state.gallery
        answered.headers.update(headers_at(gallery.settings.base_url))  # the guard stands within
        answered.headers.setdefault("Cache-Control", "no-store")
        return answered


def answer(request: Request, error: GalleryError, status: int | None = None) -> Response:
    """One error in the form that this request can use."""
    status = status or error.status
    if _wants_page(request):
        return page(
            request, "problem.html", status=status, headers=error.headers, problem=str(error)
        )
    return _for_program(error, status)


def _for_program(error: GalleryError, status: int) -> JSONResponse:
    field = error.field if isinstance(error, Invalid) else None
    body = {"error": {"code": error.code, "message": str(error), "field": field}}
    return JSONResponse(body, status, error.headers)


def nowhere() -> NotFound:
    """As for an address that does not exist: for what nobody may know of yet, too."""
    return NotFound("there is no page at this address; go back to the start")


def _without(request: Request, wrong: Container[str]) -> str:
    """The same page, as it is without what does not fit in its address."""
    params = request.query_params.multi_items()
    query = urlencode([(name, value) for name, value in params if name not in wrong])
    return request.url.path + (f"?{query}" if query else "")


def _wants_page(request: Request) -> bool:
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def _query(back: str) -> str:
    return urlencode({"next": back})
