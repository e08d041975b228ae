"""The page in the application: only for who is signed in, in the gallery's look."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import gradio as gr
from anyio import Lock
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from gallery.gallery import Gallery
from gallery.pages.submit.build import build_page
from gallery.pages.submit.doors import Doors
from gallery.people import sessions
from gallery.submissions.checking import Checker
from gallery.submissions.pictures import MAX_BYTES
from gallery.web import assets
from gallery.web.dependencies import GalleryDep, ViewerDep
from spaces.demo.front import faced
from spaces.door.gate import guarded
from spaces.look.theme import build_theme

PATH = "/submit"
STYLES = ("top.css", "cards.css", "submit.css")

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
            host = await run_in_threadpool(self._host)
            await self._running.enter_async_context(host.router.lifespan_context(host))
            mounted = host.routes[-1]
            assert isinstance(mounted, Mount), "Gradio mounts its page last"
            self._made = Doors(mounted.app)
            return self._made

    async def close(self) -> None:
        await self._running.aclose()

    def _host(self) -> FastAPI:
        """An application with nothing but the page: it knows how to start and stop it."""
        gallery = self._gallery

        def name_behind(cookie: str | None) -> str | None:
            with gallery.database.read() as session:
                actor = sessions.actor_of(
                    session, cookie, gallery.events.values(), gallery.clock(), key=gallery.key
                )
            return actor.name if actor.is_signed_in else None

        async def who(request: Request) -> str | None:
            """For every request of Gradio's own: pages lead to signing in, calls get a 401."""
            name = await run_in_threadpool(name_behind, request.cookies.get(sessions.COOKIE))
            if name is None and request.method == "GET" and request.url.path == f"{PATH}/":
                raise HTTPException(303, headers={"Location": f"/sign-in?next={PATH}"})
            return name

        page = build_page(gallery, self._checker)
        return gr.mount_gradio_app(
            FastAPI(openapi_url=None),
            page,
            PATH,
            app_kwargs=faced(guarded(page, takes_files=False)),
            auth_dependency=who,
            theme=build_theme(),
            head=_head(),
            footer_links=[],
            show_error=False,
            max_file_size=MAX_BYTES,
            enable_monitoring=False,
            run_history=False,
            ssr_mode=False,
            pwa=False,
        )


def _head() -> str:
    sheets = [f'<link rel="stylesheet" href="{assets.address(name)}">' for name in STYLES]
    times, unsaved = assets.address("times.js"), assets.address("submit.js")
    icon = assets.address("icon.svg")
    return "".join(
        (
            *sheets,
            f'<link rel="modulepreload" id="times" href="{times}">',
            f'<link rel="modulepreload" id="unsaved" href="{unsaved}">',
            f'<script type="module" src="{assets.address("countdown.js")}"></script>',
            f'<link rel="icon" type="image/svg+xml" href="{icon}">',
        )
    )
