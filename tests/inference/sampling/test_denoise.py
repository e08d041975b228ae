"""The tick: all samplers in one batch, one compiled step, slots that know nothing of each other."""

from collections.abc import Callable, Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.sampling import SAMPLERS, NoiseSchedule, Rows, Table, build_table, denoise, rows_of
from inference.sampling.denoise import State
from inference.sampling.table import HISTORY

NAMES = list(SAMPLERS)
S, H, W, C = len(NAMES), 3, 5, 2
SHAPE = (H, W, C)
CONFIG = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "prediction_type": "v_prediction",
    "timestep_spacing": "trailing",
    "rescale_betas_zero_snr": True,
    "set_alpha_to_one": True,
}
Network = Callable[[jax.Array, jax.Array], jax.Array]

ADVANCE = jax.jit(denoise.advance)
NOISE = jax.jit(denoise.noise, static_argnames="shape")


def _normal(seed: int) -> jax.Array:
    values = np.random.default_rng(seed).standard_normal((S, *SHAPE))
    return jnp.asarray(values, jnp.float32)


def _busy() -> State:
    """A state in which every number is some number."""
    history = np.stack([_normal(seed) for seed in range(HISTORY)], axis=1)
    return State(_normal(5), _normal(6), jnp.asarray(history), _normal(7))


def _rows(tables: Sequence[Table | None], index: Sequence[int], live: Sequence[bool]) -> Rows:
    places = [
        (table, i) if table is not None and is_live else None
        for table, i, is_live in zip(tables, index, live, strict=True)
    ]
    return jax.tree.map(jnp.asarray, rows_of(places))


@pytest.fixture(scope="module")
def keys() -> jax.Array:
    return denoise.keys_of(jnp.arange(S, dtype=jnp.uint32))


@pytest.fixture(scope="module")
def tables() -> list[Table | None]:
    """Every sampler, each with its own number of steps."""
    return [build_table(name, CONFIG, 3 + i) for i, name in enumerate(NAMES)]


def _ticks(tables: Sequence[Table | None], network: Network, keys: jax.Array) -> Iterator[State]:
    lengths = np.array([0 if table is None else len(table) for table in tables])
    scales = np.array([(0.0, 0.0) if table is None else table.from_noise for table in tables])
    state = denoise.fresh(denoise.starting_latents(jnp.asarray(scales), _normal(8), _normal(9)))
    for i in range(lengths.max()):
        rows = _rows(tables, [i] * S, (i < lengths).tolist())
        output = network(*denoise.network_input(rows, state))
        state = ADVANCE(rows, state, output, NOISE(keys, jnp.full(S, i + 1), SHAPE))
        yield state


class PointMass:
    """The perfect network for data that are one picture: it knows x0, and answers with v."""

    def __init__(self, x0: jax.Array) -> None:
        self.x0 = x0
        self.sigmas = jnp.asarray(NoiseSchedule.from_config(CONFIG).sigmas, jnp.float32)

    def __call__(self, x: jax.Array, t: jax.Array) -> jax.Array:
        ratio = jnp.interp(t, jnp.arange(len(self.sigmas)), self.sigmas)[:, None, None, None]
        alpha = 1 / jnp.sqrt(ratio**2 + 1)
        return (alpha * x - self.x0) / (alpha * ratio)


@pytest.mark.slow
def test_a_perfect_network_leads_every_sampler_to_the_picture(
    tables: list[Table | None], keys: jax.Array
) -> None:
    x0 = _normal(1)
    *_, last = _ticks(tables, PointMass(x0), keys)
    error = dict(zip(NAMES, np.abs(last.x - x0).max(axis=(1, 2, 3)), strict=True))
    # PNDM extrapolates v, which is not a straight line even then.
    assert error.pop("pndm") < 0.1
    assert max(error.values()) < 1e-5, error
    np.testing.assert_allclose(last.x0, x0, atol=1e-5)


def test_pndm_nears_the_picture_of_a_perfect_network_with_the_square_of_its_steps(
    keys: jax.Array,
) -> None:
    x0 = _normal(1)
    few, many = (
        float(jnp.abs(denoise.sample(table, PointMass(x0), _normal(9), keys) - x0).max())
        for table in (build_table("pndm", CONFIG, 5), build_table("pndm", CONFIG, 20))
    )
    assert many < few / 4


