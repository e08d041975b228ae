"""Lets programs in other sites' pages read what is public, and nothing more."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PublicReads:
    """Adds CORS's `*` to what is read from the API without a token.

    There is no answer to preflights, so browsers send neither tokens nor writes from elsewhere;
    and cookies mean nothing to the API.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_public_read(scope):
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = "Link, X-Total-Count"
            await send(message)

        await self.app(scope, receive, sending)


def _is_public_read(scope: Scope) -> bool:
    return (
        scope["path"].startswith("/api/")
        and scope["method"] in ("GET", "HEAD")
        and "authorization" not in Headers(scope=scope)
    )
