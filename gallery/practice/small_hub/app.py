"""The web application of a small Hub."""

from fastapi import FastAPI

from gallery.errors import NotFound
from gallery.practice.small_hub import (
    access_tokens,
    files,
    large_files,
    openid,
    pages,
    reading,
    spaces,
    webhook_routes,
    writing,
)
from gallery.practice.small_hub.errors import HubProblem
from gallery.practice.small_hub.grants import Grants
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.trouble import Weather
from gallery.web import assets


def build_app(hub: SmallHub) -> FastAPI:
    """All of it over one `SmallHub`."""
    app = FastAPI(title="Small Hub", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hub = hub
    app.state.grants = Grants()
    for error in (HubProblem, NotFound):
        app.add_exception_handler(error, pages.answer)
    for module in (
        assets,
        openid,
        access_tokens,
        spaces,
        webhook_routes,
        reading,
        writing,
        large_files,
        files,
        pages,
    ):
        app.include_router(module.router)
    app.add_middleware(Weather, hub=hub)
    return app
