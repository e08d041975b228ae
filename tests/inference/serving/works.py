"""Jobs and drives for the scheduler's tests."""

from inference.serving.scheduler import Scheduler
from inference.serving.tick import Tick
from inference.serving.work import Lane, Work

SMALL, LARGE = Lane(128, 128), Lane(256, 256)


def work(
    job: int,
    client: str = "ann",
    *,
    images: int = 1,
    steps: int = 4,
    rows: int = 2,
    lane: Lane = SMALL,
    control: str | None = None,
    deadline: float | None = None,
) -> Work:
    return Work(
        job=job,
        client=client,
        lane=lane,
        images=images,
        rows=(rows,) * steps,
        controls=((control, 0, steps),) if control else (),
        deadline=deadline,
    )


def run(scheduler: Scheduler, *, ticks: int = 1) -> list[Tick]:
    """So many ticks at most, each in a second, with its pictures out at once."""
    ran = []
    for _ in range(ticks):
        tick = scheduler.next(0.0)
        if tick is None:
            break
        scheduler.ran(tick, None, 0.0)
        scheduler.decoded(tick.finishing, None, 0.0)
        ran.append(tick)
    return ran


def drain(scheduler: Scheduler) -> list[Tick]:
    """Until nothing is left."""
    return run(scheduler, ticks=100_000)


def load(scheduler: Scheduler) -> tuple[str, ...]:
    """Whatever is wanted is dropped and loaded at once; says what was loaded."""
    wanted = scheduler.wanted(0.0)
    for name in wanted.drop:
        scheduler.missing(name, 0.0)
    for name in wanted.load:
        scheduler.loading(name, 0.0)
        scheduler.ready(name, 0.0)
    return wanted.load
