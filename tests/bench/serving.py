"""Mixed work for real: the embedded model's engine, beside one at a time and whole-run batches.

The same requests arrive at the same moments in each (Poisson; nine in ten 4 steps and one picture,
one in ten 50 guided steps and four; three ControlNets), at shares of what one at a time can do. All
three run on one engine and its compiled programs; what differs is when a request is given to it.
`one_at_a_time` is Gradio's queue with a concurrency of one; `whole_runs` is `batch=True`: up to
eight that wait are taken together, and answered when the last of them is done.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from statistics import median, quantiles

import numpy as np
from PIL import Image

from inference.model import Model
from inference.pipeline import Pipeline
from inference.request import Control, GenerationRequest
from inference.serving.engine import SlotEngine
from tests.bench.report import Report
from tests.bench.simulation.load import Arrival, is_short, mixed
from tests.bench.simulation.machine import TWO_CORES
from tests.bench.simulation.rivals import BATCH

TAKES = "five minutes"
LOADS = ((0.3, 15.0), (0.8, 45.0), (1.1, 20.0))
"""Shares of the capacity, and the seconds in which requests of each arrive."""
BARRED = 0.8
ALONE_BAR, RIVALS_BAR = 3.0, 0.33
RUNS = 15
"""Requests that say how long one takes alone."""


@dataclass(frozen=True)
class Done:
    """One request: whether it is short, when it came and when its pictures were there."""

    short: bool
    came: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.came


Serve = Callable[[SimpleQueue[Arrival | None], Callable[[Arrival], None]], None]
"""Answers what comes until None comes; it calls back for each that is done."""


class Bench:
    """The engine, and the ways to give it requests."""

    def __init__(self, engine: SlotEngine) -> None:
        self._engine = engine
        rng = np.random.default_rng(0)
        lines = rng.random((64, 64)) < 0.1
        self._map = Image.fromarray(np.repeat(lines[:, :, None] * np.uint8(255), 3, 2))

    def ours(self, came: SimpleQueue[Arrival | None], done: Callable[[Arrival], None]) -> None:
        """Each goes to the engine at once, as its own client's."""
        with ThreadPoolExecutor(64) as followers:

            def follow(arrival: Arrival) -> None:
                self.make(arrival)
                done(arrival)

            while (arrival := came.get()) is not None:
                followers.submit(follow, arrival)

    def one_at_a_time(
        self, came: SimpleQueue[Arrival | None], done: Callable[[Arrival], None]
    ) -> None:
        while (arrival := came.get()) is not None:
            self.make(arrival)
            done(arrival)

    def whole_runs(
        self, came: SimpleQueue[Arrival | None], done: Callable[[Arrival], None]
    ) -> None:
        with ThreadPoolExecutor(BATCH) as runners:
            is_over = False
            while not is_over:
                batch = [came.get()]
                while len(batch) < BATCH and batch[-1] is not None:
                    try:
                        batch.append(came.get_nowait())
                    except Empty:
                        break
                is_over = batch[-1] is None
                asked = [one for one in batch if one is not None]
                list(runners.map(self.make, asked))
                for arrival in asked:
                    done(arrival)

    def make(self, arrival: Arrival) -> None:
        """Waits for the pictures of a request."""
        self._engine.submit(self.request(arrival), client=arrival.work.client).result()

    def request(self, arrival: Arrival) -> GenerationRequest:
        work = arrival.work
        ((name, _, _),) = work.controls
        return GenerationRequest(
            prompt="a red apple, flat icon",
            seed=work.job,
            steps=len(work.rows),
            num_images=work.images,
            guidance_scale=3.0 if work.rows[0] == 2 else 1.0,
            controls=(Control(name=name, map=self._map),),
        )

    def run(self, serve: Serve, arrivals: Sequence[Arrival]) -> list[Done]:
        """All of them at their moments; returns when the last is done."""
        came: SimpleQueue[Arrival | None] = SimpleQueue()
        done: list[Done] = []
        began = time.monotonic()

        def note(arrival: Arrival) -> None:
            now = time.monotonic() - began
            done.append(Done(is_short(arrival.work), arrival.at, now))

        serving = threading.Thread(target=serve, args=(came, note))
        serving.start()
        for arrival in arrivals:
            time.sleep(max(0.0, began + arrival.at - time.monotonic()))
            came.put(arrival)
        came.put(None)
        serving.join()
        assert len(done) == len(arrivals), "a request was lost"
        return done


