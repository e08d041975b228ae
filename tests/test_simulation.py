"""The simulator of serving: its rivals by hand, and the bars that it is there for."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.bench.simulation import plan, turns
from tests.bench.simulation.load import LONG, SHORT, Arrival, mixed
from tests.bench.simulation.machine import TWO_CORES, V4_8, Machine
from tests.bench.simulation.plot import plot
from tests.bench.simulation.rivals import one_at_a_time, seconds, whole_runs
from tests.bench.simulation.world import World

SIZES = (1, 2, 4, 8, 16)
ROUND = replace(
    TWO_CORES,
    unet={size: 10.0 + size for size in SIZES},
    controlnet=dict.fromkeys(SIZES, 1.0),
    decode=dict.fromkeys(SIZES, 5.0),
)
"""Seconds that are easy to add up."""


def arrivals(*at: float) -> list[Arrival]:
    return [
        Arrival(float(moment), SHORT.work(job, f"client {job}", ROUND.lane, "canny"))
        for job, moment in enumerate(at)
    ]


@pytest.mark.parametrize(
    ("kind", "alone"),
    [(SHORT, 4 * (11 + 1) + 5), (LONG, 50 * (18 + 1) + 5)],
)
def test_a_request_alone_takes_its_steps_and_a_decode(kind, alone: float) -> None:
    assert seconds(ROUND, [kind.work(1, "ann", ROUND.lane, "canny")]) == alone


def test_one_at_a_time_takes_them_as_they_come() -> None:
    done = one_at_a_time(ROUND, arrivals(0, 1, 500), noise=0.0).done
    assert done == {0: 53, 1: 106, 2: 553}


def test_a_whole_run_takes_those_who_wait_when_the_last_is_done() -> None:
    done = whole_runs(ROUND, arrivals(0, 1, 2, 500), noise=0.0).done
    assert done == {0: 53, 1: 53 + 57, 2: 53 + 57, 3: 553}


def test_ours_alone_is_what_it_takes_alone() -> None:
    outcome = World(ROUND, noise=0.0).run(arrivals(0, 500))
    # The first waits for its ControlNet to be loaded, a second.
    assert outcome.done == pytest.approx({0: 54, 1: 553})
    assert outcome.busy == pytest.approx(106)


@pytest.mark.slow
def test_whoever_came_in_gets_a_picture_with_more_controlnets_than_memory() -> None:
    asked = mixed(count=60, rate=2.0, lane=TWO_CORES.lane)
    outcome = World(TWO_CORES, fits=lambda names: len(names) <= 1).run(asked)
    assert outcome.done.keys() == {arrival.work.job for arrival in asked}


@pytest.mark.slow
def test_the_bars_hold_at_80_percent() -> None:
    machine = TWO_CORES
    asked = mixed(count=400, rate=0.8 * turns.capacity(machine), lane=machine.lane)
    alone, whole = one_at_a_time(machine, asked), whole_runs(machine, asked)
    ours = World(machine).run(asked)
    short = turns.waits(machine, asked, ours)[1]
    assert short <= 3
    assert short <= 0.33 * turns.waits(machine, asked, alone)[1]
    assert short <= 0.33 * turns.waits(machine, asked, whole)[1]
    assert ours.busy <= 1.03 * alone.busy
    assert turns.first_errors(asked, ours)[0] < 0.3


@pytest.mark.slow
def test_more_hosts_wait_less() -> None:
    wish = replace(plan.Wish(), steps=5)
    waits = [plan.wait(V4_8, share, wish, requests=120).p95 for share in (100.0, 1000.0)]
    assert plan.alone(V4_8, wish) < waits[0] < waits[1]


def test_the_plot_has_a_point_for_each_row() -> None:
    tree = ElementTree.fromstring(plot([(1, 2.0, 9.0), (2, 1.0, 3.0)], visitors=10, within=5))
    kinds = [element.tag.rpartition("}")[2] for element in tree]
    assert kinds.count("circle") == 4
    assert kinds.count("polyline") == 2


def test_decodes_come_in_batches_of_compiled_sizes() -> None:
    machine: Machine = replace(V4_8, decode={1: 1.0, 2: 10.0})
    assert [machine.decoding(images) for images in (1, 4, 5, 8, 12)] == [1, 1, 10, 10, 11]
