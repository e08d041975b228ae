"""A language model's side: the protocol's own client, one call or a whole visit at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

Era = Literal["auto", "legacy"]
"""`auto` speaks the version of 2026, `legacy` begins with a handshake, as all did before."""
ERAS: tuple[Era, ...] = ("auto", "legacy")
T = TypeVar("T")


def visit(address: str, what: Callable[[Client], Awaitable[T]], *, era: Era = "auto") -> T:
    """Connects to the demo at `address`, and gives what comes of `what`. Raises MCPError."""

    async def visiting() -> T | MCPError:
        async with Client(f"{address.rstrip('/')}/gradio_api/mcp", mode=era) as client:
            try:
                return await what(client)
            except MCPError as error:  # raised here, it would come out in groups of groups
                return error

    came = asyncio.run(visiting())
    if isinstance(came, MCPError):
        raise came
    return came


def call(address: str, tool: str, *, era: Era = "auto", **arguments: Any) -> CallToolResult:
    """What a tool answers."""
    return visit(address, lambda client: client.call_tool(tool, arguments), era=era)


def said(result: CallToolResult) -> str:
    """The text of an answer."""
    (text,) = [one.text for one in result.content if one.type == "text"]
    return text
