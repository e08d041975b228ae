"""Seconds until a job is done: the work before it, by the turns that it will be served in.

A fluid picture of the turns: in each round every client gets as much as every other, so by the time
that a client has been served w seconds of work, each other client has been served w as well, more
or less by the credits that both have, or all that it asked for if that is less. Newcomers are
served before the round until their quantum is spent.

On top of that, an image's evaluations follow one another: it takes at least as many ticks as it has
evaluations left.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from inference.serving.costs import Costs
from inference.serving.jobs import Client, Job
from inference.serving.turns import Turns
from inference.serving.work import Work


@dataclass(frozen=True)
class Estimate:
    """One moment's view of the queue; `running` are the seconds left of the tick that runs now."""

    costs: Costs
    clients: Mapping[str, Client]
    turns: Turns
    devices: int
    size: int
    """Rows of a full tick on each device."""
    newcomer_size: int
    running: float

    def seconds(self, job: Job) -> float:
        name = job.work.client
        known = self.clients.get(name)
        before = [j for j in known.jobs.values() if j.arrival < job.arrival] if known else []
        own = sum(map(self._work, before)) + self._work(job)
        lead = self._lead(name, job.work)
        others = 0.0
        for client in self.clients.values():
            if client.name != name:
                asked = sum(map(self._work, client.jobs.values()))
                others += min(asked, max(0.0, own + self._lead(client.name, job.work) - lead))
        return self.running + max(own + others, self._alone(job))

    def _work(self, job: Job) -> float:
        """Seconds of the devices that the rest of the job takes, in full ticks."""
        work = job.work
        behind = [sum(work.rows[first:]) for first in range(len(work.rows))]
        rows = sum(behind[evaluation] for evaluation in job.evaluations_left())
        controls = [self.size] * len(work.names)
        row = self.costs.tick(work.lane, self.size, controls) / self.size
        images = len(list(job.evaluations_left())) + len(job.decoding)
        return (rows * row + images * self.costs.decode(work.lane, 1)) / self.devices

    def _alone(self, job: Job) -> float:
        work = job.work
        ticks = max((len(work.rows) - e for e in job.evaluations_left()), default=0)
        tick = self.costs.tick(work.lane, 1, [1] * len(work.names))
        return ticks * tick + self.costs.decode(work.lane, 1)

    def _lead(self, client: str, work: Work) -> float:
        """Credit in seconds; a newcomer's is so large that the round comes after it."""
        row = self.costs.tick(work.lane, self.size) / self.size / self.devices
        quanta = self.turns.quantum if self.turns.is_newcomer(client) else 0.0
        return (self.turns.credit(client) + quanta) * row
