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
from inference.serving.estimate import Estimate, Experience
from inference.serving.jobs import Client, Image, Job, Seated
from inference.serving.line import Line
from inference.serving.memory import Candidate, Fits, Memory, Wanted
from inference.serving.seats import Seats
from inference.serving.tick import Tick
from inference.serving.turns import Turns
from inference.serving.work import Lane, Limits, Place, Work

QUANTUM = 8.0
"""Rows of a turn: four guided steps of one picture."""
PATIENCE = 32
"""Ticks that a job waits for a ControlNet before others make room for it."""


class Scheduler:
    """Jobs in, ticks out. `clients`, `sizes` and `devices` are for its parts."""

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
        """`most_rows` on each device in a tick, `newcomer_rows` in one that a newcomer leads."""
        assert sorted(sizes) == list(sizes), "compiled sizes grow"
        assert sizes[-1] >= 2, "the largest holds a guided image"
        self.costs = costs
        self.clients: dict[str, Client] = {}
        self.sizes = tuple(sizes)
        self.devices = devices
        self._limits = limits or Limits()
        self._per_device = seats
        self._most_rows = most_rows
        self._newcomer_rows = newcomer_rows or most_rows
        self._turns = Turns(quantum=quantum)
        self._line = Line()
        self._experience = Experience()
        self._memory = Memory(fits=fits, pinned=pinned, patience=patience)
        self._jobs: dict[int, Job] = {}
        self._seats: dict[Lane, Seats] = {}
        self._planned: Tick | None = None
        self._planned_at = 0.0
        self._is_stuck = False
        self._estimate: Estimate | None = None
        self._weights: dict[Lane, float] = {}
        self._ticks = 0
        self._arrivals = 0

    # Jobs.

    def submit(self, work: Work, now: float) -> None:
        """Raises QueueFull; InvalidRequest for ControlNets that never fit in memory together."""
        assert work.job not in self._jobs, "a job has a number of its own"
        assert work.images >= 1, "a job has an image"
        assert work.rows, "an image has an evaluation"
        self._require_room(work, now)
        client = self.clients.setdefault(work.client, Client(work.client))
        self._arrivals += 1
        job = Job(work, since=self._ticks, arrival=self._arrivals, submitted=now)
        job.estimated = self._if_nobody_came(job, now)
        self._jobs[work.job] = client.jobs[work.job] = job
        client.unfinished += 1
        self._turns.enter(work.client)
        self._line.join(work.job, work.client, self._cost(work))
        self._changed()

    def cancel(self, job: int, now: float) -> bool:
        """Queued or running; False for one that is unknown or done."""
        known = self._jobs.get(job)
        if known is None:
            return False
        for seated in known.seated.values():
            self.seats(known.work.lane).leave(seated.seat)
        known.seated.clear()
        known.unseated = known.work.images
        self._line.leave(job)
        self._memory.begun_or_gone(job)
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
            for number in self._line.jobs
            if (deadline := self._jobs[number].work.deadline) is not None and deadline < now
        )
        for number in late:
            self.cancel(number, now)
        return late

    # Ticks.

    def next(self, now: float) -> Tick | None:
        """What to run next; None when nothing can run."""
        self._planned, self._planned_at = self._plan(), now
        self._is_stuck = self._planned is None
        return self._planned

    def ran(self, tick: Tick, seconds: float | None, now: float) -> None:
        """It was run, in so many seconds; None where they say nothing, as with a compilation."""
        assert tick is self._planned, "the tick that was planned last is the one that is run"
        self._planned = None
        self._ticks += 1
        if seconds is not None:
            sizes = [call.size for call in tick.controls]
            self.costs.ran(tick.lane, tick.size, sizes, seconds)
        finishing = set(tick.finishing)
        for step in tick.steps:
            job = self._jobs.get(step.job)
            if job is None:
                continue  # cancelled while it ran
            if step.evaluation == 0:
                self._seat(job, step.image, step.seat)
            self._memory.used(job.work.names_at(step.evaluation), tick=self._ticks)
            if (step.job, step.image) in finishing:
                self.seats(tick.lane).leave(job.seated.pop(step.image).seat)
                job.decoding.add(step.image)
            else:
                job.seated[step.image] = Seated(step.seat, step.evaluation + 1)
        self._turns.settle(tick.moves)
        for number in {number for number, _ in tick.finishing}:
            job = self._jobs.get(number)
            if job is not None and job.is_served:
                self._served(job)
        self._changed()

    def decoded(
        self, images: Sequence[tuple[int, int]], seconds: float | None, now: float
    ) -> tuple[int, ...]:
        """Pictures (job, image) of one lane are out; says which jobs are done with that."""
        lanes = {self._jobs[job].work.lane for job, _ in images if job in self._jobs}
        if seconds is not None and len(lanes) == 1:
            size = next((s for s in self.sizes if s * self.devices >= len(images)), self.sizes[-1])
            self.costs.decoded(lanes.pop(), size, seconds)
        done = []
        for number, image in images:
            job = self._jobs.get(number)
            if job is None:
                continue
            job.decoding.discard(image)
            if job.is_served and not job.decoding:
                self._experience.learn(
                    short=self._is_short(job.work),
                    estimated=job.estimated,
                    took=now - job.submitted,
                )
                self._end(job)
                done.append(number)
        self._changed()
        return tuple(done)

    def shrink(self) -> None:
        """Device memory ran out: half the rows a tick from now on (but two for a guided image)."""
        self._most_rows = max(1, self._most_rows // 2)
        self._newcomer_rows = min(self._newcomer_rows, self._most_rows)
        self._changed()

    # ControlNets in memory.

    def wanted(self, now: float) -> Wanted:
        """What to drop, before the next tick is planned, and to load meanwhile."""
        waiting = [
            Candidate(number, job.work.client, job.work.names, job.since, job.arrival)
            for number, job in self._jobs.items()
            if job.waits and job.work.names
        ]
        used = {
            name
            for job in self._jobs.values()
            for seated in job.seated.values()
            for name in job.work.names_from(seated.evaluation)
        }
        return self._memory.wanted(
            waiting, used=frozenset(used), tick=self._ticks, is_stuck=self._is_stuck
        )

    def loading(self, name: str, now: float) -> None:
        """It is on its way to device memory."""
        self._arrivals += 1
        clients = {self._jobs[number].work.client for number in self.needing(name)}
        self._memory.load(name, clients=sorted(clients), arrival=self._arrivals)

    def ready(self, name: str, now: float) -> None:
        """It is in device memory."""
        self._memory.ready(name, tick=self._ticks)

    def missing(self, name: str, now: float) -> None:
        """It is not in device memory: dropped, or it could not be loaded."""
        self._memory.drop(name, tick=self._ticks)

    def needing(self, name: str) -> tuple[int, ...]:
        """The jobs with images that still have to begin and need it."""
        return tuple(n for n, job in self._jobs.items() if job.waits and name in job.work.names)

    # What people are told.

    def place(self, job: int, now: float) -> Place:
        """Raises KeyError for a job that is unknown or done."""
        known = self._jobs[job]
        seconds = self._seconds(known, now)
        return Place(self._line.position(job), len(self._line), seconds)

    def foresee(self, work: Work, now: float) -> Place:
        """The place that this job would have."""
        job = Job(work, since=self._ticks, arrival=self._arrivals + 1)
        seconds = self._seconds(job, now)
        return Place(self._line.foresee(work.client), len(self._line) + 1, seconds)

    # What a draft asks.

    def seats(self, lane: Lane) -> Seats:
        if lane not in self._seats:
            self._seats[lane] = Seats(devices=self.devices, per_device=self._per_device)
        return self._seats[lane]

    def weight(self, lane: Lane) -> float:
        """What a row costs in turns: 1 in the cheapest lane."""
        if lane not in self._weights:
            size = self._largest(self._most_rows)
            row = {each: self.costs.tick(each, size) for each in (*self._seats, lane)}
            self._weights = {each: row[each] / min(row.values()) for each in row}
        return self._weights[lane]

    def is_short(self, image: Image) -> bool:
        return self._is_short(image.job.work)

    def may_begin(self, image: Image) -> bool:
        return self._memory.may_begin(image.job.work.job, image.job.work.names)

    def most(self, image: Image) -> int:
        is_newcomer = self._turns.is_newcomer(image.job.work.client)
        is_quick = is_newcomer and self.is_short(image)
        return self._largest(self._newcomer_rows if is_quick else self._most_rows)

    # Inside.

    def _plan(self) -> Tick | None:
        """The tick whose rows are cheapest: a size that is filled, or a smaller one."""
        best: tuple[float, Tick] | None = None
        most = None
        while True:
            draft = Draft(self, most=most)
            moves = self._turns.plan(draft.offer, draft.take)
            if not draft.rows:
                return None
            tick = draft.tick(moves)
            sizes = [call.size for call in tick.controls]
            price = self.costs.tick(tick.lane, tick.size, sizes) / draft.rows
            if best is None or price < best[0]:
                best = price, tick
            smaller = [size for size in self.sizes if size < tick.size]
            if draft.rows == tick.size * self.devices or not smaller or most == smaller[-1]:
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
        if len(self._line) >= self._limits.waiting:
            first = self._line.jobs[0]
            raise QueueFull(
                f"the queue must hold at most {self._limits.waiting} requests, and as many wait "
                "already; try again a little later",
                retry_after=self.place(first, now).seconds,
            )
        client = self.clients.get(work.client)
        if client is not None and client.unfinished >= self._limits.per_client:
            own = next(n for n, job in self._jobs.items() if job.work.client == work.client)
            raise QueueFull(
                f"one client may have at most {self._limits.per_client} requests at a time, got "
                "one more; wait for one of them, or cancel it",
                retry_after=self.place(own, now).seconds,
            )

    def _seat(self, job: Job, image: int, seat: int) -> None:
        assert image == job.unseated, "images take their seats in order"
        self.seats(job.work.lane).take(seat, job.work.client)
        if not job.has_begun:
            self._line.begin(job.work.job)
        self._memory.begun_or_gone(job.work.job)
        job.unseated += 1
        job.seated[image] = Seated(seat, 0)

    def _served(self, job: Job) -> None:
        """It takes part in no tick any more."""
        client = self.clients[job.work.client]
        if client.jobs.pop(job.work.job, None) is not None and not client.jobs:
            self._turns.leave(client.name)

    def _end(self, job: Job) -> None:
        self._served(job)
        del self._jobs[job.work.job]
        client = self.clients[job.work.client]
        client.unfinished -= 1
        if not client.unfinished:
            del self.clients[client.name]

    def _is_short(self, work: Work) -> bool:
        """Whether an image of it takes no more than a turn."""
        return sum(work.rows) * self.weight(work.lane) <= self._turns.quantum

    def _cost(self, work: Work) -> float:
        return work.images * sum(work.rows) * self.weight(work.lane)

    def _row_seconds(self, lane: Lane) -> float:
        size = self._largest(self._most_rows)
        return self.costs.tick(lane, size) / size

    def _seconds(self, job: Job, now: float) -> float:
        stretch = self._experience.stretch(short=self._is_short(job.work))
        return stretch * self._if_nobody_came(job, now)

    def _if_nobody_came(self, job: Job, now: float) -> float:
        if self._estimate is None:
            self._estimate = Estimate(
                costs=self.costs,
                clients=self.clients,
                turns=self._turns,
                devices=self.devices,
                size=self._largest(self._most_rows),
            )
        running = 0.0
        if self._planned is not None:
            sizes = [call.size for call in self._planned.controls]
            whole = self.costs.tick(self._planned.lane, self._planned.size, sizes)
            running = max(0.0, self._planned_at + whole - now)
        return running + self._estimate.seconds(job)

    def _changed(self) -> None:
        """What was worked out of the queue and the costs holds no longer."""
        self._estimate = None
        self._weights.clear()

    def _largest(self, rows: int) -> int:
        return max([size for size in self.sizes if size <= rows], default=self.sizes[0])
