"""Bodies of requests: read whole, bounded, and handed on as they were checked."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from spaces.door import calls
from spaces.errors import Refused


async def whole_body(request: Request, *, most: int = calls.MAX_BODY) -> bytes:
    """Raises Refused as soon as more than `most` bytes have come."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise Refused(
                f"a call must have at most {most / 10**6:g} MB, got more; "
                "upload files instead of sending them in it",
                status=413,
            )
    return bytes(content)


def with_body(scope: Scope, receive: Receive, body: Mapping[str, Any]) -> tuple[Scope, Receive]:
    """The request again, with the body that was checked: so nobody reads another one."""
    content = json.dumps(body).encode()
    dropped = (b"content-length", b"content-type", b"transfer-encoding")
    headers = [(name, value) for name, value in scope["headers"] if name not in dropped]
    headers += [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    is_read = False

    async def receiving() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": content, "more_body": False}

    return {**scope, "headers": headers}, receiving
