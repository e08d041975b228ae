"""Live drawing: the endpoint that answers a drawing under way with its picture.

An upload, a queue and a stream of events would take longer than the picture does. So a page that
follows a pen asks here, one request at a time: the drawing's pixels and the page's fields go in,
and each line of JSON that comes back is a state of the result's place:

    {"turn": 7, "stage": {"phase": "following", "previews": ["data:image/jpeg;base64,…"], …}}

`turn` is whatever number the page gave the drawing, so that it knows which one a picture answers.
A drawing under way, a `draft`, is painted in half the steps; one that rests in all of them, and a
line with its file follows.
"""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from gradio.data_classes import FileData
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from spaces.demo.form import Form
from spaces.demo.handlers import Handlers
from spaces.demo.recall import Recall
from spaces.demo.settings import BESIDE, PROMPT
from spaces.demo.values import Beside, PictureValue, StageValue
from spaces.door.calls import SESSION
from spaces.door.files import Files
from spaces.door.pixels import read_pixels
from spaces.door.values import HALF, shown
from spaces.door.visitor import visitor_address
from spaces.errors import Refused

PATH = "/live"
"""Below the page's own."""
MAX_BODY = 1_200_000
"""Bytes of a request: a drawing of at most a million characters, words and settings."""
IN_ALL = 64
"""Drawings that are painted or wait for it, as many as jobs in the queue."""
PER_ADDRESS = 24
AT_ONCE = 32
"""Threads that wait for the engine."""
MAX_TURN = 2**53 - 1
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy that gathers what is sent would hold each picture back."""


@dataclass
class Places:
    """Whose drawing is under way: one of a session, so many of an address and in all.

    Several pages may share one. Used from one event loop.
    """

    sessions: set[str] = field(default_factory=set)
    addresses: Counter[str] = field(default_factory=Counter)

    def take(self, session: str, address: str | None) -> Callable[[], None]:
        """Takes a place, and gives what leaves it, once. Raises Refused."""
        owner = address or ""
        if session in self.sessions:
            raise _later("one visitor may have 1 drawing under way, and yours is")
        if len(self.sessions) >= IN_ALL:
            raise _later(f"at most {IN_ALL} drawings are painted at once, and as many are")
        if owner and self.addresses[owner] >= PER_ADDRESS:
            raise _later(f"one network address may have {PER_ADDRESS} drawings under way, and has")
        self.sessions.add(session)
        self.addresses[owner] += 1
        has_left = False

        def leave() -> None:
            nonlocal has_left
            if has_left:
                return
            has_left = True
            self.sessions.discard(session)
            self.addresses[owner] -= 1
            if not self.addresses[owner]:
                del self.addresses[owner]

        return leave


class Live:
    """Answers `PATH` of one page; `files` are that page's."""

    def __init__(
        self, handlers: Handlers, recall: Recall, files: Files, *, at_once: int, places: Places
    ) -> None:
        self._handlers = handlers
        self._recall = recall
        self._files = files
        self._places = places
        self._at_once = min(at_once, AT_ONCE)
        self._threads: CapacityLimiter | None = None  # which belongs to an event loop

    async def __call__(self, request: Request, body: Mapping[str, Any]) -> Response:
        """The answer to a call's JSON. Raises Refused."""
        session, turn = body.get("session_hash"), body.get("turn")
        if not (isinstance(session, str) and SESSION.fullmatch(session)):
            raise Refused(
                "session_hash must be up to 100 letters and digits of your own choice, "
                f"got {shown(session)}; send another"
            )
        if isinstance(turn, bool) or not isinstance(turn, int) or not 0 <= turn <= MAX_TURN:
            raise Refused(f"turn must be a whole number from 0, got {shown(turn)}; count drawings")
        self._threads = self._threads or CapacityLimiter(self._at_once)
        leave = self._places.take(session, visitor_address(request))
        try:
            form = await run_sync(self._form, body, limiter=self._threads)
        except BaseException:
            leave()
            raise
        states = self._handlers.follow(form, draft=body.get("draft") is True, client=session)
        return _Lines(self._lines(states, turn, leave), leave)

    def _form(self, body: Mapping[str, Any]) -> Form:
        fields = body.get("fields")
        fields = fields if isinstance(fields, Mapping) else {}
        prompt = fields.get(PROMPT, "")
        if not isinstance(prompt, str) or HALF.search(prompt):
            raise Refused(f"prompt must be text, got {shown(prompt)}; send that instead")
        origin = "camera" if body.get("origin") == "camera" else "draw"
        drawing = read_pixels(body.get("drawing"))
        settings = self._recall.filled(fields)
        return Form(
            PictureValue(origin=origin),
            prompt,
            settings,
            drawing=drawing,
            beside=self._beside(fields),
        )

    def _beside(self, fields: Mapping[str, Any]) -> list[Beside]:
        """The further controls, with the files of their pictures. Raises Refused."""
        found = self._recall.further(fields)
        if not any(one.own for one in found):
            return found
        pictures = [one.get("picture") for one in fields[BESIDE] if isinstance(one, Mapping)]
        named = self._files.taken_in(pictures[: len(found)], field=BESIDE)
        return [
            one.model_copy(update={"picture": FileData(**file)}) if one.own and file else one
            for one, file in zip(found, named, strict=False)
        ]

    async def _lines(
        self,
        states: Generator[StageValue, None, None],
        turn: int,
        leave: Callable[[], None],
    ) -> AsyncGenerator[bytes, None]:
        try:
            while (line := await run_sync(self._line, states, turn, limiter=self._threads)) != b"":
                yield line
        finally:
            states.close()
            leave()  # before the end is sent, which the next one answers at once

    def _line(self, states: Generator[StageValue, None, None], turn: int) -> bytes:
        """The next state; nothing where there is none."""
        state = next(states, None)
        if state is None:
            return b""
        stage = self._files.handed_out(state.model_dump())
        return json.dumps({"turn": turn, "stage": stage}).encode() + b"\n"


class _Lines(StreamingResponse):
    """Lines of JSON; `leave` is called at their end, even if nobody read the first."""

    def __init__(self, lines: AsyncGenerator[bytes, None], leave: Callable[[], None]) -> None:
        super().__init__(lines, media_type="application/x-ndjson", headers=HEADERS)
        self._lines = lines
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._lines.aclose()
            self._leave()


def _later(sentence: str) -> Refused:
    return Refused(f"{sentence}; send the next one when that is done", status=429)
