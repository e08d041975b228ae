"""The line that people are told of: a place that does not change when others change their minds.

Each job gets a tag when it comes in, and its position is 1 plus the jobs still waiting whose tag is
earlier. Tags are the start times of fair queuing (SFQ: Goyal, Vin & Cheng, "Start-time fair
queuing", SIGCOMM 1996): a client's jobs stand one after the other, each as far on as the work
before it costs, beginning at what is being served now. That is the order in which turns serve them,
but for seats and ControlNets that have to be waited for.

So positions never go up while no job comes in: whatever begins, ends, fails, expires or is
cancelled, in whatever order, can only bring the others forward. A job that comes in moves those up
by one whose client has asked for more than its own client has since both were last idle; nothing
else does.
"""

from typing import NamedTuple


class _Tag(NamedTuple):
    start: float
    arrival: int
    client: str
    cost: float


class Line:
    """Jobs that wait, in the order of their tags."""

    def __init__(self) -> None:
        self._now = 0.0
        self._waiting: dict[int, _Tag] = {}
        self._behind: dict[str, float] = {}
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def jobs(self) -> list[int]:
        return sorted(self._waiting, key=self._waiting.__getitem__)

    def join(self, job: int, client: str, cost: float) -> None:
        start = self._start(client)
        self._waiting[job] = _Tag(start, self._arrivals, client, cost)
        self._arrivals += 1
        self._behind[client] = start + cost

    def begin(self, job: int) -> None:
        """It has its first seat."""
        self._now = max(self._now, self._waiting.pop(job).start)
        self._behind = {who: tag for who, tag in self._behind.items() if tag > self._now}

    def leave(self, job: int) -> None:
        """It will not begin, and its client asks for so much less; harmless for one that began."""
        tag = self._waiting.pop(job, None)
        if tag is not None and tag.client in self._behind:
            self._behind[tag.client] -= tag.cost

    def position(self, job: int) -> int:
        """1 for the next to begin, 0 for one that waits no longer."""
        if job not in self._waiting:
            return 0
        own = self._waiting[job]
        return 1 + sum(tag < own for tag in self._waiting.values())

    def foresee(self, client: str) -> int:
        """The position that a job of this client would have."""
        start = self._start(client)
        return 1 + sum(tag.start <= start for tag in self._waiting.values())

    def _start(self, client: str) -> float:
        """Behind what its client has asked for already, and never before what is served now."""
        own = (tag.start for tag in self._waiting.values() if tag.client == client)
        return max(self._now, self._behind.get(client, 0.0), *own)
