"""Replicated engine: all replicas together, as the service sees one engine. No JAX.

A job whose replica ends in the middle is asked for anew at another one: the same request is the
same picture, wherever it is made. What was accepted ends in its pictures, or in a sentence.
"""

import asyncio
import itertools
import logging
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from inference.errors import Busy, Cancelled, EngineUnavailable, Interrupted, QueueFull
from inference.request import EngineInfo, GenerationRequest, Progress, Queued, Result
from inference.serving.counts import Counts, total
from inference.serving.replicas.told import Failed, Taken, Told
from inference.serving.ticket import Ticket
from inference.serving.work import Place

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

log = logging.getLogger(__name__)

TRIES = 4
"""Replicas that are asked for one job, where they end one after the other."""
TAKING = 30.0
"""Seconds for a new job to be taken."""
RECOVERING = 300.0
"""Seconds for a job whose replica ended to be taken by another, which may have to start first."""
ASKING = 10.0
"""Seconds for figures of all replicas."""


class ReplicatedEngine:
    """An `Engine` as the service wants it; `handle` leads to the replicas."""

    def __init__(self, handle: "DeploymentHandle") -> None:
        """Waits for a replica. Raises EngineUnavailable."""
        self._handle = handle
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._tickets: dict[int, Ticket] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._is_stopping = False
        self._counts = Counts()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replicas", daemon=True)
        self._thread.start()
        self._info = self._asked_for_info()

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def counts(self) -> Counts:
        """Of all replicas that are there now; of old where they cannot be asked."""
        try:
            told = self._handle.broadcast("counts").results(timeout_s=ASKING)
            self._counts = total(told)
        except Exception as error:  # noqa: BLE001  one of them may end just now
            log.warning("the replicas' figures are of before: %r", error)
        return self._counts

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket:
        """As the engine's. Raises Busy as well, where no replica is there."""
        number = next(self._numbers)
        ticket = Ticket(number, request, self.cancel)
        with self._changed:
            if self._is_stopping:
                raise _ended()
            self._tickets[number] = ticket
        asyncio.run_coroutine_threadsafe(self._begin(ticket, client), self._loop).result()
        return ticket

    def foresee(self, request: GenerationRequest, *, client: str = "") -> Place:
        """Where it would stand at the replica to which it would go."""
        handle = self._towards(request)
        try:
            told = handle.foresee.remote(request, client).result(timeout_s=TAKING)
        except TimeoutError:
            raise _busy() from None
        except Exception as error:
            raise _refusal(error) from error
        if isinstance(told, Failed):
            raise told.error
        return told

    def cancel(self, number: int) -> None:
        """For one that is unknown or done it does nothing."""
        with self._changed:
            ticket = self._tickets.get(number)
        if ticket is not None:
            self._end(ticket, Cancelled("the request was cancelled; ask anew for the picture"))
            self._loop.call_soon_threadsafe(self._let_go, number)

    def stop(self, *, patience: float = 30.0) -> None:
        """Takes nothing more, waits so many seconds for what was accepted, and hands the rest back
        as Interrupted."""
        with self._changed:
            self._is_stopping = True
            self._changed.wait_for(lambda: not self._tickets, patience)
            left = list(self._tickets.values())
        for ticket in left:
            self._end(ticket, _ended())
            self._loop.call_soon_threadsafe(self._let_go, ticket.number)

    @property
    def waiting(self) -> int:
        """Requests that are accepted and not done."""
        return len(self._tickets)

    # On the loop's thread.

    async def _begin(self, ticket: Ticket, client: str) -> None:
        """Until a replica has taken it. Raises what is wrong with it."""
        taken: asyncio.Future[None] = self._loop.create_future()
        task = self._loop.create_task(self._follow(ticket, client, taken))
        self._tasks[ticket.number] = task
        try:
            await asyncio.wait_for(asyncio.shield(taken), TAKING)
        except TimeoutError:
            task.cancel()
            self._end(ticket, _busy())
            raise _busy() from None

    async def _follow(self, ticket: Ticket, client: str, taken: "asyncio.Future[None]") -> None:
        outcome: Result | Exception = _ended()  # where it is cancelled
        try:
            outcome = await self._outcome(ticket, client, taken)
        except Exception as error:  # noqa: BLE001  it is the job's outcome
            outcome = _refusal(error)
        finally:
            self._tasks.pop(ticket.number, None)
            if isinstance(outcome, Exception) and not taken.done():
                taken.set_exception(outcome)
            self._end(ticket, outcome)

    async def _outcome(
        self, ticket: Ticket, client: str, taken: "asyncio.Future[None]"
    ) -> Result | Exception:
        """From as many replicas as it takes."""
        from ray.exceptions import RayError, RayTaskError
        from ray.serve.handle import DeploymentResponseGenerator

        handle = self._towards(ticket.request).options(stream=True)
        for _ in range(TRIES):
            stream = handle.generate.remote(ticket.request, client)
            assert isinstance(stream, DeploymentResponseGenerator), "it was asked to stream"
            try:
                async with (
                    asyncio.timeout(RECOVERING) as patience,
                    aclosing(_closed(stream)) as all_told,
                ):
                    async for told in all_told:
                        patience.reschedule(None)
                        match told:
                            case Taken():
                                if not taken.done():
                                    taken.set_result(None)
                            case Failed():
                                return told.error
                            case Result():
                                return told
                            case update:
                                self._tell(ticket, update)
            except TimeoutError:
                break
            except RayTaskError:
                raise
            except RayError as error:
                log.warning("a replica ended with a job, which is asked for anew: %r", error)
        return Interrupted(
            "a request must be finished where it was begun or elsewhere, got replicas that ended; "
            "ask again"
        )

    def _tell(self, ticket: Ticket, update: Queued | Progress) -> None:
        if not ticket.is_done:
            ticket.tell(update)

    def _let_go(self, number: int) -> None:
        if (task := self._tasks.get(number)) is not None:
            task.cancel()

    # On any.

    def _towards(self, request: GenerationRequest) -> "DeploymentHandle":
        names = sorted({control.name for control in request.controls})
        return self._handle.options(multiplexed_model_id="\n".join(names))

    def _end(self, ticket: Ticket, outcome: Result | Exception) -> None:
        with self._changed:
            self._tickets.pop(ticket.number, None)
            self._changed.notify_all()
        ticket.end(outcome)

    def _asked_for_info(self) -> EngineInfo:
        try:
            return replace(self._handle.info.remote().result(timeout_s=RECOVERING))
        except Exception as error:
            raise _refusal(error) from error


async def _closed(
    stream: "DeploymentResponseGenerator[Told]",
) -> AsyncGenerator[Told, None]:
    """What is told; left before its end, the replica is told so."""
    is_over = False
    try:
        async for told in stream:
            yield told
        is_over = True
    finally:
        if not is_over:
            with suppress(Exception):
                stream.cancel()


def _refusal(error: Exception) -> Exception:
    """Ray Serve's errors in the engine's words."""
    from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError

    match error:
        case BackPressureError():
            return QueueFull(
                "the queue must have room, got one that is full; ask again in a moment",
                retry_after=5.0,
            )
        case DeploymentUnavailableError():
            return EngineUnavailable("the replicas must start, got none that does; see their log")
        case _:
            return error


def _busy() -> Busy:
    return Busy("a replica must be there to take a request, got none yet; ask again in a moment")


def _ended() -> Interrupted:
    return Interrupted("the engine ends and takes no more requests; ask again when it is back")
