"""Jobs: what was asked over HTTP, each with its news by number, kept until it is too old.

Written by the engine's thread, read by the event loop's and its workers.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from inference.request import Progress, Queued, Result
from inference.serving.digest import weight
from inference.serving.http.problems import refusal
from inference.serving.ticket import Listener, Ticket

MOST = 500
MOST_BYTES = 512 * 2**20
SECONDS = 15 * 60
"""Of jobs that are done: how many, how large in pixels, and for how long they are kept."""
FOLLOWERS = 8
"""Of one job at a time."""
LOST = "there is no such job here: it was lost with a restart, or is over; ask anew"


@dataclass(frozen=True)
class News:
    """One thing that is told of a job; numbers go up, and are those of its events."""

    number: int
    update: Queued | Progress | Result | Exception

    @property
    def is_last(self) -> bool:
        return isinstance(self.update, Result | Exception)


class Job:
    """One accepted request of one key; nobody can guess its id."""

    def __init__(self, owner: str, clock: Callable[[], float]) -> None:
        self.id = secrets.token_urlsafe(24)
        self.owner = owner
        self.done_at: float | None = None
        self.bytes = 0
        """Of its pictures and previews, as pixels."""
        self.fetched: set[int] = set()
        self._clock = clock
        self._ticket: Ticket | None = None
        self._also: Listener | None = None
        self._lock = threading.Lock()
        self._count = 0
        self._news: list[News] = []
        self._wake: list[Callable[[], Any]] = []

    def follow(self, ticket: Ticket, also: Listener | None = None) -> None:
        """What the ticket is told is news of this job; `also` hears it too."""
        self._ticket, self._also = ticket, also
        ticket.listen(self._hear)

    def cancel(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    @property
    def result(self) -> Result | None:
        """None until it is done, and where it failed."""
        with self._lock:
            update = self._news[-1].update if self._news else None
        return update if isinstance(update, Result) else None

    def since(self, number: int) -> list[News]:
        """What was told after that piece of news; a place in line that is no longer true is
        nothing."""
        with self._lock:
            return [one for one in self._news if one.number > number]

    def require_room(self) -> None:
        """Raises Refused where too many follow it."""
        if len(self._wake) >= FOLLOWERS:
            raise refusal(
                429,
                "too_many",
                f"at most {FOLLOWERS} may follow one job, got one more; end one of them",
                retry_after=1.0,
            )

    @contextmanager
    def woken(self, wake: Callable[[], Any]) -> Iterator[None]:
        """Calls `wake`, on any thread, at each piece of news."""
        with self._lock:
            self._wake.append(wake)
        try:
            yield
        finally:
            with self._lock:
                self._wake.remove(wake)

    def _hear(self, update: Queued | Progress | Result | Exception) -> None:
        with self._lock:
            self._count += 1
            if self._news and isinstance(self._news[-1].update, Queued):
                self._news.pop()
            news = News(self._count, update)
            self._news.append(news)
            self.bytes += _size(update)
            if news.is_last:
                self.done_at = self._clock()
                self._ticket = None
            for wake in self._wake:
                wake()
        if self._also is not None:
            self._also(update)
            if news.is_last:
                self._also = None


class Jobs:
    """All jobs of a service, those that are done bounded in number, bytes and age."""

    def __init__(
        self,
        *,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._most = most
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._jobs: dict[str, Job] = {}

    def begin(self, owner: str) -> Job:
        """One that counts from now on, though the engine has not taken it yet."""
        self.sweep()
        job = Job(owner, self.clock)
        self._jobs[job.id] = job
        return job

    def forget(self, job: Job) -> None:
        self._jobs.pop(job.id, None)

    def find(self, name: str, owner: str) -> Job:
        """A job of that key. Raises Refused: of others' it is not even told that they are there."""
        self.sweep()
        job = self._jobs.get(name)
        if job is None or job.owner != owner:
            raise refusal(404, "lost", LOST)
        return job

    def at_once(self, owner: str) -> int:
        """The key's jobs that are not done."""
        return sum(job.owner == owner and job.done_at is None for job in self._jobs.values())

    @property
    def are_fetched(self) -> bool:
        """Whether all that is done was fetched, or failed."""
        results = [(job, job.result) for job in list(self._jobs.values())]
        return all(
            result is None or len(job.fetched) == len(result.images) for job, result in results
        )

    def sweep(self) -> None:
        """Lets go of the oldest that are done, as the bounds say. On the event loop alone."""
        done = [(job.done_at, job) for job in self._jobs.values() if job.done_at is not None]
        done.sort(key=lambda one: one[0], reverse=True)
        count, size = 0, 0
        for at, job in done:
            count, size = count + 1, size + job.bytes
            too_many = count > self._most or size > self._most_bytes
            if too_many or self.clock() - at > self._seconds:
                self.forget(job)


def _size(update: Queued | Progress | Result | Exception) -> int:
    if isinstance(update, Result):
        return weight(update)
    previews = update.previews if isinstance(update, Progress) else ()
    return sum(3 * preview.width * preview.height for preview in previews)
