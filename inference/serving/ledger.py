"""The ledger: requests that are accepted and not done, beside the scheduler, under one lock.

The lock is for the bookkeeping alone: it is not held while devices work, so nobody who asks waits
for a tick.
"""

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from inference.request import Queued
from inference.serving.counts import Counts, Occupancy
from inference.serving.running import Running
from inference.serving.scheduler import Scheduler
from inference.serving.work import Place, Work

TELL_EVERY = 0.25
"""Seconds between two estimates for those who wait."""


class Ledger:
    """`changed` is held for whatever is read or written here, and for the scheduler."""

    def __init__(
        self,
        scheduler: Scheduler,
        clock: Callable[[], float],
        *,
        delay: Callable[[Collection[str], float], float],
    ) -> None:
        """`delay` is the seconds until ControlNets of these names are loaded, which no tick is."""
        self.scheduler = scheduler
        self.clock = clock
        self._delay = delay
        self.changed = threading.Condition()
        self.running: dict[int, Running] = {}
        self.done = Counts()
        """What is counted as it happens."""
        self._told_at = -TELL_EVERY

    def accept(self, running: Running, now: float) -> None:
        """Raises QueueFull, and InvalidRequest for ControlNets that never fit together."""
        number = running.work.job
        self.scheduler.submit(running.work, now)
        self.running[number] = running
        self._tell_place(running, now)
        self.changed.notify_all()

    def end(self, number: int, outcome: Exception) -> None:
        """For one that is unknown or done it does nothing."""
        running = self.running.pop(number, None)
        if running is not None:
            self.scheduler.cancel(number, self.clock())
            running.ticket.end(outcome)
            self.changed.notify_all()

    def fail(self, numbers: Iterable[int], error: Exception) -> None:
        for number in numbers:
            self.done.failures += number in self.running
            self.end(number, error)

    def tell_waiting(self, now: float) -> None:
        """Whoever has not begun is told a place, now and then."""
        if now - self._told_at < TELL_EVERY:
            return
        self._told_at = now
        for running in self.running.values():
            if running.begun is None:
                self._tell_place(running, now)

    def foresee(self, work: Work, now: float) -> Place:
        """The place that such a request would have."""
        place = self.scheduler.foresee(work, now)
        return replace(place, seconds=place.seconds + self._delay(work.names, now))

    def counts(self, *, slots: int, compilations: int, residents: Occupancy) -> Counts:
        """What was done so far, and what is accepted and not done."""
        begun = sum(one.begun is not None for one in self.running.values())
        return replace(
            self.done,
            running=begun,
            waiting=len(self.running) - begun,
            slots=slots,
            slots_taken=self.scheduler.seated,
            compilations=compilations,
            residents=residents,
        )

    def _tell_place(self, running: Running, now: float) -> None:
        """At least the next: it has not begun."""
        place = self.scheduler.place(running.work.job, now)
        seconds = place.seconds + self._delay(running.work.names, now)
        position = max(place.position, 1)
        running.ticket.tell(Queued(position, max(place.waiting, position), seconds))
