"""The ASGI middleware before Gradio's application: which routes there are, and who may take them.

Gradio offers much that a demo has no use for: proxies, recordings, an editor of its code, runs of
others, links to a session's state. Some of it asks nobody, and every release may add more; so what
is open is listed here, and the rest is not there.
"""

import inspect
import json
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from spaces.door import calls
from spaces.door.answers import BROKEN, NOWHERE, Sending, problem
from spaces.door.blocks import GuardedBlocks
from spaces.door.bodies import whole_body, with_body
from spaces.door.uploads import Uploads
from spaces.errors import Refused

log = logging.getLogger(__name__)

API = "/gradio_api"
OPEN = re.compile(
    r"/?"
    r"|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|login|logout|login_check)/?"
    r"|/(assets|static|svelte)/.+"
    rf"|{API}/(info|openapi\.json|app_id|startup-events|theme\.css|queue/status|queue/data"
    r"|user|token|login_check)/?"
    rf"|{API}/(call|call/v2)/[^/]+/[^/]+"
    rf"|{API}/heartbeat/[\w-]{{1,100}}"
)
"""Below the page's own path, to read."""
CALL = re.compile(
    rf"{API}/(?P<kind>call/v2|call|run|api|queue/join|cancel|reset)(/(?P<name>.+?))?/?"
)
"""To ask for something with a body of JSON."""
FIGURES = "/monitoring/summary"
"""What Gradio's page about the API asks for, to show how often each endpoint is called."""
FILE = f"{API}/file="
UPLOAD = f"{API}/upload"
PICTURES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".gif": "image/gif"}
"""What is shown in place, by its ending; everything else is only to be saved."""


@dataclass(frozen=True)
class Asked:
    """What a page answers beside Gradio: `answer` is given a request and its JSON object, which has
    `most` bytes at most, and may raise Refused. With another `method` there is no such object."""

    answer: Callable[[Request, Mapping[str, Any]], Awaitable[Response]]
    most: int
    method: Literal["GET", "POST"] = "POST"


def guarded(
    blocks: GuardedBlocks,
    *,
    takes_files: bool = True,
    under_way: Counter[str] | None = None,
    asked: Mapping[str, Asked] | None = None,
) -> dict[str, Any]:
    """The `app_kwargs` with which Gradio launches or mounts these blocks behind the gate.

    `under_way` counts uploads by address, together with those of other pages that are given it.
    `asked` is what the page answers beside Gradio, by path.
    """
    gate = Middleware(
        Gate, blocks=blocks, takes_files=takes_files, under_way=under_way, asked=asked or {}
    )
    return {"middleware": [gate]}


