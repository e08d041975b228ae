"""The scheduler in tables: what a tick holds, what is refused, what is told."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import InvalidRequest, QueueFull
from inference.serving.costs import Costs, Prior
from inference.serving.scheduler import Scheduler
from inference.serving.tick import ControlCall, Tick
from inference.serving.turns import PATIENCE
from inference.serving.work import Limits, Work
from tests.inference.serving.works import LARGE, SMALL, drain, run, work

FLAT = Prior(SMALL, fixed=1.0, row=0.001)
"""A tick takes a second, however many rows it has: so is an accelerator, nearly."""
STEEP = Prior(SMALL, fixed=0.001, row=1.0)
"""Each row takes a second: so is a CPU."""


def scheduler(prior: Prior = STEEP, **options: object) -> Scheduler:
    options = {"most_rows": 4, **options}
    return Scheduler(costs=Costs(prior), **options)  # type: ignore[arg-type]


def submitted(*works: Work, prior: Prior = STEEP, **options: object) -> Scheduler:
    made = scheduler(prior, **options)
    for each in works:
        made.submit(each, 0.0)
    return made


def shown(tick: Tick | None) -> str:
    """A tick as its size and, for each step, job.image@evaluation."""
    assert tick is not None
    return f"{tick.size}: " + " ".join(f"{s.job}.{s.image}@{s.evaluation}" for s in tick.steps)


@pytest.mark.parametrize(
    ("works", "ticks"),
    [
        ([work(1, steps=2, rows=1)], ["1: 1.0@0", "1: 1.0@1"]),
        ([work(1, steps=2)], ["2: 1.0@0", "2: 1.0@1"]),
        ([work(1, steps=1, images=3)], ["4: 1.0@0 1.1@0", "2: 1.2@0"]),
        # Half of bob's pair rides along with ann, and goes on when she is done.
        (
            [work(1, steps=1), work(2, "bob", steps=2, images=2)],
            ["4: 1.0@0 2.0@0", "4: 2.0@1 2.1@0", "2: 2.1@1"],
        ),
        # Sizes are lanes of their own.
        (
            [work(1, steps=1), work(2, "bob", steps=1, lane=LARGE)],
            ["2: 1.0@0", "2: 2.0@0"],
        ),
    ],
)
def test_ticks_follow_one_another(works: list[Work], ticks: list[str]) -> None:
    assert [shown(tick) for tick in drain(submitted(*works))] == ticks


def test_a_tick_says_who_takes_a_seat_first() -> None:
    one = submitted(work(1, steps=2), work(2, "bob", steps=2))
    ticks = drain(one)
    assert [[step.job for step in tick.seatings] for tick in ticks] == [[1, 2], []]


def test_guidance_may_cover_a_part_of_the_steps() -> None:
    one = submitted(Work(1, "ann", SMALL, 1, (2, 2, 1)))
    assert [tick.size for tick in drain(one)] == [2, 2, 1]


def test_a_controlnet_takes_part_where_it_acts() -> None:
    asked = Work(1, "ann", SMALL, 1, (2, 2, 1, 1), controls=(("canny", 1, 3), ("pose", 2, 2)))
    one = submitted(asked)
    one.ready("canny", 0.0)
    calls = [tick.controls for tick in drain(one)]
    assert calls == [(), (ControlCall("canny", 2),), (ControlCall("canny", 1),), ()]


def test_a_batch_may_mix_controlnets() -> None:
    controls = ["canny", "pose", None, "canny"]
    works = [work(n, f"client {n}", rows=1, control=c) for n, c in enumerate(controls)]
    one = submitted(*works)
    for name in ("canny", "pose"):
        one.ready(name, 0.0)
    tick = one.next(0.0)
    assert tick is not None
    assert tick.size == 4
    assert tick.controls == (ControlCall("canny", 2), ControlCall("pose", 1))


@pytest.mark.parametrize(
    ("prior", "images", "sizes"),
    [
        (FLAT, 3, [4]),  # a row that stays empty costs nothing
        (STEEP, 3, [2, 1]),
        (STEEP, 7, [4, 2, 1]),
        (FLAT, 9, [8, 1]),
    ],
)
def test_the_size_is_the_one_whose_rows_are_cheapest(prior, images, sizes) -> None:
    one = submitted(work(1, steps=1, rows=1, images=images), prior=prior, most_rows=8)
    assert [tick.size for tick in drain(one)] == sizes


def test_images_are_spread_over_the_devices() -> None:
    one = submitted(work(1, images=4), devices=2, seats=4, most_rows=8)
    tick = one.next(0.0)
    assert tick is not None
    assert sorted(step.seat for step in tick.steps) == [0, 1, 4, 5]
    assert tick.size == 4


def test_a_newcomer_that_is_short_gets_ticks_of_its_own_size() -> None:
    one = submitted(work(1, "hog", images=4, steps=50), newcomer_rows=1, most_rows=8)
    run(one, ticks=3)
    one.submit(work(2, "ann", steps=3, rows=1), 0.0)
    assert [shown(tick) for tick in run(one, ticks=3)] == ["1: 2.0@0", "1: 2.0@1", "1: 2.0@2"]


def test_a_tick_that_was_not_run_has_not_happened() -> None:
    one = submitted(work(1))
    assert one.next(0.0) == one.next(0.0)
    assert one.place(1, 0.0).position == 1


def test_memory_that_ran_out_makes_ticks_smaller() -> None:
    one = submitted(work(1, images=4, steps=1), most_rows=8, prior=FLAT)
    assert shown(one.next(0.0)) == "8: 1.0@0 1.1@0 1.2@0 1.3@0"
    one.shrink()
    assert shown(one.next(0.0)) == "4: 1.0@0 1.1@0"
    for _ in range(5):
        one.shrink()
    assert shown(one.next(0.0)) == "2: 1.0@0"  # a guided image needs two


def test_a_cancelled_job_is_in_no_tick_any_more_and_its_seat_is_free() -> None:
    one = submitted(work(1), work(2, "bob"), seats=1)
    first = run(one)[0]
    assert one.cancel(1, 0.0)
    assert not one.cancel(1, 0.0)
    assert not one.cancel(99, 0.0)
    second = run(one)[0]
    assert [(step.job, step.seat) for step in second.steps] == [(2, first.steps[0].seat)]


def test_a_job_cancelled_while_its_tick_runs_takes_nothing_from_who_comes_next() -> None:
    one = submitted(work(1, steps=1), seats=1)
    tick = one.next(0.0)
    assert tick is not None
    one.cancel(1, 0.0)
    one.submit(work(2, "bob", steps=1), 0.0)
    one.ran(tick, 1.0, 1.0)
    assert one.decoded(tick.finishing, 0.1, 1.0) == ()
    assert [shown(each) for each in drain(one)] == ["2: 2.0@0"]


def test_a_job_is_done_when_its_last_picture_is_out() -> None:
    one = submitted(work(1, images=2, steps=1), most_rows=4)
    tick = one.next(0.0)
    assert tick is not None
    assert tick.finishing == ((1, 0), (1, 1))
    one.ran(tick, 1.0, 1.0)
    assert one.decoded([(1, 0)], 0.1, 1.0) == ()
    assert one.place(1, 1.0).position == 0
    assert one.decoded([(1, 1)], 0.1, 1.0) == (1,)
    with pytest.raises(KeyError):
        one.place(1, 1.0)


def test_who_has_not_begun_by_its_deadline_is_told() -> None:
    one = submitted(
        work(1, deadline=5.0), work(2, "bob", deadline=5.0), work(3, "eve", deadline=9.0), seats=1
    )
    run(one)
    assert one.expired(5.0) == ()
    assert one.expired(6.0) == (2,)  # the first has begun
    assert one.expired(6.0) == ()


def test_a_full_queue_says_when_to_come_back() -> None:
    one = submitted(work(1), limits=Limits(waiting=1))
    with pytest.raises(QueueFull, match="at most 1 requests") as refused:
        one.submit(work(2, "bob"), 0.0)
    assert refused.value.retry_after > 0
    run(one)  # the first has begun
    one.submit(work(2, "bob"), 0.0)


def test_a_client_has_a_limit_of_its_own() -> None:
    one = submitted(work(1), work(2), limits=Limits(per_client=2))
    with pytest.raises(QueueFull, match="one client may have at most 2") as refused:
        one.submit(work(3), 0.0)
    assert refused.value.retry_after > 0
    one.submit(work(3, "bob"), 0.0)
    one.cancel(1, 0.0)
    one.submit(work(4), 0.0)


def test_controlnets_that_never_fit_together_are_refused() -> None:
    one = scheduler(fits=lambda names: len(names) < 2, pinned=("canny",))
    with pytest.raises(InvalidRequest, match="must fit in device memory together, got pose"):
        one.submit(work(1, control="pose"), 0.0)
    one.submit(work(1, control="canny"), 0.0)


HOGS = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.integers(1, 8),
        st.integers(10, 150),
        st.sampled_from((SMALL, LARGE)),
    ),
    min_size=1,
    max_size=3,
)


def hogging(hogs: list[tuple], **options: object) -> Scheduler:
    jobs = iter(range(1000, 10_000))
    made = scheduler(limits=Limits(waiting=1000), **options)
    for client, (count, images, steps, lane) in enumerate(hogs):
        for _ in range(count):
            made.submit(
                work(next(jobs), f"hog {client}", images=images, steps=steps, lane=lane), 0.0
            )
    return made


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    hogs=HOGS,
    before=st.integers(0, 80),
    lane=st.sampled_from((SMALL, LARGE)),
    newcomer_rows=st.sampled_from((1, 2, 4)),
)
def test_no_hog_delays_a_short_request_beyond_a_bound(hogs, before, lane, newcomer_rows) -> None:
    """Ticks to its picture: its own four; a quantum for each hog that may be a newcomer itself; and
    one tick in nine for the round. A row of the large lane costs four times as much."""
    quantum = 16
    one = hogging(hogs, prior=FLAT, newcomer_rows=newcomer_rows, quantum=float(quantum))
    run(one, ticks=before)
    one.submit(work(1, "ann", lane=lane, rows=1), 0.0)
    ticks = 4 + (0 if before >= quantum * len(hogs) else quantum * len(hogs))
    bound = ticks + 1 + ticks // PATIENCE
    assert any((1, 0) in tick.finishing for tick in run(one, ticks=bound))


def newcomers() -> Iterator[Work]:
    for number in range(10_000, 100_000):
        yield work(number, f"new {number}", rows=1)


@pytest.mark.slow
@pytest.mark.parametrize("lane", [SMALL, LARGE])
def test_no_stream_of_short_requests_starves_a_long_one(lane) -> None:
    one = submitted(work(1, "hog", steps=20, lane=lane), prior=FLAT, most_rows=1)
    come, ticks = newcomers(), 0
    finished: set[tuple[int, int]] = set()
    while (1, 0) not in finished:
        one.submit(next(come), 0.0)
        (tick,) = run(one)
        finished.update(tick.finishing)
        ticks += 1
        assert ticks <= (PATIENCE + 1) * (20 + 1)


def test_a_client_is_told_of_its_place_before_it_asks() -> None:
    one = submitted(*[work(n, "hog", images=2, steps=10) for n in range(1, 4)])
    run(one)
    foreseen = one.foresee(work(9, "ann", rows=1), 0.0)
    assert (foreseen.position, foreseen.waiting) == (1, 3)
    one.submit(work(9, "ann", rows=1), 0.0)
    assert one.place(9, 0.0) == foreseen
    again = one.foresee(work(10, "hog", images=2, steps=10), 0.0)
    assert (again.position, again.waiting) == (4, 4)
    assert again.seconds > foreseen.seconds
