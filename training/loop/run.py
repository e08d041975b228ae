"""The loop around a training step: budget, learning rate, log, checkpoints, samples."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray
from tqdm import tqdm

from training.loop import checkpoint
from training.loop.checkpoint import Params, TrainState

Batch = Any
Losses = dict[str, Float[Array, ""]]
# (params, batch, key) to what is minimised and what is logged.
LossFunction = Callable[[Params, Batch, PRNGKeyArray], tuple[Float[Array, ""], Losses]]
Update = Callable[[TrainState, Batch, PRNGKeyArray, Float[Array, ""]], tuple[TrainState, Losses]]


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


def optimizer(*, weight_decay: float = 0.0) -> optax.GradientTransformation:
    """Adam with clipped gradients; the learning rate is the loop's to multiply in."""
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.scale_by_adam(b1=0.9, b2=0.99),
        optax.add_decayed_weights(weight_decay),
    )


def make_update(
    loss: LossFunction, transformation: optax.GradientTransformation, *, ema_decay: float
) -> Update:
    """One optimization step, compiled; it consumes the state it is given."""

    def update(
        state: TrainState, batch: Batch, key: PRNGKeyArray, learning_rate: Float[Array, ""]
    ) -> tuple[TrainState, Losses]:
        (_, losses), gradients = jax.value_and_grad(loss, has_aux=True)(state.params, batch, key)
        updates, optimizer_state = transformation.update(gradients, state.optimizer, state.params)
        params = jax.tree.map(lambda p, u: p - learning_rate * u, state.params, updates)
        # An average that starts with little memory forgets the initialisation in good time.
        decay = jnp.minimum(ema_decay, (1.0 + state.step) / (10.0 + state.step))
        ema = jax.tree.map(lambda e, p: e + (1.0 - decay) * (p - e), state.ema, params)
        state = TrainState(step=state.step + 1, params=params, ema=ema, optimizer=optimizer_state)
        return state, losses

    return jax.jit(update, donate_argnums=0)


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


def run(
    state: TrainState,
    update: Update,
    get_batch: Callable[[int], Batch],
    *,
    out: Path,
    budget: Budget,
    peak_learning_rate: float,
    seed: int,
    rhythm: Rhythm = Rhythm(),
    sample: Callable[[TrainState], dict[str, float]] | None = None,
) -> TrainState:
    """Train until the budget is spent; go on from `out/state.msgpack` if there is one.

    `get_batch(step)` must depend on the step alone. `sample` is called every now and then to
    write pictures; the figures it returns go to the log, `out/log.jsonl`.
    """
    file = out / "state.msgpack"
    if file.exists():
        state = checkpoint.restore(file, state)
    # Placed for good, as the update's results will be, so that the second step compiles nothing.
    state = jax.device_put(state, jax.local_devices()[0])
    out.mkdir(parents=True, exist_ok=True)
    key = jax.random.key(seed)
    start = saved = time.monotonic()
    before = seconds_of(out / "log.jsonl")
    step = int(state.step)

    def seconds() -> float:
        return before + time.monotonic() - start

    sampled: int | None = None
    sums: Losses = {}
    summed = 0
    with (
        (out / "log.jsonl").open("a", buffering=1) as log,
        tqdm(total=budget.steps, initial=step, unit="step", mininterval=2.0) as bar,
    ):
        while (spent := budget.spent(step, seconds())) < 1.0:
            rate = learning_rate(peak_learning_rate, step=step, spent=spent)
            state, losses = update(
                state, get_batch(step), jax.random.fold_in(key, step), jnp.float32(rate)
            )
            step += 1
            bar.total = budget.last_step(step, seconds=seconds())
            bar.update()
            # Summed on the device: reading each loss would make the host wait for each step.
            sums = {name: sums.get(name, 0.0) + value for name, value in losses.items()}
            summed += 1
            if step % rhythm.log == 0:
                means = {name: float(total) / summed for name, total in sums.items()}
                sums, summed = {}, 0
                row = {"step": step, "seconds": round(seconds(), 1), "rate": rate, **means}
                log.write(json.dumps(row) + "\n")
                bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()})
            if time.monotonic() - saved >= rhythm.save_seconds:
                checkpoint.save(file, state)
                saved = time.monotonic()
            if sample is not None and step % rhythm.sample == 0:
                log.write(json.dumps({"step": step, **sample(state)}) + "\n")
                sampled = step
        checkpoint.save(file, state)
        # Also where there was nothing left to do: the run may have been killed just before this.
        if sample is not None and sampled != step:
            log.write(json.dumps({"step": step, **sample(state)}) + "\n")
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
    return run(
        checkpoint.initial_state(params, transformation),
        make_update(loss, transformation, ema_decay=config.ema_decay),
        get_batch,
        out=config.out,
        budget=Budget(steps=config.steps, minutes=config.minutes),
        peak_learning_rate=config.learning_rate,
        seed=config.seed,
        rhythm=rhythm,
        sample=sample,
    )