def test_the_tick_follows_the_recurrence_of_each_table(
    tables: list[Table | None], keys: jax.Array
) -> None:
    outputs = iter(_normal(100 + i) for i in range(100))
    states = list(_ticks(tables, lambda x, t: next(outputs), keys))
    noise = [np.asarray(NOISE(keys, jnp.full(S, i + 1), SHAPE)) for i in range(len(states))]
    for slot, table in enumerate(tables):
        assert table is not None
        x = table.from_noise[1] * np.asarray(_normal(9)[slot], np.float64)
        y, history, largest = np.zeros(SHAPE), [np.zeros(SHAPE)] * HISTORY, 0.0
        for i in range(len(table)):
            p_x, p_out = table.rows.predict[i]
            output = np.asarray(_normal(100 + i)[slot], np.float64)
            history = [p_x * x + p_out * output, *history[:-1]]
            terms = np.stack([x, y, *history, noise[i][slot]])
            largest = max(largest, *(np.abs(term).max() for term in terms))
            x, y = np.tensordot(table.rows.update[i], terms, axes=1)
            for ours, theirs in ((states[i].x[slot], x), (states[i].y[slot], y)):
                np.testing.assert_allclose(ours, theirs, atol=1e-6 * largest, err_msg=NAMES[slot])


def test_the_plain_loop_is_the_tick_with_one_table_for_all(keys: jax.Array) -> None:
    table = build_table("unipc", CONFIG, 4)
    plain = denoise.trajectory(table, lambda x, t: jnp.tanh(x), _normal(9), keys)
    batched = _ticks([table] * S, lambda x, t: jnp.tanh(x), keys)
    for one, other in zip(plain, batched, strict=True):
        jax.tree.map(np.testing.assert_array_equal, one, other)


def test_a_slot_does_not_depend_on_the_other_slots(
    tables: list[Table | None], keys: jax.Array
) -> None:
    *_, together = _ticks(tables, lambda x, t: jnp.tanh(x), keys)
    for slot in (0, 4, S - 1):
        alone: list[Table | None] = [None] * S
        alone[slot] = tables[slot]
        *_, by_itself = _ticks(alone, lambda x, t: jnp.tanh(x), keys)
        np.testing.assert_array_equal(by_itself.x[slot], together.x[slot])


