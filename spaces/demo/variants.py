"""The embedded model's other pages: the same engine, asked in other ways.

They show what a sprint looks like with more than one demo in it, and cost no second model.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from inference.request import EngineInfo
from spaces.demo.config import DemoConfig
from spaces.demo.examples import examples
from spaces.demo.page import LOOK, Demo, guarded_page, page_theme
from spaces.demo.requests import COLOURS
from spaces.door.heads import BoundedHttp

USUAL_PORT = 7860


def variants(info: EngineInfo) -> dict[str, DemoConfig]:
    """By the path that they are served at."""
    photos = tuple(example for example in examples() if example.origin == "upload")
    return {
        "/photo": DemoConfig(
            title="From a photo to an icon",
            description="Hand in a photo, say what it is, and its outline becomes an icon.",
            control=info.controls[0] if info.controls else None,
            colours=COLOURS if COLOURS in info.controls else None,
            first="upload",
            prompts=tuple(example.prompt for example in photos),
            examples=photos,
        ),
    }


def build_app(pages: Mapping[str, Demo]) -> FastAPI:
    """One application for all of them, each at its path; the one at `/` takes what is left."""
    app = FastAPI(openapi_url=None)
    for path in sorted(pages, reverse=True):
        if path != "/":  # else the page at `/` would say that there is nothing
            app.add_api_route(path, _to(f"{path}/"))
        page = pages[path]
        app = gr.mount_gradio_app(
            app, page, path, theme=page_theme(), app_kwargs=guarded_page(page), **LOOK
        )
    return app


def _to(address: str) -> Callable[[], RedirectResponse]:
    return lambda: RedirectResponse(address)


@contextlib.contextmanager
def listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """On `port`, or on the usual one or the next free one. Raises OSError when there is none."""
    choices = [port] if port else range(USUAL_PORT, USUAL_PORT + 100)
    for choice in choices:
        with contextlib.suppress(OSError):
            listener = socket.create_server((host, choice))
            break
    else:
        raise OSError(f"no port of {choices[0]} to {choices[-1]} is free; choose another --port")
    with listener:
        yield listener


def serve(pages: Mapping[str, Demo], listener: socket.socket) -> None:
    """Blocks until it is stopped."""
    config = uvicorn.Config(
        build_app(pages), http=BoundedHttp, log_level="warning", timeout_graceful_shutdown=3
    )
    uvicorn.Server(config).run(sockets=[listener])
