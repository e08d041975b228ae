"""Requests that come in: who, when, and what.

`mixed` is the load of the serving benchmark: Poisson arrivals, nine in ten of them 4 steps and one
picture, one in ten 50 guided steps and four pictures, each with one of three ControlNets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from inference.serving.work import Lane, Work

CONTROLS = ("canny", "scribble", "palette")


@dataclass(frozen=True)
class Arrival:
    at: float
    work: Work


@dataclass(frozen=True)
class Kind:
    """A request's steps and pictures; `rows` is 2 where it is guided."""

    steps: int
    images: int
    rows: int

    def work(self, job: int, client: str, lane: Lane, control: str | None) -> Work:
        return Work(
            job=job,
            client=client,
            lane=lane,
            images=self.images,
            rows=(self.rows,) * self.steps,
            controls=((control, 0, self.steps),) if control else (),
        )


SHORT = Kind(steps=4, images=1, rows=1)
LONG = Kind(steps=50, images=4, rows=2)


def mixed(*, count: int, rate: float, lane: Lane, seed: int = 1) -> list[Arrival]:
    """`rate` a second, each from a client of its own."""
    random = Random(seed)
    return list(_mixed(random, count, rate, lane))


def _mixed(random: Random, count: int, rate: float, lane: Lane) -> Iterator[Arrival]:
    at = 0.0
    for job in range(count):
        at += random.expovariate(rate)
        kind = LONG if random.random() < 0.1 else SHORT
        yield Arrival(at, kind.work(job, f"client {job}", lane, random.choice(CONTROLS)))


def is_short(work: Work) -> bool:
    return len(work.rows) == SHORT.steps
