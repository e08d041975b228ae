"""What people use instead: a queue that serves one at a time, and batches that run as a whole.

`one_at_a_time` is Gradio's queue with a concurrency of one: each request alone, its own pictures
together. `whole_runs` is `batch=True` with `max_batch_size=8`: up to eight requests that wait are
taken together, and the next ones only when the last picture of those is done. An image that is done
before the others costs nothing any more, which is better than what is usual.
"""

from collections.abc import Sequence
from random import Random

from inference.serving.work import Work
from tests.bench.simulation.load import Arrival
from tests.bench.simulation.machine import Machine
from tests.bench.simulation.world import Outcome

BATCH = 8


def one_at_a_time(
    machine: Machine, arrivals: Sequence[Arrival], *, noise: float = 0.1, seed: int = 1
) -> Outcome:
    return _in_batches(machine, arrivals, 1, noise, seed)


def whole_runs(
    machine: Machine, arrivals: Sequence[Arrival], *, noise: float = 0.1, seed: int = 1
) -> Outcome:
    return _in_batches(machine, arrivals, BATCH, noise, seed)


def _in_batches(
    machine: Machine, arrivals: Sequence[Arrival], most: int, noise: float, seed: int
) -> Outcome:
    random = Random(seed)
    waiting, now, busy = list(arrivals), 0.0, 0.0
    done: dict[int, float] = {}
    while waiting:
        now = max(now, waiting[0].at)
        batch = [one for one in waiting[:most] if one.at <= now]
        del waiting[: len(batch)]
        spent = seconds(machine, [one.work for one in batch]) * random.lognormvariate(0.0, noise)
        now, busy = now + spent, busy + spent
        done |= {one.work.job: now for one in batch}
    return Outcome(done, {}, busy)


def seconds(machine: Machine, works: Sequence[Work]) -> float:
    """Of these requests together, alone on the machine."""
    steps = max(len(work.rows) for work in works)
    total = sum(_tick(machine, works, evaluation) for evaluation in range(steps))
    return total + machine.decoding(sum(work.images for work in works))


def _tick(machine: Machine, works: Sequence[Work], evaluation: int) -> float:
    """Images are dealt out to the devices in turn; the most loaded one says how long it takes."""
    unet, controls, dealt = [0] * machine.devices, dict[str, list[int]](), 0
    for work in works:
        for _ in range(work.images if evaluation < len(work.rows) else 0):
            device, dealt = dealt % machine.devices, dealt + 1
            unet[device] += work.rows[evaluation]
            for name in work.names_at(evaluation):
                load = controls.setdefault(name, [0] * machine.devices)
                load[device] += work.rows[evaluation]
    seconds = sum(machine.tick(size, []) for size in _calls(machine, max(unet)))
    return seconds + sum(
        machine.controlnet[size]
        for load in controls.values()
        for size in _calls(machine, max(load))
    )


def _calls(machine: Machine, rows: int) -> list[int]:
    """The sizes of the programs that it takes: the largest as often as needed, and one more."""
    full, rest = divmod(rows, machine.sizes[-1])
    return [machine.sizes[-1]] * full + ([machine.size(rest)] if rest else [])
