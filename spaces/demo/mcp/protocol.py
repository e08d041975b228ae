"""MCP's messages: JSON-RPC requests in, answers out, in both of its eras.

Until 2025 a client begins with `initialize` and is told a version; since 2026-07-28 each request
brings its own, and `server/discover` tells what there is. Neither needs a session here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spaces.door.values import shown

HANDSHAKES = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions that are agreed upon at the beginning, the newest first."""
MODERN = "2026-07-28"
"""The version of which each request says that it is in it."""
VERSION_HEADER = "mcp-protocol-version"
META = "io.modelcontextprotocol/"
"""Before the names of what a request or an answer of `MODERN` says about itself."""

INVALID_REQUEST = -32600
NO_SUCH_METHOD = -32601
INVALID_PARAMS = -32602
HEADERS_DIFFER = -32020
NO_SUCH_VERSION = -32022


class Wrong(Exception):
    """A request that cannot be answered; the message is one sentence for whoever asked."""

    def __init__(self, code: int, sentence: str, data: Any = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Asking:
    """A request. `number` is what its sender calls it, None for one that wants no answer."""

    method: str
    params: Mapping[str, Any]
    number: str | int | None
    is_modern: bool

    @property
    def progress_token(self) -> str | int | None:
        """By which its sender wants to hear how far it is."""
        meta = self.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, Mapping) else None
        return token if _is_number(token) else None

    def answered(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The answer with this result."""
        kind = {"resultType": "complete"} if self.is_modern else {}
        return {"jsonrpc": "2.0", "id": self.number, "result": {**result, **kind}}

    def listed(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The same, of what stays as it is for an hour."""
        kept = {"ttlMs": 3_600_000, "cacheScope": "public"} if self.is_modern else {}
        return self.answered({**result, **kept})

    def told(self, progress: int, message: str) -> dict[str, Any]:
        """How far it is: `progress` rises, in no unit."""
        params = {"progressToken": self.progress_token, "progress": progress, "message": message}
        return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def refused(number: Any, wrong: Wrong) -> dict[str, Any]:
    """The answer to a request that cannot be answered."""
    error = {"code": wrong.code, "message": str(wrong)}
    if wrong.data is not None:
        error["data"] = wrong.data
    return {"jsonrpc": "2.0", "id": number if _is_number(number) else None, "error": error}


def read(body: Mapping[str, Any], headers: Mapping[str, str]) -> Asking:
    """The request in a message. Raises Wrong."""
    method, params, number = body.get("method"), body.get("params", {}), body.get("id")
    if body.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise Wrong(
            INVALID_REQUEST,
            "a message must be a JSON-RPC 2.0 request with a method, got something else; "
            "connect with a client of the Model Context Protocol",
        )
    if "id" in body and not _is_number(number):
        raise Wrong(INVALID_REQUEST, f"id must be text or a whole number, got {shown(number)}")
    if not isinstance(params, Mapping):
        raise Wrong(INVALID_PARAMS, f"params must be an object, got {shown(params)}; send one")
    version = headers.get(VERSION_HEADER)
    if version is not None and version not in (MODERN, *HANDSHAKES):
        raise no_such_version(version)
    asking = Asking(method, params, number, is_modern=version == MODERN)
    if asking.is_modern and number is not None:
        _require_as_headers(asking, headers)
    return asking


def no_such_version(version: str) -> Wrong:
    """For who asks in a version that is not known here."""
    supported = [MODERN, *HANDSHAKES]
    return Wrong(
        NO_SUCH_VERSION,
        f"the protocol's version must be one of {', '.join(supported)}, got {shown(version)}",
        {"supported": supported, "requested": version},
    )


def agreed(asking: Asking) -> str:
    """The version for a client that begins: its own where it is known here."""
    wished = asking.params.get("protocolVersion")
    return wished if wished in HANDSHAKES else HANDSHAKES[0]


def _require_as_headers(asking: Asking, headers: Mapping[str, str]) -> None:
    """What stands in the headers, for who passes a request on, is what it asks for."""
    meta = asking.params.get("_meta")
    within = meta.get(f"{META}protocolVersion") if isinstance(meta, Mapping) else None
    if within is None:
        raise Wrong(
            INVALID_PARAMS, f"_meta must hold {META}protocolVersion, got none; send {MODERN}"
        )
    if within != MODERN or headers.get("mcp-method") != asking.method:
        raise Wrong(
            HEADERS_DIFFER,
            f"the headers {VERSION_HEADER} and mcp-method must say what the request does, "
            "got something else; send the same in both",
        )


def _is_number(value: Any) -> bool:
    """Whether JSON-RPC and MCP take it as what a request is called."""
    if isinstance(value, str):
        return len(value) <= 200
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
