"""The scheduler: which image sits in which seat, and which of them go on in the next tick.

Pure bookkeeping: no JAX, no threads, no clock; time is an argument, and the same calls give the
same ticks. Three verbs: `next` plans a tick, whoever runs it says `ran`, and `decoded` when its
finished pictures are out. A tick that was planned and not run has not happened: the next one plans
it anew.

Legend: D devices, S seats a lane on each; seat n lies on device n // S.
"""

from collections.abc import Collection, Sequence

from inference.errors import InvalidRequest, QueueFull
from inference.serving.costs import Costs
from inference.serving.draft import Draft
from inference.serving.estimate import Estimate
from inference.serving.jobs import Client, Job, Seated
from inference.serving.memory import Candidate, Fits, Memory, Wanted
from inference.serving.places import Places
from inference.serving.rules import Rules
from inference.serving.tick import Tick
from inference.serving.turns import Turns
from inference.serving.work import Limits, Place, Work

QUANTUM = 8.0
"""Rows of a turn: four guided steps of one picture."""
PATIENCE = 32
"""Ticks that a job waits for a ControlNet before others make room for it."""


class Scheduler:
    """Jobs in, ticks out."""

    def __init__(
        self,
        *,
        costs: Costs,
        limits: Limits | None = None,
        devices: int = 1,
        seats: int = 16,
        sizes: Sequence[int] = (1, 2, 4, 8, 16),
        most_rows: int = 16,
        newcomer_rows: int | None = None,
        quantum: float = QUANTUM,
        fits: Fits = lambda names: True,
        pinned: Collection[str] = (),
        patience: int = PATIENCE,
    ) -> None:
        """At most `most_rows` on each device in a tick, and `newcomer_rows` in one that a newcomer
        leads with an image that takes no more than a turn."""
        self._costs = costs
        self._limits = limits or Limits()
        self._turns = Turns(quantum=quantum)
        self._memory = Memory(fits=fits, pinned=pinned, patience=patience)
        self._rules = Rules(
            costs=costs,
            turns=self._turns,
            memory=self._memory,
            devices=devices,
            seats=seats,
            sizes=sizes,
            most_rows=most_rows,
            newcomer_rows=newcomer_rows or most_rows,
        )
        self._places = Places(costs=costs, rules=self._rules, look=self._look)
        self._jobs: dict[int, Job] = {}
        self._clients: dict[str, Client] = {}
        self._planned: Tick | None = None
        self._is_stuck = False
        self._ticks = 0
        self._arrivals = 0

    # Jobs.

    def submit(self, work: Work, now: float) -> None:
        """Raises QueueFull; InvalidRequest for ControlNets that never fit in memory together."""
        assert work.job not in self._jobs, "a job has a number of its own"
        assert work.images >= 1, "a job has an image"
        assert work.rows, "an image has an evaluation"
        self._require_room(work, now)
        self._arrivals += 1
        job = Job(work, since=self._ticks, arrival=self._arrivals, submitted=now)
        self._places.join(job, now)
        client = self._clients.setdefault(work.client, Client(work.client))
        self._jobs[work.job] = client.jobs[work.job] = job
        client.unfinished += 1
        self._turns.enter(work.client)
        self._changed()

    def cancel(self, job: int, now: float) -> bool:
        """Queued or running; False for one that is unknown or done."""
        known = self._jobs.get(job)
        if known is None:
            return False
        for seated in known.seated.values():
            self._rules.seats(known.work.lane).leave(seated.seat)
        known.seated.clear()
        known.unseated = known.work.images
        self._places.line.leave(job)
        self._memory.had_its_turn(job)
        self._end(known)
        self._changed()
        return True

    def fail(self, job: int, now: float) -> bool:
        """As cancelled: its seats are free, and its neighbours know nothing of it."""
        return self.cancel(job, now)

    def expired(self, now: float) -> tuple[int, ...]:
        """Takes out the jobs that should have begun by now, and says which."""
        late = tuple(
            number
            for number in self._places.line.jobs
            if (deadline := self._jobs[number].work.deadline) is not None and deadline < now
        )
        for number in late:
            self.cancel(number, now)
        return late

    # Ticks.

    def next(self, now: float) -> Tick | None:
        """What to run next; None when nothing can run."""
        self._planned = self._plan()
        self._is_stuck = self._planned is None
        self._places.runs(self._planned, now)
        return self._planned

    def ran(self, tick: Tick, seconds: float | None, now: float) -> None:
        """It was run, in so many seconds; None where they say nothing, as with a compilation."""
        assert tick == self._planned, "the tick that was planned last is the one that is run"
        self._planned = None
        self._places.runs(None, now)
        self._ticks += 1
        if seconds is not None:
            sizes = [call.size for call in tick.controls]
            self._costs.ran(tick.lane, tick.size, sizes, seconds)
        self._turns.settle(tick.moves)  # before anybody leaves because of it
        for step in tick.steps:
            job = self._jobs.get(step.job)
            if job is None:
                continue  # cancelled while it ran
            if step.evaluation == 0:
                self._seat(job, step.image, step.seat)
            self._memory.used(job.work.names_at(step.evaluation), tick=self._ticks)
            if (step.job, step.image) in tick.finishing:
                self._rules.seats(tick.lane).leave(job.seated.pop(step.image).seat)
                job.decoding.add(step.image)
                self._served(job)
            else:
                job.seated[step.image] = Seated(step.seat, step.evaluation + 1)
        self._changed()

    def decoded(
        self, images: Sequence[tuple[int, int]], seconds: float | None, now: float
    ) -> tuple[int, ...]:
        """Pictures (job, image) of one lane are out; says which jobs are done with that."""
        known = [(self._jobs[job], image) for job, image in images if job in self._jobs]
        if seconds is not None and known:
            each = -(-len(images) // self._rules.devices)
            size = self._rules.size(min(each, self._rules.sizes[-1]))
            self._costs.decoded(known[0][0].work.lane, size, seconds)
        done = []
        for job, image in known:
            job.decoding.discard(image)
            if job.is_served and not job.decoding:
                self._places.done(job, now)
                self._end(job)
                done.append(job.work.job)
        self._changed()
        return tuple(done)

    def shrink(self) -> None:
        """Device memory ran out: half the rows a tick from now on (but two for a guided image)."""
        self._rules.shrink()
        self._changed()

    @property
    def full(self) -> int:
        """Rows on each device of a full tick."""
        return self._rules.full

    @property
    def seated(self) -> int:
        """Images that sit."""
        return sum(len(job.seated) for job in self._jobs.values())

    def allow(self, rows: int) -> None:
        """So many rows a tick at most, since programs for more are not compiled yet."""
        self._rules.allow(rows)
        self._changed()

    # ControlNets in memory.

    def wanted(self, now: float) -> Wanted:
        """What to drop, before the next tick is planned, and to load meanwhile."""
        waiting = [
            Candidate(number, job.work.client, job.work.names, job.since, job.arrival)
            for number, job in self._jobs.items()
            if job.waits and job.work.names
        ]
        used = frozenset(
            name
            for job in self._jobs.values()
            for seated in job.seated.values()
            for name in job.work.names_from(seated.evaluation)
        )
        return self._memory.wanted(waiting, used=used, tick=self._ticks, is_stuck=self._is_stuck)

    def loading(self, name: str, now: float) -> None:
        """It is on its way to device memory."""
        self._arrivals += 1
        clients = {self._jobs[number].work.client for number in self.needing(name)}
        self._memory.load(name, clients=clients, arrival=self._arrivals)

    def ready(self, name: str, now: float) -> None:
        """It is in device memory."""
        self._memory.ready(name, tick=self._ticks)

    def missing(self, name: str, now: float) -> None:
        """It is not in device memory: dropped, or it could not be loaded."""
        self._memory.drop(name, tick=self._ticks)

    def needing(self, name: str) -> tuple[int, ...]:
        """The jobs with images that still have to begin and need it."""
        return tuple(n for n, job in self._jobs.items() if job.waits and name in job.work.names)

    def impossible(self, name: str) -> tuple[int, ...]:
        """Those of them that can never begin: what they need does not fit together."""
        needing = self.needing(name)
        return tuple(n for n in needing if not self._memory.can_hold(self._jobs[n].work.names))

    # What people are told.

    def place(self, job: int, now: float) -> Place:
        """Raises KeyError for a job that is unknown or done."""
        return self._places.place(self._jobs[job], now)

    def foresee(self, work: Work, now: float) -> Place:
        """The place that this job would have."""
        return self._places.foresee(work, now)

    # Inside.

    def _plan(self) -> Tick | None:
        """The tick whose rows are cheapest: a size that is filled, or a smaller one."""
        best: tuple[float, Tick] | None = None
        most = None
        while True:
            draft = Draft(self._rules, self._clients, most=most)
            moves = self._turns.plan(draft.offer, draft.take)
            if not draft.rows:
                return None
            tick = draft.tick(moves)
            sizes = [call.size for call in tick.controls]
            price = self._costs.tick(tick.lane, tick.size, sizes) / draft.rows
            if best is None or price < best[0]:
                best = price, tick
            smaller = [size for size in self._rules.sizes if size < tick.size]
            is_filled = draft.rows == tick.size * self._rules.devices
            if is_filled or not smaller or most == smaller[-1]:
                return best[1]
            most = smaller[-1]

    def _require_room(self, work: Work, now: float) -> None:
        if not self._memory.can_hold(work.names):
            names = ", ".join(sorted(work.names))
            raise InvalidRequest(
                "ControlNets of one request must fit in device memory together, got "
                f"{names}, which do not; ask for fewer at a time",
                field="control",
            )
        line = self._places.line
        if len(line) >= self._limits.waiting:
            raise QueueFull(
                f"the queue must hold at most {self._limits.waiting} requests, and as many wait "
                "already; try again a little later",
                retry_after=self.place(line.jobs[0], now).seconds,
            )
        client = self._clients.get(work.client)
        if client is not None and client.unfinished >= self._limits.per_client:
            own = next(n for n, job in self._jobs.items() if job.work.client == work.client)
            raise QueueFull(
                f"one client may have at most {self._limits.per_client} requests at a time, got "
                "one more; wait for one of them, or cancel it",
                retry_after=self.place(own, now).seconds,
            )

    def _seat(self, job: Job, image: int, seat: int) -> None:
        assert image == job.unseated, "images take their seats in order"
        self._rules.seats(job.work.lane).take(seat, job.work.client)
        if not job.has_begun:
            self._places.line.begin(job.work.job)
        self._memory.had_its_turn(job.work.job)
        job.unseated += 1
        job.seated[image] = Seated(seat, 0)

    def _served(self, job: Job) -> None:
        """Once all of its evaluations are done, it has no part in turns any more."""
        client = self._clients[job.work.client]
        if job.is_served and client.jobs.pop(job.work.job, None) and not client.jobs:
            self._turns.leave(client.name)

    def _end(self, job: Job) -> None:
        self._served(job)
        del self._jobs[job.work.job]
        client = self._clients[job.work.client]
        client.unfinished -= 1
        if not client.unfinished:
            del self._clients[client.name]

    def _look(self) -> Estimate:
        return Estimate(
            costs=self._costs,
            clients=self._clients,
            turns=self._turns,
            devices=self._rules.devices,
            size=self._rules.full,
        )

    def _changed(self) -> None:
        self._places.changed()
        self._rules.changed()
