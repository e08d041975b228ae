"""The loop: resumption to the bit, budgets, the learning rate, the log."""

import functools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from training.errors import NotFiniteLoss
from training.loop.checkpoint import Checkpoints, TrainState, initial_state
from training.loop.run import (
    Budget,
    Rhythm,
    learning_rate,
    run,
    seconds_of,
)
from training.loop.update import Update, make_update, optimizer

SLOPE = jnp.asarray([[1.0, -2.0], [0.5, 3.0]])


def loss(params, batch, key):
    """A linear fit, seen through some noise."""
    inputs = batch + 0.01 * jax.random.normal(key, batch.shape)
    error = jnp.square(inputs @ params["kernel"] - batch @ SLOPE).mean()
    return error, {"error": error}


def get_batch(step: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng([0, step]).normal(size=(8, 2)), jnp.float32)


@functools.cache
def toy_update() -> Update:
    return make_update(loss, optimizer(), mesh=None, ema_decay=0.9)


def toy() -> tuple[TrainState, Update]:
    # jnp.full of a Python number is "weakly typed", as some of Flax's initial values are.
    return initial_state({"kernel": jnp.full((2, 2), 0.0)}, optimizer()), toy_update()


def train(out: Path, *, steps: int, budget_steps: int | None = None) -> TrainState:
    state, update = toy()
    budget = Budget(steps=budget_steps or steps)
    return run(
        state,
        update,
        get_batch,
        out=out,
        budget=budget,
        rate=steady,
        seed=3,
        rhythm=Rhythm(log=5, sample=10_000),
    )


def steady(step: int, spent: float) -> float:
    return 0.1


class Interrupted(Exception):
    """The machine goes away."""


@pytest.mark.slow
def test_a_resumed_run_ends_where_an_uninterrupted_one_does_to_the_bit(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", steps=20)

    def break_off(step: int) -> jax.Array:
        if step == 13:
            raise Interrupted
        return get_batch(step)

    state, update = toy()
    with pytest.raises(Interrupted):
        run(
            state,
            update,
            break_off,
            out=tmp_path / "parts",
            budget=Budget(steps=20),
            rate=steady,
            seed=3,
            rhythm=Rhythm(log=5, save_seconds=0.0, sample=10_000),
        )
    resumed = train(tmp_path / "parts", steps=20)

    assert int(resumed.step) == 20
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(resumed), strict=True):
        assert np.array_equal(a, b)


def test_the_loss_goes_down_and_is_logged(tmp_path: Path) -> None:
    train(tmp_path, steps=200)

    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["step"] == 200
    assert rows[-1]["error"] < 0.02 * rows[0]["error"]


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_with_the_last_good_checkpoint(tmp_path: Path) -> None:
    def spoiled(step: int) -> jax.Array:
        return get_batch(step) * (jnp.nan if step >= 12 else 1.0)

    state, update = toy()
    with pytest.raises(NotFiniteLoss, match="got nan by step 13; start again to go on"):
        run(
            state,
            update,
            spoiled,
            out=tmp_path,
            budget=Budget(steps=20),
            rate=steady,
            seed=3,
            rhythm=Rhythm(log=5, save_seconds=0.0, sample=10_000),
        )

    with Checkpoints(tmp_path) as kept:
        assert kept.latest == 12
    resumed = train(tmp_path, steps=20)
    assert np.isfinite(resumed.params["kernel"]).all()


def test_a_step_is_compiled_once(tmp_path: Path) -> None:
    state, _ = toy()
    update = make_update(loss, optimizer(), mesh=None, ema_decay=0.9)

    run(
        state,
        update,
        get_batch,
        out=tmp_path,
        budget=Budget(steps=3),
        rate=steady,
        seed=0,
    )

    assert update._cache_size() == 1  # pyright: ignore


def test_a_budget_is_spent_by_steps_or_by_minutes() -> None:
    assert Budget(steps=100).spent(50, 1e9) == 0.5
    assert Budget(steps=100, minutes=1.0).spent(50, 45.0) == 0.75
    assert Budget(steps=100, minutes=1.0).spent(90, 30.0) == 0.9


def test_the_learning_rate_warms_up_and_ends_low() -> None:
    def rate(step: int, spent: float) -> float:
        return learning_rate(1.0, step=step, spent=spent, warmup=10)

    assert rate(0, 0.0) == pytest.approx(0.1)
    assert rate(50, 0.5) == 1.0
    assert 0.0 < rate(99, 0.999) < 0.1


def test_minutes_count_over_all_runs_of_a_training(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    assert seconds_of(log) == 0.0
    log.write_text('{"step": 50, "seconds": 30.5, "rate": 1}\n{"step": 100, "seconds": 61.0}\n{"st')
    assert seconds_of(log) == 61.0

    state, update = toy()
    budget = Budget(steps=1000, minutes=1.0)
    ended = run(state, update, get_batch, out=tmp_path, budget=budget, rate=steady, seed=0)

    assert int(ended.step) == 0


def test_the_last_sample_is_made_even_if_nothing_was_left_to_do(tmp_path: Path) -> None:
    state, update = toy()
    seen = []

    def sample(state: TrainState) -> dict[str, float]:
        seen.append(int(state.step))
        return {}

    for _ in range(2):
        run(
            state,
            update,
            get_batch,
            out=tmp_path,
            budget=Budget(steps=3),
            rate=steady,
            seed=0,
            sample=sample,
        )
        state, _ = toy()

    assert seen == [3, 3]


@pytest.mark.parametrize(
    ("minutes", "seconds", "last"), [(None, 30.0, 1000), (2.0, 30.0, 800), (60.0, 30.0, 1000)]
)
def test_the_last_step_is_foretold_from_the_pace(
    minutes: float | None, seconds: float, last: int
) -> None:
    assert Budget(1000, minutes).last_step(200, seconds=seconds) == last