def bench(*, loads: Sequence[tuple[float, float]] = LOADS, runs: int = RUNS) -> Report:
    model = Model.load("embedded")
    pipeline = Pipeline(model)
    pipeline.warm_up()
    for _ in pipeline.warm_up_series():  # as the service does: nothing is compiled while it serves
        pass
    engine = SlotEngine(model, result_bytes=0)
    engine.start()
    bench = Bench(engine)
    try:
        short, long = alone(bench, runs)
        rate = 1 / (0.9 * short + 0.1 * long)
        warm = model.devices.compilations
        outcomes: dict[tuple[float, str], list[Done]] = {}
        for load, seconds in loads:
            count = max(20, round(load * rate * seconds))
            arrivals = mixed(count=count, rate=load * rate, lane=TWO_CORES.lane, seed=int(9 * load))
            for serve in (bench.ours, bench.one_at_a_time, bench.whole_runs):
                outcomes[load, serve.__name__] = bench.run(serve, arrivals)
        compiled = model.devices.compilations - warm
    finally:
        engine.stop(patience=1.0)
    rows = [
        (f"{100 * load:.0f} %, {name.replace('_', ' ')}", *_figures(done, short))
        for (load, name), done in outcomes.items()
    ]
    return Report(
        f"Mixed work on the embedded model; alone a short one takes {short:.2f} s, a long one "
        f"{long:.1f} s, so one at a time can do {rate:.2f} a second",
        ("load", "requests", "short p50", "short p95", "× alone", "long p50", "images a second"),
        rows,
        [*verdict(outcomes, short), f"programs compiled meanwhile: {compiled}"],
    )


def alone(bench: Bench, runs: int) -> tuple[float, float]:
    """Seconds of a short and of a long request on an idle engine, medians; compiles both first."""
    asked = mixed(count=400, rate=1.0, lane=TWO_CORES.lane)
    shorts = [one for one in asked if is_short(one.work)]
    longs = [one for one in asked if not is_short(one.work)]
    bench.make(longs[0])
    for one in shorts[:3]:
        bench.make(one)
    return (
        median(_timed(bench, one) for one in shorts[3 : 3 + runs]),
        median(_timed(bench, one) for one in longs[1:4]),
    )


def verdict(outcomes: dict[tuple[float, str], list[Done]], alone: float) -> list[str]:
    """A sentence for each bar, with whether it is held."""
    barred = {name: done for (load, name), done in outcomes.items() if load == BARRED}
    if not barred:
        return []
    ours = p95(barred["ours"])
    said = [_said("short p95 over alone", ours / alone, ALONE_BAR)]
    for name in ("one_at_a_time", "whole_runs"):
        what = f"short p95 over {name.replace('_', ' ')}'s"
        said.append(_said(what, ours / p95(barred[name]), RIVALS_BAR))
    fullest = max(load for load, _ in outcomes)
    spent = {name: _makespan(outcomes[fullest, name]) for name in ("ours", "one_at_a_time")}
    what = f"time for all at {100 * fullest:.0f} %, over one at a time's"
    said.append(_said(what, spent["ours"] / spent["one_at_a_time"], 1.0))
    return said


def p95(done: Sequence[Done]) -> float:
    """Of the short ones, in seconds."""
    return quantiles([one.seconds for one in done if one.short], n=20)[-1]


def _said(what: str, ratio: float, most: float) -> str:
    held = "held" if ratio <= most else "NOT HELD"
    return f"{what}: {ratio:.2f}, at most {most:g}: {held}"


def _figures(done: Sequence[Done], alone: float) -> tuple[str, ...]:
    shorts = [one.seconds for one in done if one.short]
    longs = [one.seconds for one in done if not one.short]
    images = len(shorts) + 4 * len(longs)
    return (
        str(len(done)),
        f"{median(shorts):.2f} s",
        f"{p95(done):.2f} s",
        f"{p95(done) / alone:.1f}",
        f"{median(longs):.1f} s" if longs else "",
        f"{images / _makespan(done):.2f}",
    )


def _makespan(done: Sequence[Done]) -> float:
    return max(one.ended for one in done)


def _timed(bench: Bench, arrival: Arrival) -> float:
    began = time.monotonic()
    bench.make(arrival)
    return time.monotonic() - began