@pytest.mark.slow
def test_the_number_of_slots_does_not_matter_to_a_slot(
    tables: list[Table | None], keys: jax.Array
) -> None:
    rows = _rows(tables, [1] * S, [True] * S)
    arguments = (rows, _busy(), _normal(9), NOISE(keys, jnp.arange(S), SHAPE))
    together = ADVANCE(*arguments)
    alone = ADVANCE(*jax.tree.map(lambda leaf: leaf[2:3], arguments))
    for one, many in zip(alone, together, strict=True):
        np.testing.assert_allclose(one[0], many[2], rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_noise_depends_on_key_and_draw_alone(keys: jax.Array) -> None:
    draws = jnp.arange(S).at[1].set(5).at[2].set(5)
    together = NOISE(keys, draws, SHAPE)
    np.testing.assert_array_equal(NOISE(keys[3:4], draws[3:4], SHAPE)[0], together[3])
    assert not np.array_equal(together[1], together[2])
    assert not np.array_equal(NOISE(keys, draws + 1, SHAPE)[0], together[0])
    assert abs(float(together.mean())) < 0.2
    assert float(together.std()) == pytest.approx(1, abs=0.15)


def test_the_network_is_given_scaled_latents_and_timesteps(tables: list[Table | None]) -> None:
    scaled, timesteps = denoise.network_input(_rows(tables, [1] * S, [True] * S), _busy())
    for slot, table in enumerate(tables):
        assert table is not None
        np.testing.assert_allclose(
            scaled[slot], _normal(5)[slot] * table.rows.scale_in[1], rtol=1e-6
        )
        assert timesteps[slot] == pytest.approx(table.rows.timestep[1])


@pytest.mark.parametrize("garbage", [0.0, float("nan"), float("inf")])
def test_a_free_slot_keeps_its_state_to_the_bit(tables: list[Table | None], garbage: float) -> None:
    rows = _rows(tables, [1] * S, [True, False] * (S // 2))
    after = ADVANCE(rows, _busy(), jnp.full((S, *SHAPE), garbage), _normal(1))
    for new, old in zip(after, _busy(), strict=True):
        np.testing.assert_array_equal(new[1::2], old[1::2])


def test_a_tick_of_free_slots_alone_changes_nothing() -> None:
    rows = _rows([None] * S, [0] * S, [True] * S)
    after = ADVANCE(rows, _busy(), _normal(2), _normal(3))
    jax.tree.map(np.testing.assert_array_equal, after, _busy())


def test_a_row_past_the_end_of_a_table_is_none() -> None:
    with pytest.raises(IndexError):
        rows_of([(build_table("ddpm", CONFIG, 1000), 1000)])


def test_guidance_goes_from_the_unconditional_through_the_conditional() -> None:
    u, c = _normal(1), _normal(2)
    guided = denoise.guide(u, c, jnp.full(S, 7.5))
    np.testing.assert_allclose(guided, u + 7.5 * (c - u), atol=1e-5)


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_guidance_of_one_and_below_is_none(scale: float) -> None:
    c = _normal(2)
    np.testing.assert_array_equal(denoise.guide(_normal(1), c, jnp.full(S, scale)), c)
    np.testing.assert_array_equal(denoise.guide(c * jnp.inf, c, jnp.full(S, scale)), c)


@pytest.mark.slow
def test_arithmetic_is_float32_whatever_the_network_calculates_in(
    tables: list[Table | None],
) -> None:
    half = _normal(1).astype(jnp.bfloat16)
    assert denoise.guide(half, half, jnp.ones(S)).dtype == jnp.float32
    rows = _rows(tables, [0] * S, [True] * S)
    state = ADVANCE(rows, denoise.fresh(half), half, _normal(2))
    assert {leaf.dtype for leaf in state} == {np.dtype(np.float32)}


def test_no_sampler_steps_or_strength_compiles_anything_new() -> None:
    compiled = []
    for steps, strength in ((1, 1.0), (20, 1.0), (33, 0.5)):
        tables = [build_table(name, CONFIG, steps, strength=strength) for name in NAMES]
        rows = _rows(tables, range(S), [slot < steps for slot in range(S)])
        ADVANCE(rows, _busy(), _normal(1), _normal(2))
        compiled.append(ADVANCE._cache_size())
    assert compiled == compiled[:1] * 3


def test_an_image_starts_from_its_latents_and_a_share_of_noise() -> None:
    table = build_table("euler", CONFIG, 10, strength=0.5)
    scales = jnp.asarray([table.from_image, table.from_noise] * (S // 2))
    start = denoise.starting_latents(scales, _normal(1), _normal(2))
    sigma = table.from_image[1]
    np.testing.assert_allclose(start[0], _normal(1)[0] + sigma * _normal(2)[0], rtol=1e-5)
    np.testing.assert_allclose(start[1], table.from_noise[1] * _normal(2)[1], rtol=1e-6)


@pytest.mark.parametrize("garbage", [np.inf, -np.inf, np.nan])
def test_a_damaged_neighbour_changes_nothing(
    tables: list[Table | None], keys: jax.Array, garbage: float
) -> None:
    rows = _rows(tables, [1] * S, [True] * S)
    xi, output, state = _normal(8), _normal(9), _busy()
    whole = ADVANCE(rows, state, output, xi)
    hurt = jnp.asarray(np.arange(S) == 0)[:, None, None, None]

    def damaged(leaf: jax.Array) -> jax.Array:
        return jnp.where(hurt if leaf.ndim == 4 else hurt[:, None], garbage, leaf)

    beside = ADVANCE(rows, State(*map(damaged, state)), damaged(output), damaged(xi))
    for mine, theirs in zip(whole, beside, strict=True):
        np.testing.assert_array_equal(mine[1:], theirs[1:])


@pytest.mark.parametrize("garbage", [np.inf, np.nan])
def test_what_a_slot_does_not_look_back_to_cannot_hurt_it(
    tables: list[Table | None], garbage: float
) -> None:
    """Kept predictions of whoever had the slot before; the first evaluation weighs them with 0."""
    rows = _rows(tables, [0] * S, [True] * S)
    clean = denoise.fresh(_normal(5))
    left = clean._replace(
        y=jnp.full_like(clean.y, garbage), history=jnp.full_like(clean.history, garbage)
    )
    xi, output = _normal(8), _normal(9)
    ours, theirs = ADVANCE(rows, left, output, xi), ADVANCE(rows, clean, output, xi)
    np.testing.assert_array_equal(ours.x, theirs.x)
    np.testing.assert_array_equal(ours.y, theirs.y)


@pytest.mark.parametrize("garbage", [np.inf, np.nan])
def test_a_slot_that_starts_from_noise_alone_does_not_look_at_any_image(garbage: float) -> None:
    scales = jnp.array([[0.0, 1.0]] * S)
    start = denoise.starting_latents(scales, jnp.full((S, *SHAPE), garbage), _normal(1))
    np.testing.assert_array_equal(start, _normal(1))
