"""The engine: one thread that plans ticks, runs them, and tells everybody how far they are.

Requests join and leave between ticks. The lock is for the bookkeeping alone: it is not held while
devices work, so nobody who asks waits for a tick.
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace

from inference.errors import Cancelled, Interrupted, NotFinite
from inference.kept import Kept
from inference.model import Model
from inference.request import EngineInfo, GenerationRequest, Queued, Update
from inference.serving.costs import Costs
from inference.serving.counts import Counts
from inference.serving.digest import digest, weight
from inference.serving.running import Running, work_of
from inference.serving.scheduler import Scheduler
from inference.serving.tick import Tick
from inference.serving.ticket import Ticket
from inference.serving.work import Limits, Place
from inference.slots import Slots

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Requests that the engine takes before others have to wait in front of it."""
RESULT_BYTES = 64 * 2**20
"""Of finished pictures that are kept for who asks for the very same again."""
ROWS_ON_CPU = (8, 2)
"""Of a tick, and of one that a newcomer leads, where arithmetic binds; `docs/scale.md` has what
others give."""
ROWS = (16, 16)
TELL_EVERY = 0.25
"""Seconds between two estimates for those who wait."""


class SlotEngine:
    """An `Engine` for many at once; `start` it once, `stop` it at the end."""

    def __init__(
        self,
        model: Model,
        *,
        limits: Limits | None = None,
        most_rows: int | None = None,
        costs: Costs | None = None,
        result_bytes: int = RESULT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
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
            pinned=model.info.controls,
        )
        for name in model.info.controls:
            self._scheduler.ready(name, clock())
        self._info = replace(model.info, at_once=AT_ONCE)
        self._results = Kept(result_bytes, weight)
        self._running: dict[int, Running] = {}
        self._counts = Counts()
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._is_stopping = False
        self._has_ended = False
        self._told_at = -TELL_EVERY
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
            for number in list(self._running):
                self._end(number, _ended())
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket:
        """Raises InvalidRequest; QueueFull, which says when to come back; and Interrupted."""
        job, now = self._model.intake.job(request), self._clock()
        number = next(self._numbers)
        ticket = Ticket(number, request, self.cancel)
        with self._changed:
            if self._is_stopping:
                raise _ended()
            kept = self._model.kept(job) if job.keeps_image else self._results.find(digest(request))
            if kept is not None:
                ticket.end(kept)
                return ticket
            work = work_of(number, job, client)
            self._scheduler.submit(work, now)
            self._running[number] = Running(job, ticket, work)
            ticket.tell(_queued(self._scheduler.place(number, now)))
            self._changed.notify_all()
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
            return self._scheduler.foresee(work_of(0, job, client), self._clock())

    def allow(self, rows: int) -> None:
        """Ticks have at most so many rows from now on: those for which programs are compiled. Until
        it is called, what is not compiled is when it is needed, and everybody waits for it."""
        with self._changed:
            self._scheduler.allow(rows)

    def cancel(self, number: int) -> None:
        """For one that is unknown or done it does nothing."""
        with self._changed:
            self._end(number, Cancelled("the request was cancelled; ask anew for the picture"))

    @property
    def waiting(self) -> int:
        """Requests that are accepted and not done."""
        return len(self._running)

    @property
    def counts(self) -> Counts:
        """What it has done so far, and what is accepted and not done."""
        with self._changed:
            begun = sum(one.begun is not None for one in self._running.values())
            return replace(
                self._counts,
                running=begun,
                waiting=len(self._running) - begun,
                compilations=self._model.devices.compilations,
            )

    # The engine's thread.

    def _serve(self) -> None:
        while (tick := self._planned()) is not None:
            try:
                self._run(tick)
            except Exception as error:
                log.exception("a tick failed")
                self._fail({step.job for step in tick.steps}, error)
                self._recover(tick)

    def _planned(self) -> Tick | None:
        """The next tick, once there is one; None when it is time to end."""
        with self._changed:
            while not self._has_ended:
                now = self._clock()
                self._tell_waiting(now)
                tick = self._scheduler.next(now)
                if tick is not None:
                    return tick
                if self._is_stopping and not self._running:
                    return None
                self._changed.wait(timeout=1.0 if self._running else None)
            return None

    def _run(self, tick: Tick) -> None:
        """One tick, and the pictures that it finishes. Not run, it has not happened."""
        compiled = self._model.devices.compile_seconds
        slots = self._seated(tick)
        if slots is None:
            return
        started, seated = self._clock(), self._model.devices.compile_seconds
        if not self._ticked(tick, slots):
            return
        ended, in_all = self._clock(), self._model.devices.compile_seconds
        compiling = in_all - compiled
        with self._changed:
            self._counts.ticks += 1
            self._counts.tick_seconds += max(ended - started - (in_all - seated), 0.0)
            for step in tick.steps:
                if (running := self._running.get(step.job)) is not None:
                    running.begun = started if running.begun is None else running.begun
                    running.compile_seconds += compiling
                    running.advanced([step])
            self._scheduler.ran(tick, None if compiling else ended - started, ended)
        self._tell_running(tick, slots)
        self._decode(tick, slots)

    def _seated(self, tick: Tick) -> Slots | None:
        """The lane, in which newcomers have taken their slots; None where the tick is to be planned
        anew, since one of them could not."""
        slots = self._model.lanes.get((tick.lane.width, tick.lane.height))
        for step in tick.steps:
            running = self._running.get(step.job)
            if step.evaluation or running is None:
                continue
            try:
                prepared = self._model.preparation(running.job)
                in_use = {one.job.size for one in self._running.values() if one.slots}
                slots = self._model.lane(running.job.size, prepared, in_use=in_use)
                slots.take(prepared, running.job.start_scales, [running.image(step)])
            except Exception as error:
                log.exception("a request could not begin")
                self._fail({step.job}, error)
                self._recover(tick)
                return None
        return slots

    def _ticked(self, tick: Tick, slots: Slots) -> bool:
        """False where device memory ran out: ticks are smaller from then on."""
        with self._changed:
            known = [(self._running.get(step.job), step) for step in tick.steps]
        images = [(one.image(step), step.evaluation) for one, step in known if one is not None]
        if not images:
            return True
        try:
            slots.tick(images)
            slots.wait()
        except Exception as error:
            if "RESOURCE_EXHAUSTED" not in str(error) or tick.size == 1:
                raise
            log.warning("device memory ran out with %s rows in a tick: half from now on", tick.size)
            with self._changed:
                self._scheduler.shrink()
            self._recover(tick)
            return False
        return True

    def _recover(self, tick: Tick) -> None:
        """Where what was in the lane's slots is gone, all go on from the first step of theirs: that
        gives the same."""
        size, now = (tick.lane.width, tick.lane.height), self._clock()
        slots = self._model.lanes.get(size)
        if slots is None or not slots.are_lost:
            return
        self._model.forget(size)
        with self._changed:
            for running in list(self._running.values()):
                if running.work.lane == tick.lane and running.slots:
                    self._scheduler.cancel(running.work.job, now)
                    running.restart()
                    self._scheduler.submit(running.work, now)

    def _tell_running(self, tick: Tick, slots: Slots) -> None:
        for number in dict.fromkeys(step.job for step in tick.steps):
            running = self._running.get(number)
            if running is None or not running.has_news:
                continue
            shown = running.previewed
            previews = slots.preview(shown) if shown else []
            with self._changed:
                if number in self._running:
                    left = self._scheduler.place(number, self._clock()).seconds
                    running.ticket.tell(running.progress(left, previews))

    def _tell_waiting(self, now: float) -> None:
        if now - self._told_at < TELL_EVERY:
            return
        self._told_at = now
        for number, running in self._running.items():
            if running.begun is None:
                running.ticket.tell(_queued(self._scheduler.place(number, now)))

    def _decode(self, tick: Tick, slots: Slots) -> None:
        seats = {(step.job, step.image): step.seat for step in tick.steps}
        finished = [one for one in tick.finishing if one[0] in self._running]
        if not finished:
            return
        compiled, started = self._model.devices.compile_seconds, self._clock()
        pictures = slots.decode([seats[one] for one in finished])
        ended = self._clock()
        is_clean = self._model.devices.compile_seconds == compiled
        with self._changed:
            for (number, image), picture in zip(finished, pictures, strict=True):
                if (running := self._running.get(number)) is not None:
                    running.pictures[image] = picture
            for number in self._scheduler.decoded(
                finished, ended - started if is_clean else None, ended
            ):
                self._finish(self._running.pop(number), ended)

    def _finish(self, running: Running, now: float) -> None:
        pictures = [running.pictures[at] for at in range(running.work.images)]
        begun = now if running.begun is None else running.begun
        try:
            result = self._model.result(
                running.job,
                pictures,
                seconds=now - begun - running.compile_seconds,
                compile_seconds=running.compile_seconds,
            )
        except NotFinite as error:
            self._counts.failures += 1
            running.ticket.end(error)
        else:
            self._counts.images += len(result.images)
            self._results.put(digest(running.job.request), result)
            running.ticket.end(result)

    def _fail(self, numbers: Iterable[int], error: Exception) -> None:
        with self._changed:
            for number in numbers:
                self._counts.failures += number in self._running
                self._end(number, error)

    def _end(self, number: int, outcome: Exception) -> None:
        running = self._running.pop(number, None)
        if running is not None:
            self._scheduler.cancel(number, self._clock())
            running.ticket.end(outcome)
            self._changed.notify_all()


def _queued(place: Place) -> Queued:
    """At least the next: it has not begun."""
    return Queued(max(place.position, 1), max(place.waiting, place.position, 1), place.seconds)


def _ended() -> Interrupted:
    return Interrupted("the engine ends and takes no more requests; ask again when it is back")
