"""The engine: one thread that plans ticks, runs them, and tells everybody how far they are.

Requests join and leave between ticks.
"""

import itertools
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import replace

from inference.errors import Cancelled, Interrupted
from inference.kept import Kept
from inference.model import Model
from inference.request import EngineInfo, GenerationRequest, Update
from inference.serving.costs import Costs
from inference.serving.counts import Counts
from inference.serving.digest import digest, weight
from inference.serving.ledger import Ledger
from inference.serving.residents import Residents
from inference.serving.runner import ModelRunner
from inference.serving.running import Running, work_of
from inference.serving.scheduler import Scheduler
from inference.serving.tick import Tick
from inference.serving.ticket import Ticket
from inference.serving.work import Limits, Place

AT_ONCE = 64
"""Requests that the engine takes before others have to wait in front of it."""
RESULT_BYTES = 64 * 2**20
"""Of finished pictures that are kept for who asks for the very same again."""
ROWS_ON_CPU = (8, 2)
"""Of a tick, and of one that a newcomer leads, where arithmetic binds; `docs/scale.md` has what
others give."""
ROWS = (16, 16)


class SlotEngine:
    """An `Engine` for many at once; `start` it once, `stop` it at the end."""

    def __init__(
        self,
        model: Model,
        *,
        residents: Residents | None = None,
        limits: Limits | None = None,
        most_rows: int | None = None,
        costs: Costs | None = None,
        result_bytes: int = RESULT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without `residents`, the model's ControlNets are those that there are, and stay."""
        self._model = model
        self._residents = residents = residents or Residents(model)
        self._clock = clock
        rows, newcomer_rows = ROWS_ON_CPU if model.devices.is_cpu else ROWS
        self.most_rows = most_rows = most_rows or rows
        """Of a tick, on each device."""
        self._scheduler = Scheduler(
            costs=costs or Costs(),
            limits=limits,
            devices=model.devices.count,
            seats=model.slots // model.devices.count,
            most_rows=most_rows,
            newcomer_rows=min(newcomer_rows, most_rows),
            fits=residents.fits,
            pinned=residents.pinned,
        )
        for name in model.controlnets.names:
            self._scheduler.ready(name, clock())
        self._info = replace(
            model.info,
            at_once=AT_ONCE,
            annotators=residents.annotators,
            sources=residents.sources,
        )
        self._results = Kept(result_bytes, weight)
        self._ledger = Ledger(self._scheduler, clock, delay=residents.delay)
        self._runner = ModelRunner(model, self._ledger, self._results)
        self._changed = self._ledger.changed
        residents.serve(self._wake, self._forget)
        self._numbers = itertools.count(1)
        self._is_stopping = False
        self._has_ended = False
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)

    @property
    def info(self) -> EngineInfo:
        return self._info

    # Whoever asks, on any thread.

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, patience: float = 30.0) -> None:
        """Takes nothing more, goes on with what was accepted for so many seconds, and hands the
        rest back as Interrupted."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience)
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
            for number in list(self._ledger.running):
                self._ledger.end(number, _ended())
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket:
        """Raises InvalidRequest; QueueFull, which says when to come back; ControlNetUnavailable for
        one that could not be loaded just now; and Interrupted."""
        job, now = self._model.intake.job(request), self._clock()
        kept = self._model.kept(job) if job.keeps_image else None  # which may take the upscaler
        number = next(self._numbers)
        ticket = Ticket(number, request, self.cancel)
        with self._changed:
            if self._is_stopping:
                raise _ended()
            kept = kept or self._results.find(digest(request))
            if kept is not None:
                ticket.end(kept)
                return ticket
            running = Running(job, ticket, work_of(number, job, client))
            self._residents.require(running.work.names, now)
            self._ledger.accept(running, now)
        return ticket

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        """As `submit`; closing it cancels the request."""
        ticket = self.submit(request, client=client)
        try:
            yield from ticket.updates()
        finally:
            ticket.cancel()

    def foresee(self, request: GenerationRequest, *, client: str = "") -> Place:
        """Where it would stand, and how long it would take. Raises InvalidRequest."""
        job = self._model.intake.job(request)
        with self._changed:
            return self._ledger.foresee(work_of(0, job, client), self._clock())

    def allow(self, rows: int) -> None:
        """Ticks have at most so many rows from now on: those for which programs are compiled. Until
        it is called, what is not compiled is when it is needed, and everybody waits for it."""
        with self._changed:
            self._scheduler.allow(rows)

    def cancel(self, number: int) -> None:
        """For one that is unknown or done it does nothing."""
        with self._changed:
            self._ledger.end(
                number, Cancelled("the request was cancelled; ask anew for the picture")
            )

    @property
    def waiting(self) -> int:
        """Requests that are accepted and not done."""
        return len(self._ledger.running)

    @property
    def held(self) -> frozenset[str]:
        """The ControlNets in device memory."""
        with self._changed:
            return frozenset(self._model.controlnets.names)

    @property
    def counts(self) -> Counts:
        """What it has done so far, and what is accepted and not done."""
        with self._changed:
            return self._ledger.counts(
                slots=self._model.slots,
                compilations=self._model.devices.compilations,
                residents=self._residents.occupancy,
            )

    # The engine's thread.

    def _serve(self) -> None:
        while (tick := self._planned()) is not None:
            self._runner.run(tick)

    def _planned(self) -> Tick | None:
        """The next tick, once there is one; None when it is time to end."""
        with self._changed:
            while not self._has_ended:
                now = self._clock()
                self._ledger.tell_waiting(now)
                self._residents.exchange(self._ledger, now)
                tick = self._scheduler.next(now)
                if tick is not None:
                    return tick
                if self._residents.exchange(self._ledger, now):
                    continue  # what waits may be due, now that nothing else can run
                if self._is_stopping and not self._ledger.running:
                    return None
                self._changed.wait(timeout=1.0 if self._ledger.running else None)
            return None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _forget(self, name: str) -> None:
        """What was made with another ControlNet of that name."""
        self._model.preparation.forget(name)
        self._results.forget(lambda key: True)


def _ended() -> Interrupted:
    return Interrupted("the engine ends and takes no more requests; ask again when it is back")
