"""Newton's equations solved: what is shared first, then the demos, then taste."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from gallery.judging.ranking.equations import System
from gallery.judging.ranking.layout import Floats


@dataclass(frozen=True)
class Solved:
    """A system with its demos eliminated; `Y` is what they answer to what is shared."""

    system: System
    share: Floats  # [C]
    inverse: Floats  # [D, C, C], of a demo's curvature given what is shared
    to_share: Floats  # [D, C], as above without pairs, times share
    answer: Floats  # [D, C, G], what pairs say included
    inner: Floats | None  # [D, D], what pairs take from the inverse
    factor: Floats  # [G, G], lower, of the curvature of what is shared
    ascent: tuple[Floats, Floats]
    """The Newton step of theta and what is shared."""
    decrement: float
    log_determinant: float

    @cached_property
    def shared_covariance(self) -> Floats:  # [G, G]
        return cho_solve((self.factor, True), np.eye(len(self.factor)))

    @cached_property
    def spread_answer(self) -> Floats:  # [D, C, G]
        """`answer` times a root of the shared covariance."""
        D, C, G = self.answer.shape
        flat = solve_triangular(self.factor, self.answer.reshape(D * C, G).T, lower=True)
        return np.ascontiguousarray(flat.T).reshape(D, C, G)

    @cached_property
    def theta_covariance(self) -> Floats:  # [D, C, C]
        """Of each demo's criteria."""
        return self.inverse + np.matmul(self.spread_answer, self.spread_answer.transpose(0, 2, 1))

    @cached_property
    def quality_parts(self) -> tuple[Floats, Floats]:  # [D] or [D, D], and [D, G]
        """What makes qualities uncertain: each demo's own, and a root of what all share.

        The first is a matrix where pairs join demos.
        """
        root = self.share @ self.spread_answer
        own = self.to_share @ self.share
        if self.inner is None:
            return own, root
        return np.diag(own) - own[:, None] * self.inner * own, root

    @cached_property
    def quality_covariance(self) -> Floats:  # [D, D]
        own, root = self.quality_parts
        return root @ root.T + (own if own.ndim == 2 else np.diag(own))


def solve(system: System, share: Floats) -> Solved:
    D, C, G = system.cross.shape
    inverse = np.linalg.inv(system.own)
    to_share = inverse @ share
    answer = np.matmul(inverse, system.cross)
    ascent = np.matmul(inverse, system.gradient[..., None])[..., 0]
    log_determinant = float(np.linalg.slogdet(system.own)[1].sum()) if D else 0.0
    inner = None
    if system.pairs is not None:
        own = to_share @ share
        mixed = np.eye(D) + system.pairs * own
        inner = np.linalg.solve(mixed, system.pairs)
        inner = (inner + inner.T) / 2
        log_determinant += float(np.linalg.slogdet(mixed)[1])
        answer = answer - to_share[:, :, None] * (inner @ (share @ answer))[:, None, :]
        ascent = ascent - to_share * (inner @ (ascent @ share))[:, None]
        taken = np.diagonal(inner)[:, None, None]
        inverse = inverse - taken * to_share[:, :, None] * to_share[:, None, :]
    flat = system.cross.reshape(D * C, G)
    left = system.shared - flat.T @ answer.reshape(D * C, G)
    left_gradient = system.shared_gradient - flat.T @ ascent.ravel()
    factor = cholesky((left + left.T) / 2, lower=True)
    shared_ascent = cho_solve((factor, True), left_gradient)
    decrement = float(system.gradient.ravel() @ ascent.ravel() + left_gradient @ shared_ascent)
    log_determinant += 2 * float(np.log(np.diagonal(factor)).sum())
    for looks in system.looks:
        log_determinant += float(np.log(looks.pivot).sum())
        decrement += float((looks.gradient**2 / looks.pivot).sum())
    return Solved(
        system,
        share,
        inverse,
        to_share,
        answer,
        inner,
        factor,
        (ascent - answer @ shared_ascent, shared_ascent),
        decrement,
        log_determinant,
    )
