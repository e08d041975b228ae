"""Seconds until a picture: told first, and what it took in the end."""

from random import Random
from statistics import median

import pytest

from inference.serving.costs import Costs, Prior
from inference.serving.estimate import LARGEST_STEP, Experience
from inference.serving.scheduler import Scheduler
from inference.serving.work import Work
from tests.inference.serving.works import SMALL, run, work

PRIOR = Prior(SMALL, fixed=0.0, row=1.0, control=0.5, decode_fixed=0.0, decode=3.0)


def scheduler(**options: int) -> Scheduler:
    return Scheduler(costs=Costs(PRIOR), most_rows=4, **options)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (work(1, steps=5, rows=1), 5 * 1 + 3),
        (work(1, steps=5, rows=2), 5 * 2 + 3),
        (work(1, steps=5, rows=2, images=3), 3 * (5 * 2 + 3)),
        (work(1, steps=5, rows=1, control="canny"), 5 * 1.5 + 3),
        (Work(1, "ann", SMALL, 1, (2, 2, 1)), 5 + 3),
    ],
)
def test_alone_it_is_what_the_work_takes(asked: Work, seconds: float) -> None:
    assert scheduler().foresee(asked, 0.0).seconds == pytest.approx(seconds)


def test_devices_share_the_work_but_not_an_image() -> None:
    two = scheduler(devices=2)
    assert two.foresee(work(1, steps=5, images=4), 0.0).seconds == pytest.approx(2 * 13)
    assert two.foresee(work(1, steps=5, rows=1), 0.0).seconds == pytest.approx(5 + 3)


def test_it_counts_what_is_left_of_the_tick_that_runs() -> None:
    one = scheduler()
    one.submit(work(1, "hog", steps=50), 10.0)
    one.next(10.0)  # two seconds, by the costs
    both = 2 * (4 + 3)  # the hog is a newcomer as well, and is served as much meanwhile
    assert one.foresee(work(2, rows=1), 10.5).seconds == pytest.approx(1.5 + both)
    assert one.foresee(work(2, rows=1), 99.0).seconds == pytest.approx(both)  # late as it is


@pytest.mark.parametrize(
    ("hogs", "own", "seconds"),
    [
        # Short ones come before the round, whatever it holds.
        ([(8, 50)], work(1, steps=4, rows=1), 4 + 3),
        # A long one shares: with each hog as much as it takes itself (43), but for the turn that it
        # comes first (16) and what is left of the hog's (6); or all that the hog still wants.
        ([(1, 50)], work(1, steps=20), 43 + 43 - 16 + 6),
        ([(1, 10)], work(1, steps=20), 43 + 5 * 2 + 3),
        ([(1, 50), (1, 10)], work(1, steps=20), 43 + 43 - 16 + 6 + 5 * 2 + 3),
    ],
)
def test_others_count_by_the_turns(hogs, own: Work, seconds: float) -> None:
    one = scheduler()
    for number, (images, steps) in enumerate(hogs):
        one.submit(work(10 + number, f"hog {number}", images=images, steps=steps), 0.0)
    run(one, ticks=5)  # their quanta as newcomers are spent
    assert one.foresee(own, 0.0).seconds == pytest.approx(seconds)


def test_ones_own_earlier_jobs_come_first() -> None:
    one = scheduler()
    one.submit(work(1, steps=5), 0.0)
    one.submit(work(2, steps=5), 0.0)
    assert one.place(1, 0.0).seconds == pytest.approx(13)
    assert one.place(2, 0.0).seconds == pytest.approx(26)
    assert one.foresee(work(3, steps=5), 0.0).seconds == pytest.approx(39)


def test_a_job_that_is_being_decoded_takes_that_long_still() -> None:
    one = scheduler()
    one.submit(work(1, steps=1), 0.0)
    tick = one.next(0.0)
    assert tick is not None
    one.ran(tick, 2.0, 2.0)
    assert one.place(1, 2.0).seconds == pytest.approx(3)


def test_what_came_in_later_before_is_reckoned_with() -> None:
    experience = Experience()
    assert experience.stretch(short=False) == 1.0
    for _ in range(60):
        experience.learn(short=False, estimated=1.0, took=2.0)
    assert experience.stretch(short=False) == pytest.approx(2.0, rel=0.01)
    assert experience.stretch(short=True) == 1.0
    experience.learn(short=True, estimated=1e-9, took=1e9)
    assert experience.stretch(short=True) < LARGEST_STEP


@pytest.mark.slow
def test_the_first_estimates_of_200_mixed_requests_are_off_by_less_than_30_percent() -> None:
    """Nine in ten short, one in ten long; ticks take 10 % more or less than they should."""
    random, one, now = Random(3), scheduler(), 0.0
    told, came, took = dict[int, float](), dict[int, float](), dict[int, float]()
    arrivals = []
    for job in range(200):
        now += random.expovariate(1 / 50)
        is_long = random.random() < 0.1
        arrivals.append(
            (
                now,
                work(job, f"client {job}", steps=50, images=4)
                if is_long
                else work(job, f"client {job}", rows=1),
            )
        )
    arrivals.reverse()
    now = 0.0
    while len(took) < 200:
        tick = one.next(now)
        until = arrivals[-1][0] if tick is None else now + tick.size * random.gauss(1.0, 0.1)
        until += 3 * len(tick.finishing) if tick else 0
        while arrivals and arrivals[-1][0] <= until:
            at, asked = arrivals.pop()
            told[asked.job], came[asked.job] = one.foresee(asked, at).seconds, at
            one.submit(asked, at)
        if tick is not None:
            one.ran(tick, until - now - 3 * len(tick.finishing), until)
            took |= {j: until - came[j] for j in one.decoded(tick.finishing, None, until)}
        now = until
    assert median(abs(told[job] - took[job]) / took[job] for job in took) < 0.3
