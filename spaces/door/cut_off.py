"""Requests that outlast the server's stop: cut off without a traceback.

uvicorn cancels them when its patience ends, and logs each as a mistake of ours: a page that listens
for news, a demo that is just being built.
"""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spaces.door.answers import problem

STOPPING = "this server is stopping; try again in a minute"


def cut_off_quietly(app: ASGIApp, hang_up: Callable[[], None]) -> ASGIApp:
    """`app`, whose cancelled requests are answered 503, or hung up on where an answer has begun."""

    async def to_the_end(scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await app(scope, receive, sending)
        except asyncio.CancelledError:
            with contextlib.suppress(asyncio.CancelledError):  # the loop's own end cancels again
                if not has_begun:
                    await problem(STOPPING, 503)(scope, receive, send)
                    return
                hang_up()
                while (await receive())["type"] != "http.disconnect":
                    pass

    return to_the_end
