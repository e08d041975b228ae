"""MCP at its address: a request's body in, JSON or a stream of events out."""

import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from anyio.to_thread import run_sync
from gradio.route_utils import get_root_url
from gradio.server_messages import (
    EstimationMessage,
    EventMessage,
    ProcessCompletedMessage,
    ProcessGeneratingMessage,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from spaces.demo.mcp import protocol
from spaces.demo.mcp.calling import SILENCE, called
from spaces.demo.mcp.protocol import Asking, Wrong
from spaces.demo.mcp.results import done, facts_in, failed
from spaces.demo.mcp.tools import Tool, tools_of
from spaces.demo.queueing import BoundedQueue
from spaces.door.answers import BROKEN
from spaces.door.blocks import GuardedBlocks
from spaces.door.calls import MAX_BODY
from spaces.door.gate import API, Asked
from spaces.door.values import shown
from spaces.door.visitor import visitor_address
from spaces.errors import Refused

PATH = f"{API}/mcp"
SCHEMA = f"{PATH}/schema"
"""Where Gradio's page about its API looks whether there are tools."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
QUIET = b": still here\n\n"


class Mcp:
    """Answers `PATH` of one page, whose public endpoints are its tools."""

    def __init__(self, blocks: GuardedBlocks, queue: BoundedQueue, *, about: str) -> None:
        self._blocks = blocks
        self._queue = queue
        self._about = about
        self._tools: dict[str, Tool] = {}

    @property
    def asked(self) -> dict[str, Asked]:
        """What the gate answers for it, by path."""
        return {
            PATH: Asked(self.answer, MAX_BODY),
            SCHEMA: Asked(self.schema, 0, method="GET"),
        }

    async def answer(self, request: Request, body: Mapping[str, Any]) -> Response:
        """The answer to a message."""
        try:
            asking = protocol.read(body, request.headers)
            if asking.number is None:  # somebody tells us something; there is nothing to remember
                return Response(status_code=202)
            if asking.method == "tools/call":
                return await self._called(asking, request)
            return _Whole(self._told(asking, request))
        except Wrong as wrong:
            return _Whole(protocol.refused(body.get("id"), wrong))

    async def schema(self, request: Request, body: Mapping[str, Any]) -> Response:
        """The tools as Gradio's page about its API shows them."""
        return JSONResponse([tool.shown() for tool in self._of(request).values()])

    def _of(self, request: Request) -> Mapping[str, Tool]:
        """All tools, or those that are named behind the address, as in `?tools=generate`."""
        if not self._tools:  # late: not every page is asked, and its description takes a while
            self._tools = {tool.name: tool for tool in tools_of(self._blocks)}
        wished = request.query_params.get("tools")
        if wished is None:
            return self._tools
        return {name: self._tools[name] for name in wished.split(",") if name in self._tools}

    def _told(self, asking: Asking, request: Request) -> dict[str, Any]:
        """What is answered to everything but a call."""
        able = {"capabilities": {"tools": {}}, "instructions": self._about}
        name = str(self._blocks.title or "A demo")
        own = {"name": name, "title": name, "version": "1.0.0"}
        match asking.method:
            case "initialize":
                version = {"protocolVersion": protocol.agreed(asking)}
                return asking.answered({**version, "serverInfo": own, **able})
            case "server/discover":
                versions = [protocol.MODERN, *protocol.HANDSHAKES]
                meta = {f"{protocol.META}serverInfo": own}
                return asking.listed({"supportedVersions": versions, "_meta": meta, **able})
            case "tools/list":
                tools = [tool.told() for tool in self._of(request).values()]
                return asking.listed({"tools": tools})
            case "ping":
                return asking.answered({})
        raise Wrong(
            protocol.NO_SUCH_METHOD,
            f"this server answers tools/list and tools/call, got {shown(asking.method)}",
        )

    async def _called(self, asking: Asking, request: Request) -> Response:
        tools, name = self._of(request), asking.params.get("name")
        tool = tools.get(name) if isinstance(name, str) else None
        if tool is None:
            raise Wrong(
                protocol.INVALID_PARAMS,
                f"there is no tool {shown(name)}; there are {', '.join(tools) or 'none'}",
            )
        arguments = asking.params.get("arguments", {})
        if not isinstance(arguments, Mapping):
            raise Wrong(
                protocol.INVALID_PARAMS,
                f"arguments must be an object, got {shown(arguments)}; send one of them by name",
            )
        owner = visitor_address(request) or ""
        try:
            values = await run_sync(tool.values, self._blocks.files, arguments, owner)
        except Refused as refused:
            return _Whole(asking.answered(failed(str(refused))))
        events = self._events(asking, tool, values, request)
        if "text/event-stream" in request.headers.get("accept", ""):
            return _Events(events)
        async with aclosing(events):
            last = [event async for event in events if event is not None][-1]
        return _Whole(last)

    async def _events(
        self, asking: Asking, tool: Tool, values: list[Any], request: Request
    ) -> AsyncGenerator[dict[str, Any] | None, None]:
        """What is told on the way, where that is wanted, and the answer; None in silence."""
        wants, told, before = asking.progress_token is not None, 0, ""
        spoke = time.monotonic()
        messages = called(self._queue, tool.function, values, request)
        async with aclosing(messages):
            async for message in messages:
                if isinstance(message, ProcessCompletedMessage):
                    yield asking.answered(await self._ended(message, request))
                    continue
                how_far = _how_far(message)
                if wants and how_far and how_far != before:
                    told, before = told + 1, how_far
                    yield asking.told(told, how_far)
                elif time.monotonic() - spoke >= SILENCE:
                    yield None
                else:
                    continue
                spoke = time.monotonic()

    async def _ended(self, message: ProcessCompletedMessage, request: Request) -> dict[str, Any]:
        if not message.success:
            return failed(str(message.output.get("error") or BROKEN))
        root = get_root_url(request, PATH, request.scope.get("root_path") or None)
        return await run_sync(done, self._blocks.files, message.output["data"], root)


class _Whole(Response):
    """A message as an answer of its own."""

    media_type = "application/json"

    def render(self, content: Mapping[str, Any]) -> bytes:
        return _json(content)


class _Events(StreamingResponse):
    """Messages as events; the call ends when this does, even if nobody read the first."""

    def __init__(self, events: AsyncGenerator[dict[str, Any] | None, None]) -> None:
        super().__init__(_lines(events), media_type="text/event-stream", headers=HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)


async def _lines(
    events: AsyncGenerator[dict[str, Any] | None, None],
) -> AsyncGenerator[bytes, None]:
    async for event in events:
        yield QUIET if event is None else b"event: message\ndata: " + _json(event) + b"\n\n"


def _json(event: Mapping[str, Any]) -> bytes:
    """In ASCII alone: what somebody sent may hold half a character."""
    return json.dumps(event, separators=(",", ":")).encode()


def _how_far(message: EventMessage | None) -> str | None:
    """A sentence about a call that is not over."""
    if isinstance(message, EstimationMessage) and message.rank is not None:
        return f"Place {message.rank + 1} of {message.queue_size} in the queue."
    if not isinstance(message, ProcessGeneratingMessage):
        return None
    facts = next(facts_in(message.output["data"]), {})
    if facts.get("position"):
        return f"Place {facts['position']} in the queue."
    return f"Step {facts['step']} of {facts['steps']}." if facts.get("step") else None
