"""Request coalescing: what many visitors ask for at the same moment is made once.

Only for who is not signed in and sends no token: everybody else is answered for themselves, so
nobody gets somebody's page, and a team sees its own save at once. What a visitor gets is

- as it is now in who may see what: when a submission is handed in, withdrawn, hidden or restored,
  or anything of ideas, teams and people changes, all that was kept is gone with the commit;
- up to `Gallery.keep_seconds` old in what is said: texts, likes, states of demos, checks;
- and as old in all that another process changed, such as the command line; but for a deadline or a
  notice that organisers changed: that is seen within a second, whoever did it.

Errors, redirects, and answers that set a cookie or say `no-store` are never kept. Nothing changes
for browsers and proxies: each answer's own `Cache-Control` and `Vary` go out with it.
"""

import asyncio
from collections.abc import Callable, Container, Hashable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gallery.gallery import Gallery
from gallery.people import sessions
from gallery.web import news, notices
from gallery.web.answers import Answer, Answers

OWN = frozenset({b"authorization", b"if-modified-since", b"if-none-match", b"range"})
"""Headers whose answer is for the one who sent them."""
COOKIES = (sessions.COOKIE.encode(), notices.COOKIE.encode())
SHARED = ("/sitemap.xml", "/api/v1/events")
"""What is public beside the events' own pages."""


class Once:
    """Goes around everything else, so that what it keeps is compressed and has all its headers."""

    def __init__(self, app: ASGIApp, *, gallery: Gallery) -> None:
        self.app = app
        self._events, self._clock = gallery.events, gallery.clock
        self._answers = Answers(seconds=gallery.keep_seconds)
        self._flights: dict[Hashable, asyncio.Future[Answer | None]] = {}
        news.follow(gallery.database, self._answers.end_era)
        gallery.schedule.follow(self._answers.end_era)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope, self._events)
        if key is None:
            await self.app(scope, receive, send)
            return
        now, era = self._clock().timestamp(), self._answers.era
        answer = self._answers.find(key, now)
        if answer is None:
            flight = self._flights.get((era, key))
            if flight is None:
                await self._make(key, now, era, scope, receive, send)
                return
            answer = await asyncio.shield(flight)
        if answer is None:
            await self.app(scope, receive, send)
            return
        await answer.send(send)

    async def _make(
        self, key: Hashable, now: float, era: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        flight = asyncio.get_running_loop().create_future()
        self._flights[era, key] = flight

        def land(answer: Answer | None) -> None:
            if flight.done():
                return
            del self._flights[era, key]
            flight.set_result(answer)
            if answer is not None:
                self._answers.keep(key, answer, began=now, era=era)

        try:
            await self.app(scope, receive, Listening(send, land))
        finally:
            land(None)


class Listening:
    """Hands an answer on; those who wait for it have it first, however slowly this one reads."""

    def __init__(self, send: Send, land: Callable[[Answer | None], None]) -> None:
        self._send, self._land = send, land
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            self._land(shared(start, message))
            await self._send(start)
        await self._send(message)


def key_of(scope: Scope, events: Container[str]) -> Hashable | None:
    """What one answer to all visitors may be kept under; None when the question is one's own."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path: str = scope["path"]
    is_shared = path == "/" or path[1:].partition("/")[0] in events or path.startswith(SHARED)
    if not is_shared:
        return None
    accepts = dict.fromkeys((b"accept", b"accept-encoding"), b"")
    for name, value in scope["headers"]:
        if name in OWN or (name == b"cookie" and any(one in value for one in COOKIES)):
            return None
        if name in accepts:
            accepts[name] += value
    is_compressed = b"gzip" in accepts[b"accept-encoding"]
    return path, scope["query_string"], b"text/html" in accepts[b"accept"], is_compressed


def shared(start: Message, body: Message) -> Answer | None:
    """The answer, if it is whole, good and for everybody."""
    if start["status"] != 200 or body.get("more_body", False):
        return None
    headers = tuple(start["headers"])
    for name, value in headers:
        if name.lower() == b"set-cookie":
            return None
        if name.lower() == b"cache-control" and b"no-store" in value:
            return None
    return Answer(headers, body.get("body", b""))
