"""The tick: every slot advances by one evaluation, each with its own row of its own table.

Axes: `S` slots, `K` kept predictions, `H W C` the latent grid.

Nothing here depends on a sampler, a number of steps, a strength or a scale: they are all data, so
one compiled tick serves them. Arithmetic is float32 whatever the network calculates in, and written
as sums of products, so no matrix unit rounds it and no slot depends on its neighbours.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key, UInt32

from inference.sampling.table import GUIDANCE_OFF, HISTORY, Rows, Table, rows_of

Network = Callable[[Float[Array, "S H W C"], Float[Array, "S"]], Float[Array, "S H W C"]]
"""What a network is to a sampler: (scaled latents, timesteps) to its output, guided or not."""


class State(NamedTuple):
    """What each slot remembers between evaluations. A pytree of float32 arrays."""

    x: Float[Array, "S H W C"]
    """The sample."""
    y: Float[Array, "S H W C"]
    """The kept sample that UniPC, Heun and PNDM look back to."""
    history: Float[Array, "S K H W C"]
    """The last predictions, newest first."""
    x0: Float[Array, "S H W C"]
    """The picture as the last evaluation saw it coming, for previews."""


class Known(NamedTuple):
    """What is known of each slot's picture from the beginning. A pytree of float32 arrays."""

    clean: Float[Array, "S H W C"]
    """The latents of its start image."""
    noise: Float[Array, "S H W C"]
    """What they are noised with."""
    anew: Float[Array, "S H W 1"]
    """1 where the picture is painted, 0 where it is to stay what it was."""
    beside: Float[Array, "S H W C2"] | None
    """What the network is given beside the sample: in models for inpainting, mask and what is
    left of the start image (Rombach et al. 2022, section 4.5)."""


def fresh(x: Float[Array, "S H W C"]) -> State:
    """The state before the first evaluation."""
    x = x.astype(jnp.float32)
    nothing = jnp.zeros_like(x)
    return State(x=x, y=nothing, history=jnp.repeat(nothing[:, None], HISTORY, axis=1), x0=nothing)


def keys_of(seeds: UInt32[Array, "S"]) -> Key[Array, "S"]:
    """A random key per slot, from the seed of its request."""
    return jax.vmap(jax.random.key)(seeds)


def noise(
    keys: Key[Array, "S"], draw: Int[Array, "S"], shape: tuple[int, ...]
) -> Float[Array, "S H W C"]:
    """Standard normal noise, each slot's from its own key and draw alone.

    Draw 0 is for the latents that a request starts from, draw i + 1 for its evaluation i.
    """

    def one(key: Key[Array, ""], count: Int[Array, ""]) -> Float[Array, "H W C"]:
        return jax.random.normal(jax.random.fold_in(key, count), shape, jnp.float32)

    return jax.vmap(one)(keys, draw)


def starting_latents(
    scales: Float[Array, "S 2"],
    clean: Float[Array, "S H W C"],
    xi: Float[Array, "S H W C"],
) -> Float[Array, "S H W C"]:
    """The sample before the first evaluation; `scales`: a table's `from_noise` or `from_image`."""
    return _weighted(scales, (clean, xi))


def network_input(rows: Rows, state: State) -> tuple[Float[Array, "S H W C"], Float[Array, "S"]]:
    """What every network is given: scaled latents and timesteps, in float32."""
    return _per_slot(rows.scale_in) * state.x, rows.timestep


def guide(
    unconditional: Float[Array, "S H W C"],
    conditional: Float[Array, "S H W C"],
    scale: Float[Array, "S"],
) -> Float[Array, "S H W C"]:
    """Classifier-free guidance (Ho and Salimans 2022, eq. 6 with scale = 1 + w), in float32.

    At 1 and below it is off, as in diffusers: the conditional prediction alone.
    """
    unconditional, conditional = (
        branch.astype(jnp.float32) for branch in (unconditional, conditional)
    )
    scale = _per_slot(scale)
    guided = unconditional + scale * (conditional - unconditional)
    return jnp.where(scale > GUIDANCE_OFF, guided, conditional)


def advance(
    rows: Rows,
    state: State,
    output: Float[Array, "S H W C"],
    xi: Float[Array, "S H W C"],
    known: Known | None = None,
) -> State:
    """The update after an evaluation, as `inference.sampling.table` says it.

    What is `known` and not to be painted is the start image, noised as far as the sample is
    (Lugmayr et al. 2022, arXiv 2201.09865, eq. 8). Slots whose row is not live keep their state to
    the bit, whatever the network put out for them.
    """
    output = output.astype(jnp.float32)
    m = _weighted(rows.predict, (state.x, output))
    history = jnp.concatenate([m[:, None], state.history[:, :-1]], axis=1)
    terms = (state.x, state.y, *(history[:, k] for k in range(HISTORY)), xi)
    advanced = State(
        x=_weighted(rows.update[:, 0], terms),
        y=_weighted(rows.update[:, 1], terms),
        history=history,
        x0=_weighted(rows.preview, (state.x, output)),
    )
    if known is not None:
        noised = _weighted(rows.known, (known.clean, known.noise))
        advanced = advanced._replace(
            x=jnp.where(known.anew > 0.0, advanced.x, noised),
            x0=jnp.where(known.anew > 0.0, advanced.x0, known.clean),
        )
    return _where(rows.live, advanced, state)


def trajectory(
    table: Table, network: Network, x: Float[Array, "S H W C"], keys: Key[Array, "S"]
) -> Iterator[State]:
    """The state after each evaluation, all slots with the same table: the loop at its plainest."""
    slots = x.shape[0]
    state = fresh(x)
    for i in range(len(table)):
        rows = jax.tree.map(jnp.asarray, rows_of([(table, i)] * slots))
        output = network(*network_input(rows, state))
        state = _advance(rows, state, output, _noise(keys, jnp.full(slots, i + 1), x.shape[1:]))
        yield state


def sample(
    table: Table, network: Network, x: Float[Array, "S H W C"], keys: Key[Array, "S"]
) -> Float[Array, "S H W C"]:
    """The clean latents that a table leads to from `x`."""
    *_, last = trajectory(table, network, x, keys)
    return last.x


_advance = jax.jit(advance)
_noise = jax.jit(noise, static_argnames="shape")


def _per_slot(values: Float[Array, "S"]) -> Float[Array, "S 1 1 1"]:
    return values[:, None, None, None]


def _weighted(
    weights: Float[Array, "S terms"], terms: tuple[Float[Array, "S H W C"], ...]
) -> Float[Array, "S H W C"]:
    """Σ_j weights[:, j]·terms[j]; a weight of 0 leaves its term out, even infinity and NaN."""

    def part(j: int) -> Float[Array, "S H W C"]:
        weight = _per_slot(weights[:, j])
        return jnp.where(weight == 0.0, 0.0, weight * terms[j])

    return sum((part(j) for j in range(len(terms))), jnp.zeros_like(terms[0]))


def _where(chosen: Bool[Array, "S"], new: State, old: State) -> State:
    def pick(new: Array, old: Array) -> Array:
        return jnp.where(chosen.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    return State(*map(pick, new, old))
