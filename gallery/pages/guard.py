"""What every request passes: no cross-site writes, no oversized bodies, strict answers' headers."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """A write must come from a page of ours, or carry a token instead of a cookie.

    Browsers send `Origin` with every cross-site write; a program that sends neither `Origin` nor
    cookies is let through, since there is nobody whom it could impersonate.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(base_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in SAFE_METHODS and not self._is_ours(Headers(scope=scope)):
            sentence = (
                "a change must come from a page of this site; open the page again and retry there"
            )
            problem = {"error": {"code": "cross_site", "message": sentence, "field": None}}
            await JSONResponse(problem, status_code=403)(scope, receive, sending)
            return
        await self.app(scope, receive, sending)

    def _is_ours(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return "cookie" not in headers
        return origin == self.origin
