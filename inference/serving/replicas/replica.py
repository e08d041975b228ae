"""A replica: one engine in a process of its own, as Ray Serve runs it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol

from inference.request import EngineInfo, GenerationRequest, Progress, Queued, Result
from inference.serving.counts import Counts
from inference.serving.http.service import ServedEngine
from inference.serving.replicas.told import Failed, Taken, Told
from inference.serving.settings import EngineSettings
from inference.serving.ticket import Ticket
from inference.serving.work import Place


class OneEngine(ServedEngine, Protocol):
    """What an engine has to tell besides."""

    @property
    def waiting(self) -> int: ...

    @property
    def held(self) -> frozenset[str]: ...


Opened = Callable[[EngineSettings], tuple[OneEngine, Callable[[], None]]]
"""An engine, and its warm-up."""


class Replica:
    """Made where it runs; it takes jobs once it is warm."""

    def __init__(self, settings: EngineSettings, opened: Opened | None = None) -> None:
        """With the engine that `opened` gives, else a model's. Raises CheckpointError and
        InvalidRequest."""
        if opened is None:
            from inference.serving.opening import open_engine as opened
        self._engine, warm_up = opened(settings)
        warm_up()

    async def generate(self, request: GenerationRequest, client: str) -> AsyncGenerator[Told, None]:
        """All that is told of a job, to its last; closing it cancels the job."""
        try:
            ticket = await self._taken(request, client)
        except Exception as error:  # noqa: BLE001  it is told where it was asked for
            yield Failed.of(error)
            return
        loop = asyncio.get_running_loop()
        news: asyncio.Queue[Queued | Progress | Result | Exception] = asyncio.Queue()
        try:
            yield Taken()

            def hear(update: Queued | Progress | Result | Exception) -> None:
                loop.call_soon_threadsafe(news.put_nowait, update)

            ticket.listen(hear)
            while True:
                update = await news.get()
                if isinstance(update, Exception):
                    yield Failed.of(update)
                    return
                yield update
                if isinstance(update, Result):
                    return
        finally:
            ticket.cancel()

    async def foresee(self, request: GenerationRequest, client: str) -> Place | Failed:
        try:
            return await asyncio.to_thread(self._engine.foresee, request, client=client)
        except Exception as error:  # noqa: BLE001
            return Failed.of(error)

    async def info(self) -> EngineInfo:
        return self._engine.info

    async def counts(self) -> Counts:
        return self._engine.counts

    def record_routing_stats(self) -> dict[str, Any]:
        """Asked now and then by Ray Serve, for `router`."""
        return {"unfinished": self._engine.waiting, "held": sorted(self._engine.held)}

    async def _taken(self, request: GenerationRequest, client: str) -> Ticket:
        """What the engine takes although nobody waits for it any more is cancelled."""
        taking = asyncio.ensure_future(
            asyncio.to_thread(self._engine.submit, request, client=client)
        )
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            taking.add_done_callback(_cancelled)
            raise


def _cancelled(taking: "asyncio.Future[Ticket]") -> None:
    if not taking.cancelled() and taking.exception() is None:
        taking.result().cancel()
