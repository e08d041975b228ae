"""What every request passes: no cross-site writes, no endless bodies, headers on every answer.

And one address: whatever `Host` or a proxy's headers say, the application hears its own, so that no
redirect and no page is made with a name that a stranger chose.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "frame-src https: http://127.0.0.1:* http://localhost:*; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'"
)
"""Scripts and styles are files of ours only; frames are demos, which run elsewhere."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
SECURE = "max-age=31536000"
"""Strict-Transport-Security of a gallery at https: browsers ask nothing else of it for a year."""
NAMING = frozenset({b"host", b"forwarded", b"x-forwarded-host", b"x-forwarded-proto"})
"""Headers that would name this site."""
MAX_BODY = 24 * 2**20
"""Bytes: a picture of 20 MB with its form."""


def headers_at(base_url: str) -> dict[str, str]:
    """What every answer carries."""
    secure = {"Strict-Transport-Security": SECURE} if base_url.startswith("https:") else {}
    return HEADERS | secure


class Guard:
    """A write must come from a page of ours, or carry a token instead of a cookie.

    Browsers send `Origin` with every cross-site write; a program that sends neither `Origin` nor
    cookies is let through, since there is nobody whom it could impersonate.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        self.scheme, self.host = urlsplit(base_url)[:2]
        self.origin = f"{self.scheme}://{self.host}"
        self.headers = headers_at(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    # It may name who is signed in: nobody's cache may hand it to somebody else.
                    headers.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS and not self._is_ours(headers):
            refuse = _problem(
                403,
                "cross_site",
                "a change must come from a page of this site; open the page again and retry there",
            )
            await refuse(scope, receive, sending)
            return
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY:
            refuse = _problem(
                413,
                "too_large",
                f"what is sent must be at most {MAX_BODY // 2**20} MB, got {length} bytes; "
                "send a smaller picture",
            )
            await refuse(scope, receive, sending)
            return
        await self.app(self._as_ours(_as_get(scope)), _bounded(receive), sending)

    def _as_ours(self, scope: Scope) -> Scope:
        headers = [(name, value) for name, value in scope["headers"] if name not in NAMING]
        named = (b"host", self.host.encode("latin-1"))
        return {**scope, "scheme": self.scheme, "headers": [named, *headers]}

    def _is_ours(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return "cookie" not in headers
        return origin == self.origin


def _as_get(scope: Scope) -> Scope:
    """Link checkers and previews ask with HEAD; the server leaves the body out by itself."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _bounded(receive: Receive) -> Receive:
    """A body without a stated length ends at the limit, as if the sender had hung up."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > MAX_BODY else message

    return receiving


def _problem(status: int, code: str, sentence: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": sentence, "field": None}}, status)
