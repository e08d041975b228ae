"""Jobs that are done: bounded in number, bytes and time; those that are not stay."""

import gc
import weakref

import pytest

from inference.request import GenerationRequest
from inference.serving.http.jobs import Job, Jobs
from inference.serving.http.problems import Refused
from inference.serving.ticket import Ticket
from tests.inference.serving.painted import painted, tell_steps

PICTURE = 3 * 64 * 64


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def begun(jobs: Jobs, owner: str = "one") -> tuple[Job, Ticket]:
    job, ticket = jobs.begin(owner), Ticket(0, GenerationRequest(), lambda _: None)
    job.follow(ticket)
    return job, ticket


def done(jobs: Jobs) -> Job:
    job, ticket = begun(jobs)
    ticket.end(painted(GenerationRequest()))
    return job


def is_kept(jobs: Jobs, job: Job) -> bool:
    try:
        return jobs.find(job.id, job.owner) is job
    except Refused:
        return False


@pytest.mark.parametrize("bound", [{"most": 2}, {"most_bytes": 2 * PICTURE}])
def test_the_oldest_that_are_done_go_first_and_those_that_are_not_stay(
    bound: dict[str, int],
) -> None:
    jobs = Jobs(**bound, clock=Clock())
    waiting, _ = begun(jobs)
    made = [done(jobs) for _ in range(4)]
    assert [is_kept(jobs, job) for job in made] == [False, False, True, True]
    assert is_kept(jobs, waiting)


def test_what_was_done_long_ago_goes() -> None:
    clock = Clock()
    jobs = Jobs(seconds=100.0, clock=clock)
    waiting, _ = begun(jobs)
    job = done(jobs)
    assert is_kept(jobs, job)
    clock.now = 200.0
    assert not is_kept(jobs, job)
    assert is_kept(jobs, waiting)


def test_previews_are_counted_with_the_pictures() -> None:
    jobs = Jobs()
    job, ticket = begun(jobs)
    tell_steps(ticket, 1, 2)
    ticket.end(painted(GenerationRequest(num_images=2)))
    assert job.bytes == 2 * PICTURE + 2 * 3 * 8 * 8


def test_only_what_is_not_done_counts_as_at_once_and_each_key_has_its_own() -> None:
    jobs = Jobs()
    begun(jobs)
    _, ticket = begun(jobs)
    begun(jobs, "other")
    assert (jobs.at_once("one"), jobs.at_once("other")) == (2, 1)
    ticket.end(ValueError("it broke"))
    assert jobs.at_once("one") == 1


def test_all_is_fetched_once_every_picture_of_what_is_done_was() -> None:
    jobs = Jobs()
    begun(jobs)
    assert jobs.are_fetched
    job = done(jobs)
    assert not jobs.are_fetched
    job.fetched.add(0)
    assert jobs.are_fetched


def test_ids_differ_and_are_long() -> None:
    names = {Job("one", Clock()).id for _ in range(100)}
    assert len(names) == 100
    assert min(map(len, names)) >= 32


def test_who_listens_late_hears_what_was_told_before() -> None:
    ticket = Ticket(0, GenerationRequest(), lambda _: None)
    tell_steps(ticket, 1, 2)
    ticket.end(painted(GenerationRequest()))
    job = Jobs().begin("one")
    job.follow(ticket)
    assert [one.number for one in job.since(0)] == [1, 2, 3]
    assert job.result is not None


@pytest.mark.parametrize("when", ["told as it ends", "heard after its end"])
def test_the_pictures_of_a_job_that_is_let_go_are_freed_at_once(when: str) -> None:
    """Not when the collector of circles comes round, which pictures do not call."""
    jobs = Jobs(most=1)
    ticket = Ticket(0, GenerationRequest(), cancel=lambda number: None)
    job = jobs.begin("one")
    result = painted(GenerationRequest())
    picture = weakref.ref(result.images[0])
    if when == "heard after its end":
        ticket.end(result)
        job.follow(ticket)
    else:
        job.follow(ticket)
        ticket.end(result)
    gc.disable()
    try:
        del ticket, result
        jobs.forget(job)
        assert picture() is not None
        del job
        assert picture() is None
    finally:
        gc.enable()
