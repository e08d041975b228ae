"""Expectations over several uncertain quantities, beside sums and a fine grid."""

import numpy as np
import pytest

from gallery.judging.ranking.expectation import expected
from gallery.judging.ranking.likelihood import answers, cut, with_expected_slopes


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_moments_of_correlated_normals_are_exact_to_the_third(count: int) -> None:
    random = np.random.default_rng(count)
    root, mean = random.normal(size=(count, count)), random.normal(size=count)
    covariance = root @ root.T

    def moments(at: np.ndarray) -> np.ndarray:
        first, last = at[0], at[-1]
        return np.array([1 + 0 * first, last, first * last, first**2 * last])

    found = expected(moments, mean, covariance)
    first, last, between = mean[0], mean[-1], covariance[0, -1]
    third = last * (first**2 + covariance[0, 0]) + 2 * first * between
    assert found == pytest.approx([1, last, first * last + between, third])


def test_what_is_certain_stays_where_it_is() -> None:
    covariance = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 4.0]])
    found = expected(lambda at: np.array([at[1], at[0] * at[2]]), np.array([1, 5, 0]), covariance)
    assert found == pytest.approx([5, 2])


@pytest.mark.parametrize(
    ("lower", "upper", "middle"), [(-np.inf, 0.3, 0.3), (-0.7, 0.3, -0.2), (0.3, np.inf, 0.3)]
)
def test_slopes_of_a_score_are_those_of_a_fine_grid(
    lower: float, upper: float, middle: float
) -> None:
    """Level, log consistency and, of an inner step, its log-normal width go together."""
    inner = bool(np.isfinite(upper - lower))
    covariance = np.array([[0.4, 0.04, 0.05], [0.04, 0.05, -0.01], [0.05, -0.01, 0.06]])
    covariance *= np.outer([1, 1, inner], [1, 1, inner])
    m, log_a, seen = np.array([0.5]), np.array([0.2]), np.ones(1)
    cuts = np.array([lower]), np.array([upper])
    plain = answers(m, np.exp(log_a), *cuts, seen=seen, blur=np.array([0.63]), observed=1.0)
    part = with_expected_slopes(
        plain, m, np.exp(log_a), *cuts, seen=seen, covariance=covariance[..., None]
    )

    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    grid = np.stack(np.meshgrid(nodes, nodes, nodes)).reshape(3, -1)
    weight = np.prod(np.meshgrid(weights, weights, weights), axis=0).ravel()
    height, log, wide = np.linalg.cholesky(covariance + 1e-14 * np.eye(3)) @ grid
    height, a = height + m - middle, np.exp(log + log_a)
    spread = np.sqrt(np.log1p(covariance[2, 2]))
    half = np.exp(wide * spread / 0.06**0.5 - spread**2 / 2) / 2 if inner else 0.0
    t1 = np.where(np.isfinite(lower), a * (height + half), np.inf)
    t2 = np.where(np.isfinite(upper), a * (height - half), -np.inf)
    true = cut(t1, t2)
    slopes = a * true.slope, -a * true.p1, a * true.p2, true.p1 * true.t1 - true.p2 * true.t2
    for name, slope in zip(("m", "lower", "upper", "log_a"), slopes, strict=True):
        aim = float(weight @ slope / weight.sum())
        got = getattr(part, name).item()
        assert got == pytest.approx(aim, abs=0.015), name
