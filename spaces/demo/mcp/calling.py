"""A call in the page's queue, with the same places and bounds as everybody's, message by message.

Each call is a session of its own, so no other can read its messages; and whoever hangs up ends it.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from typing import Any

from gradio.block_function import BlockFunction
from gradio.data_classes import PredictBodyInternal
from gradio.server_messages import EventMessage, ProcessCompletedMessage
from starlette.requests import Request

from spaces.demo.queueing import BoundedQueue
from spaces.door.gate import API

SILENCE = 15.0
"""Seconds after which somebody between us and the caller might think that the line is dead."""


async def called(
    queue: BoundedQueue, function: BlockFunction, values: list[Any], request: Request
) -> AsyncGenerator[EventMessage | None, None]:
    """The queue's messages about a call of `function`, to the one that it is over.

    None is sent where there was none for a while. `request` is the one that the call came with.
    """
    session = secrets.token_hex(16)
    if queue.server_app is None:
        queue.set_server_app(request.scope["app"])
    as_call = _as_call(request)
    body = PredictBodyInternal(
        data=values,
        fn_index=function._id,
        session_hash=session,
        simple_format=True,  # values as they are, and not what changed of them
        request=as_call,
    )
    await queue.push(body, as_call, None)
    messages = queue.pending_messages_per_session[session]
    try:
        while True:
            try:
                message = await asyncio.wait_for(messages.get(), SILENCE)
            except TimeoutError:
                message = None
            yield message
            if isinstance(message, ProcessCompletedMessage):
                break
    finally:
        await queue.clean_events(session_hash=session)
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)


def _as_call(request: Request) -> Request:
    """The request as if it had come where Gradio's calls do: the page's address is read from it."""
    root = request.scope.get("root_path", "")
    path = f"{root}{API}/queue/join"
    return Request({**request.scope, "path": path, "raw_path": path.encode()}, request.receive)
