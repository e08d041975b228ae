"""How many TPU v4-8 so many visitors want: one host simulated, at its share of the visitors.

Every active visitor asks for a guided picture with a ControlNet, now and again: that is a Poisson
stream, and so is the share of it that each host gets, if hosts are chosen at random. A router that
knows which host has least to do is better than that. All ControlNets are in memory.
"""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from random import Random
from statistics import median, quantiles

from tests.bench.report import Report
from tests.bench.simulation.load import Arrival, Kind
from tests.bench.simulation.machine import V4_8, Machine
from tests.bench.simulation.plot import plot
from tests.bench.simulation.rivals import seconds
from tests.bench.simulation.world import World

TAKES = "two minutes"
REQUESTS = 1500
WARM = 0.2
"""So many of them come first, find an empty host, and are not counted."""
SHARES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
"""Of the hosts that were asked for, one row each."""


@dataclass(frozen=True)
class Wish:
    """What visitors do, and what they should get."""

    every: int = 30
    """Seconds from one request of an active visitor to the next, on average."""
    steps: int = 20
    controlnets: int = 3
    """That visitors of one host use, each picture one of them."""
    within: int = 5
    """Seconds in which 95 in 100 pictures should be there."""

    def arrivals(self, machine: Machine, share: float, requests: int) -> list[Arrival]:
        """Of `share` visitors on one host, each request from a client of its own."""
        random = Random(1)
        kind = Kind(steps=self.steps, images=1, rows=2)
        names = [f"ControlNet {number}" for number in range(self.controlnets)]
        arrivals, at = [], 0.0
        for job in range(requests):
            at += random.expovariate(share / self.every)
            work = kind.work(job, f"client {job}", machine.lane, random.choice(names))
            arrivals.append(Arrival(at, work))
        return arrivals


@dataclass(frozen=True)
class Wait:
    """Seconds to a picture, and the share of the time that the devices work."""

    p50: float
    p95: float
    busy: float
    error: float


def bench(wish: Wish, *, hosts: int, visitors: int, svg: Path | None = None) -> Report:
    machine = V4_8
    counts = sorted({max(1, round(share * hosts)) for share in SHARES})
    waits = {count: wait(machine, visitors / count, wish) for count in counts}
    most = serves(machine, wish)
    if svg is not None:
        points = [(count, waits[count].p50, waits[count].p95) for count in counts]
        svg.write_text(plot(points, visitors=visitors, within=wish.within), "utf-8")
    return Report(
        f"{visitors:,} visitors, simulated: {machine.name}, {wish.steps} guided steps every "
        f"{wish.every} s",
        ("v4-8", "visitors each", "busy", "p50 s", "p95 s", "first estimate off by"),
        [
            (
                str(count),
                f"{visitors / count:.0f}",
                f"{100 * found.busy:.0f} %",
                f"{found.p50:.1f}",
                f"{found.p95:.1f}",
                f"{100 * found.error:.0f} %",
            )
            for count, found in waits.items()
        ],
        (
            f"Alone a picture takes {alone(machine, wish):.2f} s.",
            f"One v4-8 serves {most} such visitors with 95 in 100 pictures within {wish.within} s: "
            f"{visitors:,} want {ceil(visitors / most)} of them.",
        ),
    )


def alone(machine: Machine, wish: Wish) -> float:
    return seconds(machine, [wish.arrivals(machine, 1.0, 1)[0].work])


def wait(machine: Machine, share: float, wish: Wish, *, requests: int = REQUESTS) -> Wait:
    arrivals = wish.arrivals(machine, share, requests)
    outcome = World(machine).run(arrivals)
    counted = arrivals[int(WARM * requests) :]
    took = {one.work.job: outcome.done[one.work.job] - one.at for one in counted}
    return Wait(
        p50=median(took.values()),
        p95=quantiles(took.values(), n=20)[-1],
        busy=outcome.busy / max(outcome.done.values()),
        error=median(abs(outcome.told[job].seconds - took[job]) / took[job] for job in took),
    )


def serves(machine: Machine, wish: Wish) -> int:
    """The most visitors that one host serves as wished, to ten."""
    low, high = 0, 10
    while wait(machine, high, wish).p95 <= wish.within:
        low, high = high, 2 * high
    while high - low > 10:
        middle = (low + high) // 2
        if wait(machine, middle, wish).p95 <= wish.within:
            low = middle
        else:
            high = middle
    return max(low, 1)