class Gate:
    """Stands before the application of `blocks`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        blocks: GuardedBlocks,
        takes_files: bool = True,
        under_way: Counter[str] | None = None,
        asked: Mapping[str, Asked] | None = None,
    ) -> None:
        self.app = app
        self._asked = asked or {}
        self._blocks = blocks
        self._uploads = Uploads(blocks.files, under_way=under_way) if takes_files else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is not open or not well-formed itself, in one sentence."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        sending = Sending(scope, send)
        try:
            answer = await self._answer(scope, receive, sending)
        except Refused as refused:
            if scope["method"] == "POST":
                log.warning("refused %r: %s", scope["path"][:100], refused)
            answer = problem(str(refused), refused.status)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("%s %r failed", scope["method"], scope["path"][:100])
            answer = problem(BROKEN, 500)
        if answer is not None and not sending.has_begun:
            await answer(scope, receive, sending)

    async def _answer(self, scope: Scope, receive: Receive, sending: Send) -> Response | None:
        """What is answered here; None when the application has answered."""
        path = _own_path(scope)
        method = scope["method"]
        if path.startswith(FILE) and method in ("GET", "HEAD"):
            await self._require_let_in(scope)
            return self._file(path.removeprefix(FILE))
        if path.rstrip("/") == UPLOAD and method == "POST":
            await self._require_let_in(scope)
            if self._uploads is None:
                raise _nothing_here()
            return JSONResponse(await self._uploads.receive(Request(scope, receive)))
        if path == FIGURES and method in ("GET", "HEAD"):
            return JSONResponse({"functions": {}})
        own = self._asked.get(path.rstrip("/"))
        if own is not None and method != "OPTIONS":
            await self._require_let_in(scope)
            return await _answer_own(own, Request(scope, receive))
        called = CALL.fullmatch(path)
        if method == "POST" and called is not None:
            await self._require_let_in(scope)
            content = await whole_body(Request(scope, receive))
            body = self._checked(called["kind"], called["name"], content)
            await self.app(*with_body(scope, receive, body), sending)
            return None
        if not OPEN.fullmatch(path) and method != "OPTIONS":
            raise _nothing_here()
        if answer := self._of_events(scope, path):
            return answer
        await self.app(scope, receive, sending)
        return None

    def _checked(self, kind: str, name: str | None, content: bytes) -> dict[str, Any]:
        body = calls.read_body(content)
        match kind:
            case "reset":
                return {"event_id": str(body.get("event_id"))[:100]}
            case "cancel":
                return _cancelled(body)
            case "call/v2":
                return calls.read_named(self._blocks, name or "", body)
            case "queue/join":
                return calls.read_call(self._blocks, "join", None, body)
            case "call":
                return calls.read_call(self._blocks, "call", name or "", body)
        return calls.read_call(self._blocks, "run", name or "", body)

    def _of_events(self, scope: Scope, path: str) -> Response | None:
        """For who listens to what there is not; Gradio would begin an answer and break it off."""
        queue = self._blocks._queue
        if path.startswith(f"{API}/call/"):
            event = path.rpartition("/")[2]
            if event not in queue.event_ids_to_events and not any(
                event in theirs for theirs in queue.pending_event_ids_session.values()
            ):
                raise Refused(
                    "there is no call of this number, or its answer was fetched already; "
                    "make the call again",
                    status=404,
                )
        elif path.rstrip("/") == f"{API}/queue/data":
            session = Request(scope).query_params.get("session_hash", "")
            if session not in queue.pending_messages_per_session:
                told = {
                    "msg": "unexpected_error",
                    "message": "there is no call of this session; load the page again",
                    "session_not_found": True,
                    "success": False,
                }
                return Response(f"data: {json.dumps(told)}\n\n", media_type="text/event-stream")
        return None

    def _file(self, name: str) -> Response:
        path = self._blocks.files.find(name)
        if path is None:
            raise Refused("there is no such file, or it is not kept any more", status=404)
        kind = PICTURES.get(path.suffix.lower())
        return FileResponse(
            path,
            media_type=kind or "application/octet-stream",
            filename=path.name,
            content_disposition_type="inline" if kind else "attachment",
            headers={"Cache-Control": "private, max-age=43200"},
        )

    async def _require_let_in(self, scope: Scope) -> None:
        """Gradio's own check, for what is answered before Gradio sees it."""
        app, request = scope["app"], Request(scope)
        if app.auth_dependency is not None:
            user = app.auth_dependency(request)
            user = await user if inspect.isawaitable(user) else user
        elif app.auth is not None:
            names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
            tokens = [request.cookies.get(name) for name in names]
            user = next((app.tokens[one] for one in tokens if one in app.tokens), None)
        else:
            return
        if user is None:
            raise Refused("only who is signed in can do this; sign in first", status=401)


async def _answer_own(own: Asked, request: Request) -> Response:
    if request.method != own.method:
        sentence = f"this address is asked by {own.method} alone, got {request.method}"
        answer = problem(f"{sentence}; see the page's API", 405)
        answer.headers["Allow"] = own.method
        return answer
    if own.method != "POST":
        return await own.answer(request, {})
    if not _is_json(request):
        raise Refused("what is asked for must be sent as application/json", status=415)
    body = calls.read_body(await whole_body(request, most=own.most))
    return await own.answer(request, body)


def _is_json(request: Request) -> bool:
    """Whether it says so: another site's page cannot, without being asked whether it may."""
    return request.headers.get("content-type", "").lower().startswith("application/json")


def _own_path(scope: Scope) -> str:
    path, root = scope["path"], scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root) else path


def _nothing_here() -> Refused:
    return Refused(NOWHERE, status=404)


def _cancelled(body: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"session_hash": str, "fn_index": int, "event_id": str}
    for name, kind in wanted.items():
        if not isinstance(body.get(name), kind):
            kinds = "a whole number" if kind is int else "text"
            raise Refused(
                f"{name} must be {kinds}, got {calls.shown(body.get(name))}; "
                "send those of the call that is to end"
            )
    return {name: body[name] for name in wanted}
