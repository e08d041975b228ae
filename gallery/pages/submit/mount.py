"""The page in the application: only for who is signed in, in the gallery's look."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from anyio import Lock
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from gallery.gallery import Gallery
from gallery.pages.submit.doors import Doors
from gallery.submissions.checking import Checker
from gallery.web import assets
from gallery.web.dependencies import GalleryDep, ViewerDep

PATH = "/submit"

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def arrive(request: Request, gallery: GalleryDep, viewer: ViewerDep, event: str = "") -> Response:
    """Sends on to the page; who is not signed in signs in first and comes back."""
    gallery.event(event or gallery.current.slug)
    viewer.require_account("hand in a demo")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{PATH}/{query}", 303)


@router.get("/favicon.ico")
def icon() -> Response:
    """Browsers ask for it by this name before Gradio's page names ours."""
    return RedirectResponse(assets.address("icon.svg"), 301)


def mount(app: FastAPI, gallery: Gallery) -> None:
    """Adds the page to the application, which ends it and its checks when it ends itself."""
    app.state.checker = checker = Checker(gallery)
    page = _LatePage(gallery, checker)
    app.mount(PATH, page)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[Any]:
        async with inner(application) as state:
            try:
                yield state
            finally:
                await page.close()
                await run_in_threadpool(checker.close)

    app.router.lifespan_context = lifespan


class _LatePage:
    """Made when somebody first comes: it takes most of a second, and most visitors only look."""

    def __init__(self, gallery: Gallery, checker: Checker) -> None:
        self._gallery = gallery
        self._checker = checker
        self._made: ASGIApp | None = None
        self._making = Lock()
        self._running = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = self._made or await self._make()
        await made(scope, receive, send)

    async def _make(self) -> ASGIApp:
        async with self._making:
            if self._made is not None:
                return self._made
            host = await run_in_threadpool(_hosted, self._gallery, self._checker)
            await self._running.enter_async_context(host.router.lifespan_context(host))
            mounted = host.routes[-1]
            assert isinstance(mounted, Mount), "Gradio mounts its page last"
            self._made = Doors(mounted.app)
            return self._made

    async def close(self) -> None:
        await self._running.aclose()


def _hosted(gallery: Gallery, checker: Checker) -> FastAPI:
    """Imported here, since Gradio is more than half of what a gallery's start would import."""
    from gallery.pages.submit.host import build_host

    return build_host(gallery, checker, path=PATH)
