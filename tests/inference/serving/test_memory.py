"""ControlNets in memory: who is loaded, who goes, and how long anybody waits."""

import pytest

from inference.serving.costs import Costs
from inference.serving.memory import Wanted
from inference.serving.scheduler import Scheduler
from tests.inference.serving.works import drain, load, run, work


def scheduler(room: int, *, pinned: tuple[str, ...] = (), patience: int = 10) -> Scheduler:
    return Scheduler(
        costs=Costs(),
        most_rows=4,
        fits=lambda names: len(names) <= room,
        pinned=pinned,
        patience=patience,
    )


def test_a_job_begins_once_its_controlnet_is_there() -> None:
    one = scheduler(1)
    one.submit(work(1, control="canny"), 0.0)
    assert one.next(0.0) is None
    assert one.wanted(0.0) == Wanted(load=("canny",))
    one.loading("canny", 0.0)
    assert one.wanted(0.0) == Wanted()
    assert one.next(0.0) is None
    one.ready("canny", 0.0)
    tick = one.next(0.0)
    assert tick is not None
    assert [call.name for call in tick.controls] == ["canny"]


def test_loading_keeps_nobody_else_waiting() -> None:
    one = scheduler(1)
    one.submit(work(1, control="canny"), 0.0)
    one.submit(work(2, "bob"), 0.0)
    one.loading("canny", 0.0)
    assert [step.job for tick in run(one, ticks=9) for step in tick.steps] == [2] * 4


def test_what_nobody_needs_goes_first_the_least_recently_used() -> None:
    two = scheduler(2)
    for name in ("canny", "pose"):
        two.submit(work(1, control=name), 0.0)
        load(two)
        drain(two)
    two.submit(work(1, control="canny"), 0.0)
    drain(two)
    two.submit(work(1, control="depth"), 0.0)
    assert two.wanted(0.0) == Wanted(load=("depth",), drop=("pose",))


def test_pinned_ones_stay() -> None:
    two = scheduler(2, pinned=("canny",))
    for name in ("canny", "pose"):
        two.ready(name, 0.0)
    two.submit(work(1, control="depth"), 0.0)
    assert two.wanted(0.0) == Wanted(load=("depth",), drop=("pose",))


def test_one_that_is_in_use_stays_until_its_images_are_done_with_it() -> None:
    one = scheduler(1, patience=0)
    one.submit(work(1, steps=5, control="canny"), 0.0)
    load(one)
    run(one)
    one.submit(work(2, "bob", control="pose"), 0.0)
    for _ in range(4):
        assert one.wanted(0.0) == Wanted()
        run(one)
    assert one.wanted(0.0) == Wanted(load=("pose",), drop=("canny",))


@pytest.mark.slow
@pytest.mark.parametrize("stream", [["eve"], ["eve", "joe", "ann"]])
@pytest.mark.parametrize("patience", [5, 20])
def test_a_stream_for_one_controlnet_never_keeps_another_waiting_beyond_a_bound(
    stream: list[str], patience: int
) -> None:
    """Its patience, and what the images that sit then still have to do."""
    one = scheduler(1, patience=patience)
    numbers = iter(range(10, 10_000))

    def busy() -> None:
        for client in stream:
            one.submit(work(next(numbers), client, steps=6, control="canny"), 0.0)

    busy()
    load(one)
    run(one, ticks=3)
    one.submit(work(1, "bob", control="pose"), 0.0)
    waited = 0
    while one.place(1, 0.0).position > 0:
        load(one)
        run(one)
        busy()
        waited += 1
        assert waited <= patience + 6 * 16 + 1  # 16 seats of at most 6 evaluations
    drain(one)
    assert load(one) == ("canny",)  # and the stream goes on after it
    assert drain(one)
    assert one.needing("canny") == ()


def test_who_asks_for_many_controlnets_is_no_better_off() -> None:
    one = scheduler(1, patience=1)
    for number in range(10):
        one.submit(work(10 + number, "hog", control=f"net {number}"), 0.0)
    one.submit(work(1, "bob", control="pose"), 0.0)
    loaded = []
    while one.needing("pose"):
        loaded += load(one)
        run(one)
    assert loaded == ["net 0", "pose"]


def test_jobs_that_need_two_each_get_them_in_turn() -> None:
    two = scheduler(2)
    pairs = [("a", "b"), ("b", "c"), ("a", "d"), ("c", "d")]
    for number, names in enumerate(pairs):
        asked = work(number, f"client {number}")
        controls = tuple((name, 0, 4) for name in names)
        two.submit(type(asked)(**{**vars(asked), "controls": controls}), 0.0)
    for _ in range(100):
        load(two)
        run(two)
    assert two.wanted(0.0) == Wanted()
    assert not any(two.cancel(number, 0.0) for number in range(4))  # all are done


def test_a_job_that_is_gone_is_not_waited_for() -> None:
    one = scheduler(1, patience=0)
    one.submit(work(1, steps=50, control="canny"), 0.0)
    load(one)
    run(one)
    one.submit(work(2, "bob", control="pose"), 0.0)
    one.submit(work(3, "eve", control="canny"), 0.0)
    one.wanted(0.0)
    assert {step.job for tick in run(one, ticks=3) for step in tick.steps} == {1}
    one.cancel(2, 0.0)
    assert {step.job for tick in run(one, ticks=3) for step in tick.steps} == {1, 3}
