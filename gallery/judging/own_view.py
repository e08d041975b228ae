"""What one juror's own scores and comparisons say of the demos they judged: a normal posterior.

Nothing of it comes from others, so that what follows from it tells a juror nothing of them. It is
no ranking: severity and thresholds need not be known to say which of one's own lie close together.

`N` denotes demos, `K` comparisons. Qualities are standard normal before. A score is a quality with
normal noise, a comparison a difference of two with normal noise, taken as one unit for "better" and
none for "equal": a linear model, whose posterior is known in closed form (Rasmussen and Williams
2006, eq. 2.7 and 2.8).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gallery.judging.pairs import Floats

DRAWS = 2000
FIRST = 3
SCORE_NOISE = 1.0
"""In standard deviations of quality: a demo's score tells as much of it as was known before."""
COMPARISON_NOISE = 1.0


def posterior(scores: Floats, sides: Sequence[tuple[int, int, float]]) -> tuple[Floats, Floats]:
    """Means [N] and covariance [N N].

    `scores` [N] are whole ballots as shares of their scale, `sides` [K] comparisons: the places of
    two demos, and 1.0 where the first is better, -1.0 where the second is, 0.0 for equal.
    """
    spread = scores.std()
    told = (scores - scores.mean()) / (spread if spread > 0 else 1.0)
    count = scores.size
    seen = np.zeros((count + len(sides), count))
    seen[:count] = np.eye(count)
    for row, (one, other, _) in enumerate(sides, start=count):
        seen[row, one], seen[row, other] = 1.0, -1.0
    said = np.concatenate([told, [answer for *_, answer in sides]])
    noise = np.full(said.size, COMPARISON_NOISE)
    noise[:count] = SCORE_NOISE
    precision = np.eye(count) + seen.T / noise**2 @ seen
    covariance: Floats = np.linalg.inv(precision).astype(np.float64)
    means: Floats = covariance @ (seen.T @ (said / noise**2))
    return means, covariance


def among_first(means: Floats, covariance: Floats) -> Floats:
    """How probably each is among the first three, or in the better half of fewer than six. [N]"""
    first = max(1, min(FIRST, means.size // 2))
    chance = np.random.default_rng(0)
    draws = means + chance.standard_normal((DRAWS, means.size)) @ np.linalg.cholesky(covariance).T
    places: NDArray[np.int64] = (-draws).argsort(axis=1)[:, :first]
    return np.bincount(places.ravel(), minlength=means.size) / DRAWS
