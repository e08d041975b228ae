"""The scheduler at work in simulated time: arrivals in, ticks that take what a machine takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from inference.errors import QueueFull
from inference.serving.costs import Costs
from inference.serving.memory import Fits
from inference.serving.scheduler import Scheduler
from inference.serving.tick import Tick
from inference.serving.work import Limits, Place
from tests.bench.simulation.load import Arrival
from tests.bench.simulation.machine import Machine


@dataclass(frozen=True)
class Outcome:
    """When each job was done, what it was told first, and the seconds that the devices worked."""

    done: dict[int, float]
    told: dict[int, Place]
    busy: float
    refused: tuple[int, ...] = ()


@dataclass
class World:
    """`noise` is the standard deviation of a tick's seconds, as a share of them."""

    machine: Machine
    noise: float = 0.1
    seed: int = 1
    fits: Fits = lambda names: True
    limits: Limits = field(default_factory=lambda: Limits(waiting=100_000, per_client=100_000))

    def __post_init__(self) -> None:
        machine = self.machine
        self.scheduler = Scheduler(
            costs=Costs(machine.prior),
            limits=self.limits,
            devices=machine.devices,
            sizes=machine.sizes,
            most_rows=machine.most_rows,
            newcomer_rows=machine.newcomer_rows,
            quantum=machine.quantum,
            fits=self.fits,
        )
        self._random = Random(self.seed)
        self._now = 0.0
        self._busy = 0.0
        self._waiting: list[Arrival] = []
        self._loading: tuple[float, str] | None = None
        self._done: dict[int, float] = {}
        self._told: dict[int, Place] = {}
        self._refused: list[int] = []

    def run(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Until the last of them is done."""
        self._waiting = list(reversed(arrivals))
        while True:
            self._load()
            tick = self.scheduler.next(self._now)
            if tick is not None:
                self._run(tick)
            elif not self._wait():
                break
        return Outcome(self._done, self._told, self._busy, tuple(self._refused))

    def _run(self, tick: Tick) -> None:
        controls = [call.size for call in tick.controls]
        seconds = self._spend(self.machine.tick(tick.size, controls))
        self.scheduler.ran(tick, seconds, self._now)
        if tick.finishing:
            seconds = self._spend(self.machine.decoding(len(tick.finishing)))
            for job in self.scheduler.decoded(tick.finishing, seconds, self._now):
                self._done[job] = self._now

    def _spend(self, seconds: float) -> float:
        taken = seconds * self._random.lognormvariate(0.0, self.noise)
        self._busy += taken
        self._pass(self._now + taken)
        return taken

    def _wait(self) -> bool:
        """For whatever happens next; False when nothing will."""
        moments = [self._waiting[-1].at] if self._waiting else []
        moments += [self._loading[0]] if self._loading else []
        if moments:
            self._pass(max(self._now, min(moments)))
        return bool(moments)

    def _pass(self, until: float) -> None:
        """Whoever comes in by then is told its place, and submitted."""
        while self._waiting and self._waiting[-1].at <= until:
            arrival = self._waiting.pop()
            work = arrival.work
            place = self.scheduler.foresee(work, arrival.at)
            try:
                self.scheduler.submit(work, arrival.at)
                self._told[work.job] = place
            except QueueFull:
                self._refused.append(work.job)
        self._now = until
        if self._loading is not None and self._loading[0] <= until:
            self.scheduler.ready(self._loading[1], until)
            self._loading = None

    def _load(self) -> None:
        """One ControlNet at a time, while ticks go on."""
        if self._loading is not None:
            return
        wanted = self.scheduler.wanted(self._now)
        for name in wanted.drop:
            self.scheduler.missing(name, self._now)
        if wanted.load:
            self.scheduler.loading(wanted.load[0], self._now)
            self._loading = (self._now + self.machine.loading, wanted.load[0])
