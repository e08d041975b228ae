"""Work that goes on without its page for a while, and no longer."""

import threading
from collections.abc import Callable, Generator, Iterator

import pytest

from spaces.demo.jobs import MOST_KEPT, MOST_UNATTENDED, Job, Jobs


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Yields 1, 2, 3 … `most`, one for each permission that it is given."""

    def __init__(self, *, most: int = 3) -> None:
        self.most = most
        self.go_on = threading.Semaphore(0)
        self.closed = threading.Event()
        self.begun = threading.Event()

    def __call__(self, _name: str) -> Generator[int, None, None]:
        try:
            self.begun.set()
            for number in range(1, self.most + 1):
                assert self.go_on.acquire(timeout=60)
                yield number
        finally:
            self.closed.set()

    def allow(self, count: int) -> None:
        for _ in range(count):
            self.go_on.release()


def name(number: int) -> str:
    return f"{number:032x}"


def upto(told: Iterator[int], number: int) -> bool:
    """Follows until that state; it may be told again and again."""
    return any(state == number for state in told)


def start(jobs: Jobs[int], name: object, work: Callable) -> Job[int]:
    return jobs.start(name, work, first=lambda _name: 0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(clock: Clock) -> Jobs[int]:
    return Jobs(patience=60.0, kept=600.0, clock=clock)


def test_a_job_tells_its_states_and_ends(jobs: Jobs[int]) -> None:
    work = Work()
    job = start(jobs, name(1), work)
    told = job.follow()
    assert next(told) == 0
    for number in (1, 2, 3):
        work.allow(1)
        assert upto(told, number)
    assert set(told) <= {3}
    assert job.is_over


def test_who_asks_twice_gets_the_same_job(jobs: Jobs[int]) -> None:
    work = Work()
    first = start(jobs, name(1), work)
    assert start(jobs, name(1), Work()) is first
    work.allow(3)
    list(first.follow())
    assert start(jobs, name(1), Work()) is first, "its result, and no second run"


@pytest.mark.parametrize("strange", [None, 7, "", "short", "A" * 32, ["x"], "0" * 33])
def test_a_name_that_could_be_guessed_is_replaced(jobs: Jobs[int], strange: object) -> None:
    work = Work(most=0)
    job = start(jobs, strange, work)
    assert len(job.name) == 32
    assert job.name != strange
    list(job.follow())


def test_a_job_goes_on_without_its_page_and_is_found_again(jobs: Jobs[int], clock: Clock) -> None:
    work = Work()
    told = start(jobs, name(1), work).follow()
    work.allow(1)
    assert upto(told, 1)
    told.close()
    clock.now += 59.0
    work.allow(2)
    found = jobs.find(name(1))
    assert found is not None
    assert list(found.follow())[-1] == 3


def test_a_job_that_nobody_comes_back_for_is_stopped(jobs: Jobs[int], clock: Clock) -> None:
    work = Work(most=100)
    told = start(jobs, name(1), work).follow()
    work.allow(1)
    assert upto(told, 1)
    told.close()
    clock.now += 61.0
    work.allow(1)
    assert work.closed.wait(120)


def test_only_so_many_go_on_unattended(jobs: Jobs[int], clock: Clock) -> None:
    works = [Work(most=100) for _ in range(MOST_UNATTENDED + 1)]
    for number, work in enumerate(works):
        clock.now += 1.0
        told = start(jobs, name(number), work).follow()
        next(told)
        told.close()
    assert works[0].begun.wait(120)
    assert not works[1].begun.is_set()
    assert jobs.find(name(1)) is not None
    works[0].allow(1)
    assert works[0].closed.wait(120), "the one that was left first is stopped"
    for work in works[1:]:
        work.allow(100)
        assert work.closed.wait(120)


def test_jobs_run_one_at_a_time(jobs: Jobs[int]) -> None:
    first, second = Work(), Work()
    one, two = start(jobs, name(1), first), start(jobs, name(2), second)
    assert first.begun.wait(120)
    assert not second.begun.is_set()
    first.allow(3)
    list(one.follow())
    assert second.begun.wait(120)
    second.allow(3)
    assert list(two.follow())[-1] == 3


def test_a_stopped_job_says_no_more(jobs: Jobs[int]) -> None:
    work = Work(most=100)
    told = start(jobs, name(1), work).follow()
    work.allow(1)
    assert upto(told, 1)
    jobs.stop(name(1))
    work.allow(1)
    assert set(told) <= {0, 1, 2}
    assert work.closed.is_set()


def test_what_is_kept_is_bounded_in_number_and_time(jobs: Jobs[int], clock: Clock) -> None:
    for number in range(MOST_KEPT + 20):
        clock.now += 0.01
        list(start(jobs, name(number), Work(most=0)).follow())
    assert jobs.find(name(0)) is None
    assert len(jobs) <= MOST_KEPT + 1
    clock.now += 601.0
    assert jobs.find(name(MOST_KEPT + 19)) is None
    assert len(jobs) == 0


def test_what_broke_is_logged_and_over(jobs: Jobs[int], caplog: pytest.LogCaptureFixture) -> None:
    def broken(_name: str) -> Generator[int, None, None]:
        yield 1
        raise ZeroDivisionError

    assert list(start(jobs, name(1), broken).follow())[-1] == 1
    assert "a job failed" in caplog.text
