"""Fault injection, switched on by a test: errors, limits, delays, nonsense, silence."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, Unpack

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from gallery.practice.small_hub.hub import SmallHub


class When(TypedDict, total=False):
    """Which requests a trouble meets; the fields of `Trouble` with these names."""

    path: str
    after: int
    times: int | None


@dataclass(frozen=True)
class Trouble:
    """What happens to requests instead of, or before, their answer.

    It begins after `after` requests and ends after `times` more (None: never); only requests whose
    path contains `path` count. `delay` is in seconds, before each answer.
    """

    status: int | None = None
    retry_after: int | None = None
    """Seconds, for the header of that name."""
    body: bytes | None = None
    """Sent in place of the answer, as JSON by its own claim."""
    delay: float = 0
    drops: bool = False
    """The connection ends in the middle of the answer."""
    path: str = ""
    after: int = 0
    times: int | None = None

    @classmethod
    def down(cls, **when: Unpack[When]) -> "Trouble":
        """Every request is answered with 503."""
        return cls(status=503, **when)

    @classmethod
    def too_many(cls, retry_after: int = 1, **when: Unpack[When]) -> "Trouble":
        """429, with the seconds to wait."""
        return cls(status=429, retry_after=retry_after, **when)

    @classmethod
    def nonsense(cls, body: bytes = b"<html>not json</html>", **when: Unpack[When]) -> "Trouble":
        """200, with a body that is no answer to what was asked."""
        return cls(status=200, body=body, **when)

    def meets(self, number: int) -> bool:
        """Whether it meets the request of that number, the first being 1."""
        over = self.times is not None and number > self.after + self.times
        return number > self.after and not over


class Weather:
    """Middleware: writes requests down, and lets them meet the hub's trouble."""

    def __init__(self, app: ASGIApp, *, hub: "SmallHub") -> None:
        self._app = app
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trouble = self._hub.meet(scope["method"], scope["path"])
        if trouble is not None and trouble.delay:
            await asyncio.sleep(trouble.delay)
        if trouble is None or not (trouble.drops or trouble.status):
            await self._app(scope, receive, send)
            return
        start, body = _answer(trouble)
        await send(start)
        if not trouble.drops:  # a server closes a connection whose answer stops here
            await send(body)


def _answer(trouble: Trouble) -> tuple[Message, Message]:
    body = trouble.body if trouble.body is not None else b'{"error":"trouble was asked for"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if trouble.retry_after is not None:
        headers.append((b"retry-after", b"%d" % trouble.retry_after))
    return (
        {"type": "http.response.start", "status": trouble.status or 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
