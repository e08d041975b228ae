"""What holds for the table of every sampler."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.sampling import SAMPLERS, Table, build_table, rows_of
from inference.sampling.table import HISTORY, TERMS, combine

CONFIG = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
STOCHASTIC = {"ddpm", "dpmpp_2m_sde", "euler_ancestral", "lcm"}
DETERMINISTIC = sorted(SAMPLERS.keys() - STOCHASTIC)
EVENLY_DIVIDING = [1, 2, 4, 5, 8, 10, 20, 25, 40, 50]
samplers = st.sampled_from(sorted(SAMPLERS))
spacings = st.sampled_from(["leading", "trailing"])
strengths = st.floats(0.05, 1.0)


def _follow(table: Table, start: float, output: float) -> float:
    """The sample after the last evaluation of a network that always says `output`."""
    x, y, history = start, 0.0, [0.0] * HISTORY
    for i in range(len(table)):
        p_x, p_out = table.rows.predict[i]
        history = [p_x * x + p_out * output, *history[:-1]]
        x, y = table.rows.update[i] @ np.array([x, y, *history, 0.0])
    return float(x)


def test_combine_names_the_columns_of_the_recurrence() -> None:
    row = combine(x=1.0, y=2.0, m=[3.0, 4.0], noise=5.0)
    assert row.tolist() == [1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 5.0]
    assert len(row) == TERMS


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.sampled_from(DETERMINISTIC),
    spacings,
    st.sampled_from(EVENLY_DIVIDING),
    strengths,
    st.floats(-3, 3),
    st.floats(-3, 3),
)
def test_a_deterministic_sampler_takes_known_noise_back_to_the_picture(
    sampler: str, spacing: str, steps: int, strength: float, x0: float, epsilon: float
) -> None:
    config = {**CONFIG, "timestep_spacing": spacing, "set_alpha_to_one": True, "steps_offset": 0}
    table = build_table(sampler, config, steps, strength=max(strength, 1.0 / steps))
    a, b = table.from_image
    assert _follow(table, a * x0 + b * epsilon, epsilon) == pytest.approx(x0, abs=1e-9)


@pytest.mark.slow
@settings(deadline=None)
@given(samplers, st.integers(1, 50), strengths)
def test_steps_are_completed_one_at_a_time_and_all_of_them(
    sampler: str, steps: int, strength: float
) -> None:
    strength = max(strength, 1.0 / steps)
    table = build_table(sampler, CONFIG, steps, strength=strength)
    assert table.steps == min(int(steps * strength), steps) == table.steps_done[-1]
    assert set(np.diff(table.steps_done, prepend=0)) <= {0, 1}
    assert table.steps <= len(table) <= 2 * table.steps
    assert (np.diff(table.rows.timestep) <= 0).all()


@pytest.mark.parametrize(
    ("sampler", "evaluations", "steps_done"),
    [
        ("ddim", 4, [1, 2, 3, 4]),
        ("heun", 7, [0, 1, 1, 2, 2, 3, 4]),
        ("pndm", 5, [0, 1, 2, 3, 4]),
        ("unipc", 4, [1, 2, 3, 4]),
    ],
)
def test_samplers_that_evaluate_twice_in_a_step_count_it_once(
    sampler: str, evaluations: int, steps_done: list[int]
) -> None:
    table = build_table(sampler, CONFIG, 4)
    assert len(table) == evaluations
    assert table.steps_done.tolist() == steps_done


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_only_stochastic_samplers_draw_noise_and_none_at_the_end(sampler: str) -> None:
    drawn = build_table(sampler, CONFIG, 10).rows.update[:, :, -1]
    assert (drawn[:, 1] == 0.0).all()
    assert drawn[-1, 0] == 0.0
    assert (drawn[:-1, 0] > 0.0).any() == (sampler in STOCHASTIC)


def test_each_slot_has_the_row_it_is_at_and_a_free_one_changes_nothing() -> None:
    heun, ddim = build_table("heun", CONFIG, 10), build_table("ddim", CONFIG, 3)
    rows = rows_of([None, (heun, 7), (ddim, 2), None])
    assert rows.live.tolist() == [False, True, True, False]
    for slot, table, at in ((1, heun, 7), (2, ddim, 2)):
        for every, mine in zip(rows, table.rows, strict=True):
            np.testing.assert_array_equal(every[slot], mine[at].astype(every.dtype))
    assert rows.update.dtype == np.float32
    assert rows.update[0].tolist() == [combine(x=1.0).tolist(), combine(y=1.0).tolist()]
    assert all(np.isfinite(leaf).all() for leaf in rows)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_preview_of_a_perfect_network_is_the_picture(sampler: str) -> None:
    x0, epsilon = 0.7, -1.3
    table = build_table(sampler, {**CONFIG, "set_alpha_to_one": True}, 10)
    a, b = table.from_image
    q_x, q_out = table.rows.preview[0]
    assert q_x * (a * x0 + b * epsilon) + q_out * epsilon == pytest.approx(x0, abs=1e-9)
