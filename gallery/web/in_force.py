"""Lets every request meet the deadlines in force, whichever process moved them (middleware)."""

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from gallery.database.in_force import EventsInForce
from gallery.web.guard import SAFE_METHODS


class InForce:
    """Looks before whatever may change something, and else once a second. Goes around `Once`."""

    def __init__(self, app: ASGIApp, *, schedule: EventsInForce) -> None:
        self.app = app
        self._schedule = schedule

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (
            scope["method"] not in SAFE_METHODS or self._schedule.is_due
        ):
            await run_in_threadpool(self._schedule.look)
        await self.app(scope, receive, send)
