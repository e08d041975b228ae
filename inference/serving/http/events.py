"""Server-sent events: a job's news as text, from any number on, until it is done.

Each has its number as id, so that whoever lost the connection goes on behind the last that came.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from anyio.to_thread import run_sync

from inference.errors import InvalidRequest, shown
from inference.request import Progress, Queued, Result
from inference.serving.http.jobs import Job, News
from inference.serving.http.problems import problem_of
from inference.serving.http.wire import write_progress, write_queued, write_result

BEAT = 10.0
"""Seconds without news, after which an empty line shows that somebody is there."""


def read_number(text: str | None) -> int:
    """Last-Event-ID. Raises InvalidRequest."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest(
            f"Last-Event-ID must be the id of an event, got {shown(text)}; "
            "send the last that came, or leave it out",
            field="Last-Event-ID",
        )
    return int(text)


async def stream(job: Job, after: int, *, beat: float = BEAT) -> AsyncIterator[str]:
    """All news behind number `after`, to the last."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # a loop that has ended follows nothing any more
            loop.call_soon_threadsafe(news.set)

    with job.woken(wake):
        while True:
            news.clear()
            for one in job.since(after):
                yield await run_sync(text_of, one)
                after = one.number
                if one.is_last:
                    return
            if job.done_at is not None and not job.since(after):
                return
            try:
                await asyncio.wait_for(news.wait(), beat)
            except TimeoutError:
                yield ":\n\n"


def text_of(news: News) -> str:
    """One event. Its JSON is ASCII, so that no character of it ends a line."""
    name, data = _told(news)
    return f"id: {news.number}\nevent: {name}\ndata: {json.dumps(data)}\n\n"


def _told(news: News) -> tuple[str, dict[str, Any]]:
    match news.update:
        case Queued() as queued:
            return "queued", write_queued(queued)
        case Progress() as progress:
            return "progress", write_progress(progress)
        case Result() as result:
            return "result", write_result(result)
        case error:
            return "failed", problem_of(error).body
