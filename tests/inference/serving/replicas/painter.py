"""Replicas that paint: the real command, Ray Serve and processes, without a model in them.

`python -m tests.inference.serving.replicas.painter --config service.toml` serves them.
"""

import itertools
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from inference import cli
from inference.errors import Cancelled, InvalidRequest
from inference.request import EngineInfo, GenerationRequest, Progress, Queued
from inference.serving.counts import Counts, Occupancy
from inference.serving.replicas import cluster
from inference.serving.settings import EngineSettings
from inference.serving.ticket import Ticket
from inference.serving.work import Place
from tests.inference.serving.painted import INFO, painted

STEP_SECONDS = 0.02
DEPTH = "depth"


class Painter:
    """Each job has a thread that takes its time; one ControlNet at a time is in memory."""

    def __init__(self) -> None:
        self.info: EngineInfo = INFO.__class__(**{**vars(INFO), "controls": ("canny", DEPTH)})
        self.held: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._tickets: dict[int, Ticket] = {}
        self._loads = 0
        self._images = 0
        self._numbers = itertools.count()

    @property
    def waiting(self) -> int:
        return len(self._tickets)

    @property
    def counts(self) -> Counts:
        return Counts(
            running=len(self._tickets), images=self._images, residents=Occupancy(loads=self._loads)
        )

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket:
        ticket = Ticket(next(self._numbers), request, self.cancel)
        with self._lock:
            self._load(request)
            self._tickets[ticket.number] = ticket
        threading.Thread(target=self._paint, args=(ticket,), daemon=True).start()
        return ticket

    def foresee(self, request: GenerationRequest, *, client: str = "") -> Place:
        return Place(len(self._tickets) + 1, len(self._tickets) + 1, 1.0)

    def cancel(self, number: int) -> None:
        with self._lock:
            ticket = self._tickets.pop(number, None)
        if ticket is not None:
            ticket.end(Cancelled("the request was cancelled; ask anew"))

    def _load(self, request: GenerationRequest) -> None:
        names = frozenset(control.name for control in request.controls)
        if unknown := names - set(self.info.controls):
            raise InvalidRequest(f"control must be known, got {unknown}", field="control")
        if not names <= self.held:
            self.held, self._loads = names, self._loads + 1

    def _paint(self, ticket: Ticket) -> None:
        ticket.tell(Queued(1, 1, 1.0))
        steps = ticket.request.steps or 3
        for step in range(1, steps + 1):
            time.sleep(STEP_SECONDS)
            if ticket.is_done:
                return
            ticket.tell(Progress(step, steps, 0.1))
        with self._lock:
            if self._tickets.pop(ticket.number, None) is not None:
                self._images += ticket.request.num_images
                ticket.end(painted(ticket.request))


def open_painter(_settings: EngineSettings) -> tuple[Painter, Callable[[], None]]:
    return Painter(), lambda: None


if __name__ == "__main__":
    cluster.replicated = partial(cluster.replicated, opened=open_painter)
    sys.exit(cli.main(["serve", *sys.argv[1:]]))
