"""The web application: pages, API and Gradio parts, over one `Gallery`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from gallery.api import documentation, webhook
from gallery.api import router as api
from gallery.api.sharing import PublicReads
from gallery.gallery import Gallery
from gallery.pages import (
    account,
    certificates,
    event,
    feed,
    front,
    ideas,
    jury,
    jury_compare,
    jury_same_input,
    machines,
    notifications,
    organise,
    organise_changes,
    organise_deadline,
    organise_deliberation,
    organise_feedback,
    organise_jurors,
    organise_jury,
    organise_plan,
    organise_result,
    organise_scores,
    pictures,
    results,
    revisions,
    sign_in,
    sign_up,
    submission,
    teams,
)
from gallery.pages.submit import mount as submit
from gallery.services import Services
from gallery.web import assets, problems
from gallery.web.guard import Guard
from gallery.web.immutable import Immutable
from gallery.web.in_force import InForce
from gallery.web.once import Once


def build_app(gallery: Gallery, services: Services | None = None) -> FastAPI:
    """Migrations are the caller's; the application only serves. `services` are the gallery's."""
    services = services or Services(gallery)
    app = FastAPI(
        title="Sprint gallery",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_closing(services),
    )
    app.state.gallery, app.state.services = gallery, services
    problems.install(app)
    app.router.routes.extend(_routes())
    app.add_middleware(PublicReads)
    submit.mount(app, gallery)
    app.add_middleware(Guard, base_url=gallery.settings.base_url)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)
    app.add_middleware(Once, gallery=gallery)
    app.add_middleware(InForce, schedule=gallery.schedule)
    app.add_middleware(Immutable, is_free=services.withheld.is_known_free, clock=gallery.clock)
    return app


def _closing(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(services.close)

    return lifespan


@cache
def _routes() -> list[BaseRoute]:
    """All of them, read once: that takes longer than all else of making an application.

    Each question is held against them in this order: what is asked most goes first, and `/{event}`
    last, which everything else would match. They lie side by side, not in their routers: a router
    that is included is asked twice, and was a fifth of the time that saving a ballot took.
    """
    routers = (
        submission.router,
        jury_compare.router,
        jury_same_input.router,
        jury.router,
        api.router,
        feed.router,
        event.router,
        teams.router,
        ideas.router,
        assets.router,
        pictures.router,
        sign_in.router,
        account.router,
        notifications.router,
        submit.router,
        sign_up.router,
        organise.router,
        organise_deadline.router,
        organise_jurors.router,
        organise_plan.router,
        organise_scores.router,
        organise_jury.router,
        organise_deliberation.router,
        organise_result.router,
        organise_feedback.router,
        # After all others of the board: it takes every /organise/A/B/C.
        organise_changes.router,
        results.router,
        certificates.router,
        revisions.router,
        machines.router,
        webhook.router,
        documentation.router,
        front.router,
    )
    return [route for router in routers for route in router.routes]
