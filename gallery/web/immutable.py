"""Static files out of memory: pictures, styles and scripts, most of what is asked for.

An answer that says of itself that it is public and never changes is kept as it went out, compressed
and with all headers, whoever asked first. Only a picture may stop being for everybody: one that is
withheld, or of which nobody looked lately, goes the long way.
"""

from collections.abc import Callable, Hashable

from starlette.types import ASGIApp, Receive, Scope, Send

from gallery.gallery import Clock
from gallery.web.answers import Answer, Answers
from gallery.web.once import Listening

MOST = 10_000
MOST_BYTES = 64 * 2**20
KEEP_SECONDS = 600
"""A picture that was deleted is gone from here as soon."""
PICTURES, STATIC = "/pictures/", "/static/"


class Immutable:
    """Goes around all of the application."""

    def __init__(self, app: ASGIApp, *, is_free: Callable[[str], bool], clock: Clock) -> None:
        """`is_free` tells of a picture's digest whether everybody may see it, without waiting."""
        self.app = app
        self._is_free, self._clock = is_free, clock
        self._answers = Answers(seconds=KEEP_SECONDS, most=MOST, most_bytes=MOST_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._key_of(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        now = self._clock().timestamp()
        answer = self._answers.find(key, now)
        if answer is not None:
            await answer.send(send)
            return

        def keep(answer: Answer | None) -> None:
            if answer is not None and _is_forever(answer):
                self._answers.keep(key, answer, began=now, era=0)

        await self.app(scope, receive, Listening(send, keep))

    def _key_of(self, scope: Scope) -> Hashable | None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return None
        path: str = scope["path"]
        if path.startswith(PICTURES):
            digest = path[len(PICTURES) :].partition("/")[0].partition(".")[0]
            return path if self._is_free(digest) else None
        if path.startswith(STATIC):
            accepts = b"".join(v for n, v in scope["headers"] if n == b"accept-encoding")
            return path, b"gzip" in accepts
        return None


def _is_forever(answer: Answer) -> bool:
    return any(
        name.lower() == b"cache-control" and b"public" in value and b"immutable" in value
        for name, value in answer.headers
    )
