"""The host's application: which path is whose, and the page that lists the demos."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from inference.engine import Engine
from inference.errors import CheckpointError
from spaces.demo.bounds import Bounds
from spaces.demo.known import known_by
from spaces.demo.page import Demo, build_demo
from spaces.door.answers import HEADERS, problem
from spaces.host.demos import HostedDemo
from spaces.host.front import FrontPage
from spaces.host.listing import Listing
from spaces.host.share import shared_engine
from spaces.look.palette import FONTS, ICON

OWN = "_"
"""Below this path lie the list's own style, fonts and pictures; no demo can be called so."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)
KEPT = {"Cache-Control": "public, max-age=3600"}
NOWHERE = "There is no demo at this address; the list of all is one step up."


class Host:
    """Serves the demos at their paths, and `front` at `/`."""

    def __init__(self, front: FrontPage, builds: Mapping[str, Callable[[], Demo]]) -> None:
        self._front = front
        self._demos = {
            path: HostedDemo(f"/{path}", build, partial(_Failed, front))
            for path, build in builds.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            _, first, *rest = scope["path"].split("/", 2)
            app = self._demos.get(first)
            if app is not None and rest:
                await app(scope, receive, send)
            else:
                answer = await self._answer(Request(scope), first, rest)
                for name, value in {**HEADERS, "Content-Security-Policy": POLICY}.items():
                    answer.headers.setdefault(name, value)
                await answer(scope, receive, send)

    async def _answer(self, request: Request, first: str, rest: list[str]) -> Response:
        if request.method not in ("GET", "HEAD"):
            return problem("this address is only to be read; see the demos' own APIs", 405)
        if first in self._demos:
            return RedirectResponse(f"/{first}/")
        if first == "favicon.ico" and not rest:  # which a browser asks for whatever a page says
            return RedirectResponse(f"/{OWN}/{ICON.name}", 301)
        if first == "" and not rest:
            return HTMLResponse(self._front.html())
        if first == OWN and rest:
            found = await self._own(rest[0])
            if found is not None:
                return found
        return self._front.sentence(request, NOWHERE, 404)

    async def _own(self, name: str) -> Response | None:
        if name == "style.css":
            return Response(self._front.style(), media_type="text/css", headers=KEPT)
        if name == ICON.name:
            return FileResponse(ICON, media_type="image/svg+xml", headers=KEPT)
        for file, _ in FONTS.values():
            if name == file.name:
                return FileResponse(file, media_type="font/woff2", headers=KEPT)
        picture = await run_sync(self._front.picture, name)
        if picture is None:
            return None
        return Response(picture, media_type="image/webp", headers=KEPT)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        for demo in self._demos.values():
            await demo.stop()
        await send({"type": "lifespan.shutdown.complete"})


class _Failed:
    """In place of a demo that could not be loaded: one sentence, as a page or for programs."""

    def __init__(self, front: FrontPage, sentence: str) -> None:
        self._front = front
        self._sentence = sentence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._front.sentence(Request(scope), self._sentence, 503)
        await answer(scope, receive, send)


def build_host(listing: Listing, engine: Engine, *, refused: Mapping[str, CheckpointError]) -> Host:
    """All of a listing's demos on one engine; `refused` are ControlNets that it could not load."""
    bounds = Bounds(demos=len(listing.demos))

    def build(path: str) -> Demo:
        entry = listing.demos[path]
        share = shared_engine(engine, path, entry, refused=refused)
        config = replace(entry.config(), known=known_by(share.info.model))
        return build_demo(config, share, bounds=bounds)

    return Host(FrontPage(listing), {path: partial(build, path) for path in listing.demos})
