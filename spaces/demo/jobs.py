"""Background jobs: work that outlives the connection of whoever asked for it.

A job runs in a thread of its own, as many at a time as the engine takes. Whoever knows its name
follows it: the page that asked, and the same page again after a lost connection or a reload. A job
that nobody follows goes on for a while and is then stopped; what a job came to is kept for a while
longer.
"""

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

State = TypeVar("State")

UNATTENDED_SECONDS = 60.0
"""So long a job that nobody follows goes on: a tunnel, a reload, a look at another app."""
MOST_UNATTENDED = 4
"""More than that are not carried on: the one that was left first is stopped."""
KEPT_SECONDS = 600.0
MOST_KEPT = 64
"""Ends of jobs that are kept, the newest."""
BEAT = 1.0
"""A job that has no news says the same again after so many seconds.

That tells the page that it is alive, and lets Gradio close a follower, which it can only do when
something is said.
"""
NAME = re.compile(r"[0-9a-f]{32}")


class Job(Generic[State]):
    """One piece of work: a first state, then those that its generator yields; the last stays."""

    def __init__(
        self,
        name: str,
        work: Generator[State, None, None],
        *,
        first: State,
        clock: Callable[[], float],
        patience: float,
    ) -> None:
        self.name = name
        self._work = work
        self._clock = clock
        self._patience = patience
        self._news = threading.Condition()
        self._state = first
        self._count = 0
        self._followers = 0
        self._stopped = False
        self.left_at: float | None = None
        self.over_at: float | None = None

    @property
    def is_over(self) -> bool:
        return self.over_at is not None

    @property
    def is_unattended(self) -> bool:
        return not self.is_over and self._followers == 0

    def follow(self) -> Generator[State, None, None]:
        """The newest state, then each newer one, until the job is over.

        A follower that is slower than the job misses the states between.
        """
        seen = -1
        with self._news:
            self._followers += 1
            self.left_at = None
        try:
            while True:
                state, seen, over = self._next(seen)
                yield state
                if over:
                    return
        finally:
            with self._news:
                self._followers -= 1
                if not self._followers:
                    self.left_at = self._clock()

    def _next(self, seen: int) -> tuple[State, int, bool]:
        """The newest state, its number, and whether there will be no other."""
        with self._news:
            self._news.wait_for(lambda: self._count > seen or self.is_over, timeout=BEAT)
            return self._state, self._count, self.is_over

    def stop(self) -> None:
        """Ends it at the state that it is working on."""
        self._stopped = True

    def is_wanted(self) -> bool:
        """Whether it goes on: it was not stopped, and somebody follows it or did so lately."""
        if self._stopped:
            return False
        left_at = self.left_at
        return left_at is None or self._clock() - left_at < self._patience

    def run(self, turn: threading.Semaphore) -> None:
        """Works when it is its turn, until it is done or not wanted any more."""
        try:
            while not turn.acquire(timeout=0.1):
                if not self.is_wanted():
                    return
            try:
                self._proceed()
            finally:
                turn.release()
        finally:
            with self._news:
                self.over_at = self._clock()
                self._news.notify_all()

    def _proceed(self) -> None:
        try:
            for state in self._work:
                with self._news:
                    self._state, self._count = state, self._count + 1
                    self._news.notify_all()
                if not self.is_wanted():
                    return
        except Exception:
            log.exception("a job failed")
        finally:
            self._work.close()


class Jobs(Generic[State]):
    """The jobs of one demo, by name. All that it keeps is bounded."""

    def __init__(
        self,
        *,
        at_once: int = 1,
        patience: float = UNATTENDED_SECONDS,
        kept: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._kept = kept
        self._clock = clock
        self._turn = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._jobs: dict[str, Job[State]] = {}

    def start(
        self,
        name: object,
        work: Callable[[str], Generator[State, None, None]],
        *,
        first: Callable[[str], State],
    ) -> Job[State]:
        """The job of that name, begun unless it was begun before.

        Whoever asks chooses the name, which nobody else can guess; one that is none is replaced.
        `work` is given the name, and so is `first`, the state of a job that waits for its turn.
        """
        with self._lock:
            self._tidy()
            if not isinstance(name, str) or not NAME.fullmatch(name):
                name = secrets.token_hex(16)
            known = self._jobs.get(name)
            if known is not None:
                return known
            job = Job(
                name,
                work(name),
                first=first(name),
                clock=self._clock,
                patience=self._patience,
            )
            self._jobs[name] = job
        threading.Thread(target=job.run, args=(self._turn,), name="job", daemon=True).start()
        return job

    def find(self, name: object) -> Job[State] | None:
        """The job of that name, if it runs or its result is still kept."""
        with self._lock:
            self._tidy()
            return self._jobs.get(name) if isinstance(name, str) else None

    def stop(self, name: object) -> None:
        """Ends the job of that name, if there is one."""
        job = self.find(name)
        if job is not None:
            job.stop()

    def __len__(self) -> int:
        return len(self._jobs)

    def _tidy(self) -> None:
        unattended = [job for job in self._jobs.values() if job.is_unattended and job.left_at]
        unattended.sort(key=lambda job: job.left_at or 0.0)
        for job in unattended[: max(0, len(unattended) - MOST_UNATTENDED)]:
            job.stop()
        now = self._clock()
        over = [job for job in self._jobs.values() if job.over_at is not None]
        over.sort(key=lambda job: job.over_at or 0.0)
        too_many = len(over) - MOST_KEPT
        for index, job in enumerate(over):
            if index < too_many or now - (job.over_at or 0.0) >= self._kept:
                del self._jobs[job.name]
