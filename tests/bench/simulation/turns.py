"""Short waits under load: the scheduler beside one at a time and beside whole-run batches.

Simulated (tests/bench/simulation): the same requests to each, at 30 to 110 % of what serving
one at a time can do, with tick times that vary by 10 %.
"""

from collections.abc import Sequence
from statistics import median, quantiles

from tests.bench.report import Report
from tests.bench.simulation.load import Arrival, is_short, mixed
from tests.bench.simulation.machine import TWO_CORES, Machine
from tests.bench.simulation.rivals import one_at_a_time, seconds, whole_runs
from tests.bench.simulation.world import Outcome, World

TAKES = "a minute"
LOADS = (0.3, 0.5, 0.8, 0.95, 1.1)


def bench(*, requests: int = 2000, loads: Sequence[float] = LOADS) -> Report:
    machine = TWO_CORES
    rows = []
    for load in loads:
        arrivals = mixed(count=requests, rate=load * capacity(machine), lane=machine.lane)
        alone = one_at_a_time(machine, arrivals)
        whole = whole_runs(machine, arrivals)
        ours = World(machine).run(arrivals)
        for name, outcome in (("one at a time", alone), ("whole runs", whole), ("ours", ours)):
            errors = first_errors(arrivals, ours) if outcome is ours else ()
            rows.append(
                (
                    f"{100 * load:.0f} %, {name}",
                    *(f"{wait:.1f}" for wait in waits(machine, arrivals, outcome)),
                    f"{alone.busy / outcome.busy:.2f}",
                    *([f"{100 * error:.0f} %" for error in errors] or [""] * 3),
                )
            )
    return Report(
        f"Mixed work, simulated: {requests} requests, {machine.name}",
        ("load", "short p50", "short p95", "long p50", "throughput", "off by", "short", "long"),
        rows,
        (
            "Waits are seconds to the picture over those on an idle machine.",
            "Throughput is work done in a second that the machine works, over one at a time's.",
            "The first estimate is off by so much, the median of all requests, of short, of long.",
        ),
    )


def capacity(machine: Machine) -> float:
    """Requests a second that one at a time can serve."""
    arrivals = mixed(count=10_000, rate=1.0, lane=machine.lane, seed=0)
    works = [arrival.work for arrival in arrivals]
    return len(works) / sum(seconds(machine, [work]) for work in works)


def waits(
    machine: Machine, arrivals: Sequence[Arrival], outcome: Outcome
) -> tuple[float, float, float]:
    """Seconds to the picture over those on an idle machine: p50 and p95 of short, p50 of long."""
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for arrival in arrivals:
        work = arrival.work
        took = outcome.done[work.job] - arrival.at
        ratios[is_short(work)].append(took / seconds(machine, [work]))
    return median(ratios[True]), quantiles(ratios[True], n=20)[-1], median(ratios[False])


def first_errors(arrivals: Sequence[Arrival], outcome: Outcome) -> tuple[float, float, float]:
    """The median of how far the first estimate was off, as a share of what it took."""
    errors = {True: list[float](), False: list[float]()}
    for arrival in arrivals:
        job = arrival.work.job
        took = outcome.done[job] - arrival.at
        off = abs(outcome.told[job].seconds - took) / took
        errors[is_short(arrival.work)].append(off)
    return median(errors[True] + errors[False]), median(errors[True]), median(errors[False])
