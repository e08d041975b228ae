"""A hosted demo: its application, built when somebody first comes.

Building one takes most of a second, nearly all of it Gradio's; a dozen would keep the first visitor
waiting for pages that nobody may want.
"""

import asyncio
import logging
from collections.abc import Callable
from threading import Lock

import gradio as gr
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inference.errors import InferenceError
from spaces.demo.page import LOOK, Demo, guarded_page, page_theme
from spaces.door.answers import HEADERS, NOWHERE, problem
from spaces.errors import SpacesError

log = logging.getLogger(__name__)

BROKEN = "This demo could not be loaded, because something broke on this side; it was written down."
_building = Lock()
"""Gradio keeps the page that is being built in a global, so one is built at a time."""


def mounted(demo: Demo, path: str) -> FastAPI:
    """An application that serves a demo at `path`, behind the same door as one that is launched."""
    app = FastAPI(openapi_url=None, exception_handlers={404: _nowhere})
    return gr.mount_gradio_app(
        app, demo, path, theme=page_theme(), app_kwargs=guarded_page(demo), **LOOK
    )


async def _nowhere(_: Request, __: Exception) -> Response:
    """A path with a line break, which no mount takes, so it never comes to the demo's own door."""
    answer = problem(NOWHERE, 404)
    answer.headers.update(HEADERS)
    return answer


class HostedDemo:
    """The ASGI application of what `build` gives; `answer_failed` answers where that fails."""

    def __init__(
        self, path: str, build: Callable[[], Demo], answer_failed: Callable[[str], ASGIApp]
    ) -> None:
        self.path = path
        self._build = build
        self._answer_failed = answer_failed
        self._app: ASGIApp | None = None
        self._turn = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._living: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._turn:
            if self._app is None:
                self._app = await self._begun()
        await self._app(scope, receive, send)

    async def stop(self) -> None:
        """Ends what it does in the background; it serves nothing afterwards."""
        self._stopping.set()
        if self._living is not None:
            await self._living

    async def _begun(self) -> ASGIApp:
        try:
            app = await run_sync(self._built)
        except (SpacesError, InferenceError) as error:
            log.warning("%s cannot be loaded: %s", self.path, error)
            return self._answer_failed(f"This demo cannot be loaded: {error}.")
        except Exception:
            log.exception("%s cannot be loaded", self.path)
            return self._answer_failed(BROKEN)
        begun = asyncio.Event()
        self._living = asyncio.create_task(self._live(app, begun))
        await begun.wait()
        return app

    def _built(self) -> FastAPI:
        with _building:
            return mounted(self._build(), self.path)

    async def _live(self, app: FastAPI, begun: asyncio.Event) -> None:
        """In one task from the beginning to the end, as Gradio's own tasks want it."""
        async with app.router.lifespan_context(app):
            begun.set()
            await self._stopping.wait()
