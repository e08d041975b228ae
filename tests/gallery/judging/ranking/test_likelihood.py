"""Derivatives, beside differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.judging.ranking.likelihood import answers, cut

cuts = st.floats(-6, 6)


@settings(max_examples=100, deadline=None)
@given(lower=cuts, width=st.floats(0.1, 5), m=cuts, a=st.floats(0.3, 3))
def test_gradient_and_curvature_are_those_of_the_logarithm(
    lower: float, width: float, m: float, a: float
) -> None:
    def at(m: float, log_a: float, lower: float, upper: float) -> np.ndarray:
        found = answers(
            *(np.array([each]) for each in (m, np.exp(log_a), lower, upper)),
            seen=np.ones(1),
            blur=np.zeros(1),
            observed=1.0,
        )
        parts = (found.log, found.m, found.log_a, found.lower, found.upper)
        return np.array([part.item() for part in (*parts, found.m_m, found.m_log, found.log_log)])

    place = np.array([m, np.log(a), lower, lower + width])
    here, step = at(*place), 1e-5
    for axis, (gradient, curvatures) in enumerate(
        ((1, {1: 5, 2: 6}), (2, {1: 6, 2: 7}), (3, {}), (4, {}))
    ):
        push = step * np.eye(4)[axis]
        slope = (at(*(place + push)) - at(*(place - push))) / (2 * step)
        assert slope[0] == pytest.approx(here[gradient], abs=1e-6, rel=1e-5)
        for part, curvature in curvatures.items():
            assert -slope[part] == pytest.approx(here[curvature], abs=1e-5, rel=1e-4)


@given(t1=st.floats(-40, 40), t2=st.floats(-40, 40))
def test_probabilities_of_all_steps_sum_to_one(t1: float, t2: float) -> None:
    upper, lower = max(t1, t2) + 0.01, min(t1, t2)
    ends = np.array([np.inf, upper, lower]), np.array([upper, lower, -np.inf])
    assert np.exp(cut(*ends).log).sum() == pytest.approx(1)
