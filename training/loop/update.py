"""Optimization step: gradients (accumulated or not), AdamW, and the average of the weights."""

import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.sharding import AbstractMesh
from jaxtyping import Array, Float, PRNGKeyArray

from training.loop.checkpoint import Params, TrainState

Batch = Any
"""A pytree; where gradients are accumulated, a `Fed`."""


class Fed(NamedTuple):
    """A batch in two: what has its pictures as first axis, and what is the same for all.

    What a compiled function closes over would be copied into it, so frozen weights come along.
    """

    rows: Any
    shared: Any


class Mean(NamedTuple):
    """A figure whose mean over steps is logged: a sum, and of how many. A pytree."""

    total: Float[Array, ""]
    weight: Float[Array, ""]


Losses = dict[str, Any]
"""What is logged, by name: a number for each step, or a `Mean`."""

LossFunction = Callable[[Params, Batch, PRNGKeyArray], tuple[Float[Array, ""], Losses]]
"""(params, batch, key) to what is minimised and what is logged."""

Update = Callable[[TrainState, Batch, PRNGKeyArray, Float[Array, ""]], tuple[TrainState, Losses]]


def optimizer(
    *, weight_decay: float = 0.0, b2: float = 0.99, clip: float = 1.0
) -> optax.GradientTransformation:
    """Adam with clipped gradients; the learning rate is the loop's to multiply in."""
    return optax.chain(
        optax.clip_by_global_norm(clip),
        optax.scale_by_adam(b1=0.9, b2=b2),
        optax.add_decayed_weights(weight_decay),
    )


def make_update(
    loss: LossFunction,
    transformation: optax.GradientTransformation,
    *,
    mesh: AbstractMesh | None,
    ema_decay: float | None,
    accumulate: int = 1,
) -> Update:
    """One optimization step, compiled; it consumes the state it is given.

    `mesh` is of the devices that the batch is spread over, None where one has all of it: kernels,
    which the compiler cannot split, ask for it while the step is traced.

    With `accumulate`, the batch goes through in so many parts, one after the other; a step is
    still one change of the parameters, by the mean of the parts' gradients. Where `loss` draws
    random numbers by sample rather than by batch, the parts make no difference.
    """
    with_gradients = jax.value_and_grad(loss, has_aux=True)

    def gradients_of(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Losses, Params]:
        if accumulate == 1:
            (_, losses), gradients = with_gradients(params, batch, key)
            return _means(losses), gradients

        def add(total: Params, rows: Any) -> tuple[Params, Losses]:
            (_, losses), gradients = with_gradients(params, Fed(rows, batch.shared), key)
            return jax.tree.map(jnp.add, total, gradients), _means(losses)

        zeros = jax.tree.map(jnp.zeros_like, params)
        total, losses = jax.lax.scan(add, zeros, _parts(batch.rows, accumulate))
        return (
            jax.tree.map(lambda leaf: leaf.sum(axis=0), losses),
            jax.tree.map(lambda leaf: leaf / accumulate, total),
        )

    def update(
        state: TrainState, batch: Batch, key: PRNGKeyArray, learning_rate: Float[Array, ""]
    ) -> tuple[TrainState, Losses]:
        with _set(mesh):
            losses, gradients = gradients_of(state.params, batch, key)
        losses |= _means({"gradient_norm": optax.tree.norm(gradients)})
        updates, optimizer_state = transformation.update(gradients, state.optimizer, state.params)
        params = jax.tree.map(lambda p, u: p - learning_rate * u, state.params, updates)
        ema = state.ema
        if ema_decay is not None:
            # An average that starts with little memory forgets the initialisation in good time.
            decay = jnp.minimum(ema_decay, (1.0 + state.step) / (10.0 + state.step))
            ema = jax.tree.map(lambda e, p: e + (1.0 - decay) * (p - e), ema, params)
        state = TrainState(step=state.step + 1, params=params, ema=ema, optimizer=optimizer_state)
        return state, losses

    return jax.jit(update, donate_argnums=0)


def telling_memory(update: Update) -> Update:
    """The same update; at its first step it says what the compiler needs on each device."""
    told: list[str] = []

    def telling(
        state: TrainState, batch: Batch, key: PRNGKeyArray, learning_rate: Float[Array, ""]
    ) -> tuple[TrainState, Losses]:
        if not told:
            program: Any = update
            analysis = program.lower(state, batch, key, learning_rate).compile().memory_analysis()
            held, worked = analysis.argument_size_in_bytes, analysis.temp_size_in_bytes
            told.append(f"a step takes {_gib(held)} for weights and batch, {_gib(worked)} beside")
            print(f"{told[0]}, on each device as the compiler says", flush=True)
        return update(state, batch, key, learning_rate)

    return telling


def _set(mesh: AbstractMesh | None) -> contextlib.AbstractContextManager[Any]:
    return jax.sharding.use_abstract_mesh(mesh) if mesh else contextlib.nullcontext()


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"


def _parts(rows: Any, count: int) -> Any:
    """(B, …) to (count, B / count, …): every `count`-th sample, so that devices keep their own."""
    return jax.tree.map(
        lambda leaf: jnp.moveaxis(leaf.reshape(-1, count, *leaf.shape[1:]), 1, 0), rows
    )


def _means(losses: Losses) -> dict[str, Mean]:
    one = jnp.ones(())
    return {
        name: value if isinstance(value, Mean) else Mean(value, one)
        for name, value in losses.items()
    }
