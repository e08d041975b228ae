"""The model runner: one tick on the devices, and the pictures that it finishes.

On the engine's thread alone. What fails here fails the requests that it was about.
"""

import logging

from inference.errors import NotFinite
from inference.kept import Kept
from inference.model import Model
from inference.serving.digest import digest
from inference.serving.ledger import Ledger
from inference.serving.running import Running
from inference.serving.tick import Tick
from inference.slots import Slots

log = logging.getLogger(__name__)


class ModelRunner:
    """Runs what the scheduler planned; finished pictures go to their tickets and to `results`."""

    def __init__(self, model: Model, ledger: Ledger, results: Kept) -> None:
        self._model = model
        self._ledger = ledger
        self._results = results

    def run(self, tick: Tick) -> None:
        """One tick, and the pictures that it finishes. Not run, it has not happened."""
        try:
            self._run(tick)
        except Exception as error:
            log.exception("a tick failed")
            self._fail({step.job for step in tick.steps}, error)
            self._recover(tick)

    def _run(self, tick: Tick) -> None:
        ledger, clock, devices = self._ledger, self._ledger.clock, self._model.devices
        compiled = devices.compile_seconds
        slots = self._seated(tick)
        if slots is None:
            return
        started, seated = clock(), devices.compile_seconds
        if not self._ticked(tick, slots):
            return
        ended, in_all = clock(), devices.compile_seconds
        compiling = in_all - compiled
        with ledger.changed:
            ledger.done.ticks += 1
            ledger.done.tick_seconds += max(ended - started - (in_all - seated), 0.0)
            for step in tick.steps:
                if (running := ledger.running.get(step.job)) is not None:
                    running.ticket.begun = started if running.begun is None else running.begun
                    running.compile_seconds += compiling
                    running.advanced([step])
            ledger.scheduler.ran(tick, None if compiling else ended - started, ended)
        self._tell_running(tick, slots)
        self._decode(tick, slots)

    def _seated(self, tick: Tick) -> Slots | None:
        """The lane, in which newcomers have taken their slots; None where the tick is to be planned
        anew, since one of them could not."""
        slots = self._model.lanes.get((tick.lane.width, tick.lane.height))
        for step in tick.steps:
            running = self._ledger.running.get(step.job)
            if step.evaluation or running is None:
                continue
            try:
                prepared = self._model.preparation(running.job)
                in_use = {one.job.size for one in self._ledger.running.values() if one.slots}
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
        with self._ledger.changed:
            known = [(self._ledger.running.get(step.job), step) for step in tick.steps]
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
            with self._ledger.changed:
                self._ledger.scheduler.shrink()
            self._recover(tick)
            return False
        return True

    def _recover(self, tick: Tick) -> None:
        """Where what was in the lane's slots is gone, all go on from the first step of theirs: that
        gives the same."""
        size, now = (tick.lane.width, tick.lane.height), self._ledger.clock()
        slots = self._model.lanes.get(size)
        if slots is None or not slots.are_lost:
            return
        self._model.forget(size)
        with self._ledger.changed:
            for running in list(self._ledger.running.values()):
                if running.work.lane == tick.lane and running.slots:
                    self._ledger.scheduler.cancel(running.work.job, now)
                    running.restart()
                    self._ledger.scheduler.submit(running.work, now)

    def _tell_running(self, tick: Tick, slots: Slots) -> None:
        ledger = self._ledger
        for number in dict.fromkeys(step.job for step in tick.steps):
            running = ledger.running.get(number)
            if running is None or not running.has_news:
                continue
            shown = running.previewed
            previews = slots.preview(shown) if shown else []
            with ledger.changed:
                if number in ledger.running:
                    left = ledger.scheduler.place(number, ledger.clock()).seconds
                    running.ticket.tell(running.progress(left, previews))

    def _decode(self, tick: Tick, slots: Slots) -> None:
        ledger, clock, devices = self._ledger, self._ledger.clock, self._model.devices
        seats = {(step.job, step.image): step.seat for step in tick.steps}
        with ledger.changed:
            jobs = {
                one: ledger.running[one[0]].job
                for one in tick.finishing
                if one[0] in ledger.running
            }
        finished = list(jobs)
        if not finished:
            return
        compiled, started = devices.compile_seconds, clock()
        pictures = slots.decode([seats[one] for one in finished])
        pictures = self._model.finished(list(jobs.values()), pictures)
        ended = clock()
        is_clean = devices.compile_seconds == compiled
        with ledger.changed:
            for (number, image), picture in zip(finished, pictures, strict=True):
                if (running := ledger.running.get(number)) is not None:
                    running.pictures[image] = picture
            for number in ledger.scheduler.decoded(
                finished, ended - started if is_clean else None, ended
            ):
                self._finish(ledger.running.pop(number), ended)

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
            self._ledger.done.failures += 1
            running.ticket.end(error)
        else:
            self._ledger.done.images += len(result.images)
            self._results.put(digest(running.job.request), result)
            running.ticket.end(result)

    def _fail(self, numbers: set[int], error: Exception) -> None:
        with self._ledger.changed:
            self._ledger.fail(numbers, error)
