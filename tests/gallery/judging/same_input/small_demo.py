"""Demos on loopback that answer as Gradio's do, each by its path, and as badly as they should."""

import io
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.browser import free_port

PARAMETERS = [
    {"component": "Image", "label": "Drawing", "parameter_name": "picture"},
    {"component": "Textbox", "label": "Prompt", "parameter_name": "prompt"},
]


@dataclass
class SmallDemos:
    """`manners` by path: fine, refuses, silent, wordy or a page; `heard` is what each was given."""

    address: str = ""
    manners: dict[str, str] = field(default_factory=dict)
    heard: dict[str, list[Any]] = field(default_factory=dict)
    open: threading.Event = field(default_factory=threading.Event)
    """Until it is set, nothing but `refuses` answers a call."""

    def app(self) -> Starlette:
        api = "/{name}/gradio_api"
        return Starlette(
            routes=[
                Route(f"{api}/info", self._info),
                Route("/{name}/info", self._info),
                Route(f"{api}/upload", self._upload, methods=["POST"]),
                Route(f"{api}/call/make", self._call, methods=["POST"]),
                Route(f"{api}/call/make/{{event}}", self._events),
                Route(f"{api}/{{file:path}}", self._file),
                Route("/{name}", lambda _: HTMLResponse("<p>a demo</p>")),
            ]
        )

    def _manner(self, request: Request) -> str:
        return self.manners.get(request.path_params["name"], "fine")

    async def _info(self, request: Request) -> Response:
        if self._manner(request) == "a page":
            return HTMLResponse("<p>no API</p>")
        made = {"parameters": PARAMETERS, "returns": [{"component": "Image"}]}
        return JSONResponse({"named_endpoints": {"/make": made}})

    async def _upload(self, request: Request) -> Response:
        await request.body()
        return JSONResponse(["/tmp/given.webp"])

    async def _call(self, request: Request) -> Response:
        self.heard[request.path_params["name"]] = (await request.json())["data"]
        return JSONResponse({"event_id": "e1"})

    async def _events(self, request: Request) -> Response:
        manner = self._manner(request)

        async def events() -> AsyncIterator[str]:
            yield "event: heartbeat\ndata: null\n\n"
            if manner == "refuses":
                yield 'event: error\ndata: "out of <b>memory</b>"\n\n'
                return
            await run_in_threadpool(self.open.wait, 60)
            output = ["words alone"] if manner == "wordy" else [{"path": "made.png"}]
            yield f"event: complete\ndata: {json.dumps(output)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _file(self, request: Request) -> Response:
        file = io.BytesIO()
        shade = sum(request.path_params["name"].encode()) % 200
        Image.new("RGB", (64, 64), (shade, 120, 255 - shade)).save(file, "PNG")
        return Response(file.getvalue(), media_type="image/png")


@contextmanager
def small_demos() -> Iterator[SmallDemos]:
    """Served while the block runs; they answer at once unless `open` is cleared."""
    demos = SmallDemos()
    demos.open.set()
    port = free_port()
    config = uvicorn.Config(demos.app(), port=port, log_level="error", ws="none")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    demos.address = f"http://127.0.0.1:{port}"
    try:
        yield demos
    finally:
        demos.open.set()
        server.should_exit = True
        thread.join()
