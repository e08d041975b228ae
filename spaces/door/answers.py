"""Answers as they leave: security headers, when to come again, and errors in one shape."""

import json
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import Message, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
SECURE = "max-age=31536000"
"""Strict-Transport-Security, for a year."""
NOWHERE = "there is nothing at this address; see the page, or its API"
BROKEN = "Something broke on this side, and it was written down; try once more."
LATER = (429, 503)
"""What is taken a little later: too much is under way, of one visitor or of all."""
A_MINUTE = "60"
"""Retry-After, in seconds, as the sentences say it."""
MAX_ERROR = 64 * 1024


class Sending:
    """Adds headers to an answer, and turns Gradio's own errors into the shape of ours."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._is_secure = (
            scope["scheme"] == "https"
            or Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip() == "https"
        )
        self._start: Message | None = None
        self._error = b""
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._is_secure:
                headers.setdefault("Strict-Transport-Security", SECURE)
            if message["status"] in LATER:
                headers.setdefault("Retry-After", A_MINUTE)
            kind = headers.get("content-type", "")
            if message["status"] >= 400 and kind.startswith("application/json"):
                self._start = message
                return
        elif self._start is not None:
            self._error += message.get("body", b"")[:MAX_ERROR]
            if message.get("more_body", False):
                return
            start, self._start = self._start, None
            start["status"], body = as_ours(self._error, start["status"])
            MutableHeaders(scope=start)["content-length"] = str(len(body))
            await self._send(start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)


def problem(sentence: str, status: int) -> JSONResponse:
    """An error as programs read it, and as Gradio's page does (`detail`)."""
    return JSONResponse({"error": sentence, "detail": sentence}, status)


def as_ours(body: bytes, status: int) -> tuple[int, bytes]:
    """An error of Gradio's or FastAPI's in the same shape, with a sentence in any case."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    said = told if isinstance(told, Mapping) else {}
    if isinstance(said.get("error"), str):  # one that we raised, which Gradio calls its own fault
        return (400 if status == 500 and said["error"] != BROKEN else status), body
    detail = said.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        first = detail[0]
        where = ".".join(str(part) for part in first.get("loc", ())[-2:]) or "the request"
        detail = f"{where} must be as the API says ({first.get('msg', 'it is not')}); see its API"
    if not isinstance(detail, str):
        detail = BROKEN if status >= 500 else "this cannot be asked for in this way; see the API"
    return status, bytes(problem(detail, status).body)
