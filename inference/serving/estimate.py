"""Seconds until a job is done: the work before it, by the turns that it will be served in.

A fluid picture of the turns: in each round every client gets as much as every other, so by the time
that a client has been served w seconds of work, each other client has been served w as well, more
or less by the credits that both have, or all that it asked for if that is less. Newcomers are
served before the round until their quantum is spent.

On top of that, an image's evaluations follow one another: it takes at least as many ticks as it has
evaluations left.

Nobody knows who comes in later, but those do not stay away: what jobs took in the end, beside what
was estimated of them first, is remembered (`Experience`), and estimates are stretched by as much.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from inference.serving.costs import Costs
from inference.serving.jobs import Client, Job
from inference.serving.turns import Turns
from inference.serving.work import Work

FORGETTING = 0.15
"""The weight of the newest job."""
LARGEST_STEP = math.log(4)


class Experience:
    """How much longer jobs take than was estimated: short ones, and others."""

    def __init__(self) -> None:
        self._stretch = {True: 0.0, False: 0.0}  # logarithms

    def stretch(self, *, short: bool) -> float:
        return math.exp(self._stretch[short])

    def learn(self, *, short: bool, estimated: float, took: float) -> None:
        """`estimated` without any stretch."""
        if min(estimated, took) > 0:
            off = max(-LARGEST_STEP, min(LARGEST_STEP, math.log(took / estimated)))
            self._stretch[short] += FORGETTING * (off - self._stretch[short])


@dataclass(frozen=True)
class Asked:
    """What a client has asked for and not got: seconds of work, and rows that it is ahead by."""

    seconds: float
    lead: float


class Estimate:
    """The queue as it is at one moment; good until anything in it changes."""

    def __init__(
        self,
        *,
        costs: Costs,
        clients: Mapping[str, Client],
        turns: Turns,
        devices: int,
        size: int,
    ) -> None:
        """`size` rows are a full tick on each device."""
        self._costs = costs
        self._clients = clients
        self._turns = turns
        self._devices = devices
        self._size = size
        self._asked = {
            name: Asked(self._all(client.jobs.values()), self._lead(name))
            for name, client in clients.items()
        }

    def seconds(self, job: Job) -> float:
        """Until its last picture is out, from the end of the tick that runs now."""
        name = job.work.client
        known = self._clients.get(name)
        before = (
            [] if known is None else takewhile(lambda other: other is not job, known.jobs.values())
        )
        own = self._all(before) + self._work(job)
        row = self._row(job.work) / self._devices
        level = own - self._lead(name) * row
        others = sum(
            min(asked.seconds, max(0.0, level + asked.lead * row))
            for client, asked in self._asked.items()
            if client != name
        )
        return max(own + others, self._alone(job))

    def _all(self, jobs: Iterable[Job]) -> float:
        return sum(map(self._work, jobs), 0.0)

    def _work(self, job: Job) -> float:
        """Seconds of the devices that the rest of the job takes, in full ticks."""
        work = job.work
        decode = self._costs.decode(work.lane, 1)
        return (job.rows_left * self._row(work) + job.undecoded * decode) / self._devices

    def _row(self, work: Work) -> float:
        controls = (self._size,) * len(work.controls)
        return self._costs.tick(work.lane, self._size, controls) / self._size

    def _alone(self, job: Job) -> float:
        """Its evaluations one after the other, in the smallest ticks."""
        work = job.work
        ticks = 0 if job.is_served else job.evaluations_left
        tick = self._costs.tick(work.lane, 1, (1,) * len(work.controls))
        return ticks * tick + self._costs.decode(work.lane, 1)

    def _lead(self, client: str) -> float:
        """Credit; a newcomer's is so large that the round comes after it."""
        quantum = self._turns.quantum if self._turns.is_newcomer(client) else 0.0
        return self._turns.credit(client) + quantum
