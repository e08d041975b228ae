"""The web application of a small Hub."""

from fastapi import FastAPI

from gallery.pages import assets
from gallery.small_hub import (
    files,
    large_files,
    openid,
    pages,
    reading,
    spaces,
    writing,
)
from gallery.small_hub.errors import HubProblem, answer
from gallery.small_hub.hub import SmallHub
from gallery.small_hub.trouble import Weather


def build_app(hub: SmallHub) -> FastAPI:
    """All of it over one `SmallHub`."""
    app = FastAPI(title="Small Hub", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.hub = hub
    app.state.grants = openid.Grants()
    app.add_exception_handler(HubProblem, answer)
    for module in (assets, openid, spaces, reading, writing, large_files, files, pages):
        app.include_router(module.router)
    app.add_middleware(Weather, hub=hub)
    return app
