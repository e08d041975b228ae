"""Request bodies: JSON objects, bounded in bytes, in seconds, and in how many are read at once."""

import json
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request

from inference.errors import InvalidRequest, shown
from inference.serving.http.problems import refusal

MAX_BODY = 32 * 2**20
SECONDS = 60.0
AT_ONCE = 8
"""Bodies that are in memory at a time: the others wait in their sockets."""


class Bodies:
    def __init__(self, *, most_bytes: int = MAX_BODY, seconds: float = SECONDS) -> None:
        self._most_bytes = most_bytes
        self._seconds = seconds
        self.room = anyio.CapacityLimiter(AT_ONCE)
        """Held for as long as a body is of use."""

    async def read(self, request: Request) -> dict[str, Any]:
        """Raises Refused, and InvalidRequest for what is no JSON object."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise refusal(
                415,
                "not_json",
                f"a body must be application/json, got {shown(kind)}; send it as JSON",
            )
        content = b""
        try:
            with anyio.fail_after(self._seconds):
                content = await self._content(request)
        except TimeoutError:
            raise refusal(
                408,
                "too_slow",
                f"a body must be here within {self._seconds:g} s, got a part of it; "
                "send less, or over a faster line",
            ) from None
        except ClientDisconnect:
            raise refusal(400, "gone", "a body must come whole, got a part; send it anew") from None
        return _object(content)

    async def _content(self, request: Request) -> bytes:
        told = request.headers.get("content-length", "0")
        if told.isdigit() and int(told[:20]) > self._most_bytes:
            raise self._too_large()
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > self._most_bytes:
                raise self._too_large()
        return bytes(content)

    def _too_large(self) -> Exception:
        return refusal(
            413,
            "too_large",
            f"a body must have at most {self._most_bytes / 2**20:g} MB, got more; "
            "send its pictures no larger than what is to be made",
        )


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except RecursionError:
        body = None
    except ValueError:
        raise InvalidRequest(
            "a body must be a JSON object, got something else; see the service's OpenAPI document",
            field="body",
        ) from None
    if not isinstance(body, dict):
        raise InvalidRequest(
            f"a body must be a JSON object, got {shown(body)}; send one, not nested deeply",
            field="body",
        )
    return body
