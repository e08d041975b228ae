"""One ordinal answer between two cut points, and what it says about them.

A cumulative logit (Samejima, "Estimation of latent ability using a response pattern of graded
scores", 1969; McCullagh, "Regression models for ordinal data", 1980): the answer lies between two
cuts with probability F(upper) - F(lower), where F is the logistic function and `upper` and `lower`
are how far the answerer stands above the cuts below and above the answer.
"""

from dataclasses import dataclass, replace

import numpy as np

from gallery.judging.ranking.expectation import expected
from gallery.judging.ranking.layout import Floats

FAR = 300.0
"""Logits beyond which exponentials would overflow."""
NARROW = 1e-12
"""Slopes are as if cuts were so far apart at least; crossed cuts are impossible."""


@dataclass(frozen=True)
class Cut:
    """Derivatives of log P for t = (t1, t2): how far above the cut below, and above the one above.

    With f the logistic density and p = f / P, the gradient is (p1, -p2), their sum `slope`, and
    minus the second derivatives are [[f1 + p1 p2, -p1 p2], [-p1 p2, f2 + p1 p2]], whose rows sum to
    f1 and f2. t1 or t2 is zero where there is no such cut, as are its p and f.
    """

    log: Floats
    slope: Floats
    f1: Floats
    f2: Floats
    p1: Floats
    p2: Floats
    t1: Floats
    t2: Floats


def cut(t1: Floats, t2: Floats) -> Cut:
    """t1 > t2; infinite ones say that there is no cut on that side."""
    e1, e2 = np.exp(-np.clip(t1, -FAR, FAR)), np.exp(-np.clip(t2, -FAR, FAR))
    above, below = 1 / (1 + e1), 1 / (1 + e2)
    left, right = e1 * above, e2 * below
    gap = 1 - e1 / e2  # F(t1) - F(t2) = F(t1) F(-t2) gap
    apart = np.maximum(gap, NARROW)
    inside = right * apart
    return Cut(
        log=np.where(gap > 0, np.log(above * inside), -np.inf),
        slope=left - below,
        f1=above * left,
        f2=below * right,
        p1=left / inside,
        p2=below / (above * apart),
        t1=np.where(t1 == np.inf, 0.0, t1),
        t2=np.where(t2 == -np.inf, 0.0, t2),
    )


@dataclass(frozen=True)
class Answers:
    """Scores of jurors of sharpness a who see the demo at m: t = a (m - cut).

    Gradient and curvature (minus the second derivative, for log a its expectation) by m, log a and
    the cuts below (`lower`) and above (`upper`); each is zero where nothing was scored.
    """

    log: Floats
    m: Floats
    lower: Floats
    upper: Floats
    log_a: Floats
    m_m: Floats
    m_lower: Floats
    m_upper: Floats
    m_log: Floats
    log_log: Floats
    lower_log: Floats
    upper_log: Floats
    lower_upper: Floats
    """And lower, lower is this less than -m_lower; upper, upper likewise."""


def answers(
    m: Floats,
    a: Floats,
    lower: Floats,
    upper: Floats,
    *,
    seen: Floats,
    blur: Floats,
    observed: float,
) -> Answers:
    """Expected where m is uncertain with the standard deviation `blur`, by three points (Hermite).

    `observed` is how much of the curvature is kept that is zero in expectation over answers.
    """
    far = np.sqrt(3) * blur
    here = _answers(m, a, lower, upper, observed)
    above = _answers(m + far, a, lower, upper, observed)
    below = _answers(m - far, a, lower, upper, observed)
    most, part = seen * (2 / 3), seen / 6
    parts = zip(here, above, below, strict=True)
    return Answers(*(most * x + part * (y + z) for x, y, z in parts))


def _answers(
    m: Floats, a: Floats, lower: Floats, upper: Floats, observed: float
) -> tuple[Floats, ...]:
    at = cut(a * (m - lower), a * (m - upper))
    t1, t2, f1, f2, p1, p2 = at.t1, at.t2, at.f1, at.f2, at.p1, at.p2
    both = p1 * p2
    bent = both * (t1 - t2)
    s1, s2 = t1 * f1, t2 * f2
    square = a * a
    slope, below, above, log_a = a * at.slope, -a * p1, a * p2, p1 * t1 - p2 * t2
    return (
        at.log,
        slope,
        below,
        above,
        log_a,
        square * (f1 + f2),
        -square * f1,
        -square * f2,
        a * (s1 + s2) - observed * slope,
        t1 * s1 + t2 * s2 + bent * (t1 - t2) - observed * log_a,
        -a * (s1 + bent) - observed * below,
        -a * (s2 - bent) - observed * above,
        -square * both,
    )


def with_expected_slopes(
    part: Answers,
    m: Floats,
    a: Floats,
    lower: Floats,
    upper: Floats,
    *,
    seen: Floats,
    covariance: Floats,  # [3, 3, ...]
) -> Answers:
    """The same with the gradient that is expected where m, a and the cuts are uncertain together.

    `covariance` is of how far m is above the middle of its step (above the only cut of an outermost
    one), of log a and of the step's width, which is log-normal: it is never crossed.
    """
    first, last = np.isneginf(lower), np.isposinf(upper)
    inner = ~(first | last)
    below, above = np.where(first, 0.0, lower), np.where(last, 0.0, upper)
    width = np.where(inner, above - below, 1.0)
    square = covariance[2, 2] / width**2
    log_square = np.log1p(square)
    by_log = covariance.copy()
    by_log[2] *= np.sqrt(log_square / np.maximum(square, NARROW)) / width
    by_log[:2, 2] = by_log[2, :2]
    by_log[2, 2] = log_square
    mean = np.empty((3, *m.shape))
    mean[0] = m - np.where(inner, 0.5, 1.0) * (below + above)
    mean[1] = np.log(a)
    mean[2] = np.log(width) - log_square / 2

    def slopes(at: Floats) -> Floats:
        sharp, half = np.exp(at[1]), inner * np.exp(at[2]) / 2
        t1 = np.where(first, np.inf, sharp * (at[0] + half))
        t2 = np.where(last, -np.inf, sharp * (at[0] - half))
        here = cut(t1, t2)
        log_a = here.p1 * here.t1 - here.p2 * here.t2
        return np.array([sharp * here.slope, -sharp * here.p1, sharp * here.p2, log_a])

    found = seen * expected(slopes, mean, by_log)
    return replace(part, m=found[0], lower=found[1], upper=found[2], log_a=found[3])
