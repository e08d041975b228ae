"""The loop around a training step: budget, learning rate, log, checkpoints, samples."""

import json
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from tqdm import tqdm

from training.errors import NotFiniteLoss
from training.loop.checkpoint import Checkpoints, Params, TrainState, initial_state
from training.loop.update import Batch, Losses, LossFunction, Update, make_update, optimizer

Rate = Callable[[int, float], float]
"""The learning rate of a step, when that share of the budget is spent."""
Tracker = Callable[[int, dict[str, float]], None]
"""Is told the figures of a step, as the log is."""


@dataclass(frozen=True)
class Budget:
    """How long to train: until `steps` steps or `minutes` minutes, whichever is over first.

    Both count from the run's beginning, however often it was interrupted.
    """

    steps: int
    minutes: float | None = None

    def spent(self, step: int, seconds: float) -> float:
        """The share of the budget that is used up, 1.0 at its end."""
        by_time = seconds / (60.0 * self.minutes) if self.minutes else 0.0
        return max(step / self.steps, by_time)

    def last_step(self, step: int, *, seconds: float) -> int:
        """Where a run will end that has come to `step` in so many seconds, at its pace so far."""
        if not self.minutes or not seconds:
            return self.steps
        return min(self.steps, round(step * 60.0 * self.minutes / seconds))


@dataclass(frozen=True)
class Rhythm:
    """Every how many steps (`log`, `sample`) or seconds (`save_seconds`) something happens."""

    log: int = 50
    sample: int = 1000
    save_seconds: float = 120.0


def learning_rate(peak: float, *, step: int, spent: float, warmup: int = 200) -> float:
    """Linear warm-up, then constant, then a linear way down over the last third of the budget."""
    return peak * min(1.0, (step + 1) / warmup) * min(1.0, 3.0 * max(1.0 - spent, 0.02))


def seconds_of(log: Path) -> float:
    """How long a run has been training, interruptions left out, as its log says."""
    if not log.exists():
        return 0.0
    # A line may be cut short, where a run was killed while it wrote.
    found = re.findall(r'"seconds": ([0-9.]+)[,}]', log.read_text())
    return max(map(float, found), default=0.0)


class Figures:
    """Figures of steps, summed on the device: to read each is to wait for each step."""

    def __init__(self) -> None:
        self._sums: Losses = {}

    def add(self, losses: Losses) -> None:
        self._sums = jax.tree.map(jnp.add, self._sums, losses) if self._sums else losses

    def means(self, step: int) -> dict[str, float]:
        """The means since they were last cleared. Raises NotFiniteLoss."""
        sums = jax.device_get(self._sums)
        found = {
            name: float(mean.total) / float(mean.weight)
            for name, mean in sums.items()
            if mean.weight
        }
        bad = [name for name, value in found.items() if not math.isfinite(value)]
        if bad:
            raise NotFiniteLoss(
                f"{bad[0]} must be a finite number, got {found[bad[0]]} by step {step}; start "
                "again to go on from the last checkpoint, which is good, with a lower "
                "--learning-rate or other data"
            )
        return found

    def clear(self) -> None:
        self._sums = {}


def run(
    state: TrainState,
    update: Update,
    get_batch: Callable[[int], Batch],
    *,
    out: Path,
    budget: Budget,
    rate: Rate,
    seed: int,
    rhythm: Rhythm = Rhythm(),
    sample: Callable[[TrainState], dict[str, float]] | None = None,
    checkpoints: Checkpoints | None = None,
    trackers: Sequence[Tracker] = (),
) -> TrainState:
    """Train until the budget is spent; go on from the last of `out/checkpoints` if there is one.

    `get_batch(step)` must depend on the step alone. `sample` is called every now and then to
    write pictures; the figures it returns go to the log, `out/log.jsonl`, and to `trackers`.
    Raises NotFiniteLoss, and leaves the last good checkpoint.
    """
    out.mkdir(parents=True, exist_ok=True)
    key = jax.random.key(seed)
    before = seconds_of(out / "log.jsonl")
    with (
        checkpoints or Checkpoints(out) as kept,
        (out / "log.jsonl").open("a", buffering=1) as log,
    ):
        state = kept.restore(state)
        start = saved = time.monotonic()
        step = int(state.step)
        sampled: int | None = None
        figures = Figures()

        def seconds() -> float:
            return before + time.monotonic() - start

        def tell(row: dict[str, float]) -> None:
            log.write(json.dumps({"step": step, **row}) + "\n")
            for tracker in trackers:
                tracker(step, row)

        with tqdm(total=budget.steps, initial=step, unit="step", mininterval=2.0) as bar:
            while (spent := budget.spent(step, seconds())) < 1.0:
                now = rate(step, spent)
                state, losses = update(
                    state, get_batch(step), jax.random.fold_in(key, step), jnp.float32(now)
                )
                step += 1
                bar.total = budget.last_step(step, seconds=seconds())
                bar.update()
                figures.add(losses)
                if step % rhythm.log == 0:
                    means = figures.means(step)
                    figures.clear()
                    tell({"seconds": round(seconds(), 1), "rate": now, **means})
                    bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()})
                if time.monotonic() - saved >= rhythm.save_seconds:
                    figures.means(step)  # what is saved is good
                    kept.save(state)
                    saved = time.monotonic()
                if sample is not None and step % rhythm.sample == 0:
                    tell(sample(state))
                    sampled = step
        figures.means(step)
        kept.save(state)
        # Also where there was nothing left to do: the run may have been killed just before this.
        if sample is not None and sampled != step:
            tell(sample(state))
    return state


@runtime_checkable
class StageConfig(Protocol):
    """What the `Config` of every stage says of its run."""

    @property
    def out(self) -> Path: ...
    @property
    def steps(self) -> int: ...
    @property
    def minutes(self) -> float | None: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def ema_decay(self) -> float: ...
    @property
    def seed(self) -> int: ...


def run_stage(
    config: StageConfig,
    params: Params,
    loss: LossFunction,
    get_batch: Callable[[int], Batch],
    *,
    rhythm: Rhythm = Rhythm(),
    sample: Callable[[TrainState], dict[str, float]] | None = None,
) -> TrainState:
    """`run` from these parameters on, as the stage's configuration says."""
    transformation = optimizer()
    # Placed for good, as the update's results will be, so that the second step compiles nothing.
    state = jax.device_put(initial_state(params, transformation), jax.local_devices()[0])
    return run(
        state,
        make_update(loss, transformation, mesh=None, ema_decay=config.ema_decay),
        get_batch,
        out=config.out,
        budget=Budget(steps=config.steps, minutes=config.minutes),
        rate=lambda step, spent: learning_rate(config.learning_rate, step=step, spent=spent),
        seed=config.seed,
        rhythm=rhythm,
        sample=sample,
    )
