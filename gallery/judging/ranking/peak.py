"""The normal that comes nearest to the posterior at given spreads.

Newton's method on the expected logarithm, expected over how uncertain the level of each answer is
(Opper & Archambeau, "The variational Gaussian approximation revisited", 2009). The plain Laplace
approximation (Tierney & Kadane, "Accurate approximations for posterior moments and marginal
densities", 1986) is the same without that expectation; its peak takes a juror for far more
consistent than the posterior mean does, as hundreds of tastes and qualities shrink with it.

The search takes consistency and thresholds at their means, and a demo that was given nearly nothing
but lowest scores ends up too close to the others, as thresholds do at the ends of their scales. So
it ends with a step to the mean where they are uncertain, too (`centred`). How uncertain everything
is, and the evidence, stay those of the peak.
"""

from dataclasses import dataclass, replace

import numpy as np

from gallery.judging.ranking.doubt import Doubt, doubt_of
from gallery.judging.ranking.equations import Blur
from gallery.judging.ranking.layout import Floats, Layout
from gallery.judging.ranking.model import Priors, Spreads, State
from gallery.judging.ranking.solving import Solved, solve
from gallery.judging.ranking.system import system_at
from gallery.judging.ranking.together import together_of

STEPS = 60
HALVINGS = 12
STRIDE = 1.5
"""Furthest that one step takes anything shared, in logits or logarithms; qualities four times."""
FAR = 0.05
"""A squared length of a step, in posterior deviations and for each unknown: above, it is tried."""


@dataclass(frozen=True)
class Peak:
    """The state about which all is uncertain as `solved` says."""

    spreads: Spreads
    state: State
    solved: Solved
    doubt: Doubt

    @property
    def evidence(self) -> float:
        """log of the marginal likelihood of the spreads, without a constant."""
        system = self.solved.system
        return system.value + 0.5 * system.blurred - 0.5 * self.solved.log_determinant


def peak_at(
    layout: Layout, priors: Priors, spreads: Spreads, start: Peak, *, tolerance: float = 1e-6
) -> Peak:
    """`tolerance` is of the squared length of the next step, in posterior standard deviations."""
    peak = peak_of(layout, priors, spreads, start.state, start.doubt.blur)
    for _ in range(STEPS):
        if peak.solved.decrement < tolerance:
            break
        peak = climbed(layout, priors, spreads, peak)
    return peak


def climbed(layout: Layout, priors: Priors, spreads: Spreads, peak: Peak) -> Peak:
    """One Newton step further, and at other spreads; far away halved until it leads uphill."""
    blur, length = peak.doubt.blur, _longest(peak)
    there = _moved(layout, peak, length)
    if peak.solved.decrement < FAR * unknowns(layout):
        return peak_of(layout, priors, spreads, there, blur)
    value = system_at(layout, priors, spreads, peak.state, blur).value
    for _ in range(HALVINGS):
        if system_at(layout, priors, spreads, there, blur).value >= value:
            return peak_of(layout, priors, spreads, there, blur)
        length /= 2
        there = _moved(layout, peak, length)
    return peak_of(layout, priors, spreads, peak.state, blur, observed=0.0)


def centred(layout: Layout, priors: Priors, peak: Peak) -> Peak:
    """With the posterior mean for the state, all else as it was.

    At the mean of the nearest normal the gradient is zero in expectation over everything that is
    uncertain (Opper & Archambeau 2009); at the peak it is in expectation over levels alone. One
    Newton step leads from here to there, but for a twentieth of its length.
    """
    blur = replace(peak.doubt.blur, together=together_of(layout, peak.solved, peak.doubt.blur))
    solved = _solved(layout, priors, peak.spreads, peak.state, blur)
    there = replace(peak, solved=solved)
    return replace(peak, state=_moved(layout, there, _longest(there)))


def _longest(peak: Peak) -> float:
    """The part of the Newton step that takes nothing further than a stride."""
    theta, shared = peak.solved.ascent
    furthest = max(np.abs(theta).max(initial=0.0) / 4, np.abs(shared).max(initial=0.0))
    return min(1.0, STRIDE / furthest) if furthest > 0 else 1.0


def unknowns(layout: Layout) -> int:
    """How many, but for those that demos share."""
    return layout.per_demo.size + layout.looks + 1


def peak_of(
    layout: Layout,
    priors: Priors,
    spreads: Spreads,
    state: State,
    blur: Blur,
    *,
    observed: float = 1.0,
) -> Peak:
    """What is thought at that state, which is not the peak yet."""
    solved = _solved(layout, priors, spreads, state, blur, observed=observed)
    return Peak(spreads, state, solved, doubt_of(layout, solved))


def _solved(
    layout: Layout,
    priors: Priors,
    spreads: Spreads,
    state: State,
    blur: Blur,
    *,
    observed: float = 1.0,
) -> Solved:
    """With the observed curvature where it is one: near the top; else with the expected one."""
    try:
        system = system_at(layout, priors, spreads, state, blur, observed=observed)
        return solve(system, layout.share)
    except np.linalg.LinAlgError:
        return solve(system_at(layout, priors, spreads, state, blur, observed=0.0), layout.share)


def _moved(layout: Layout, peak: Peak, length: float) -> State:
    state, solved = peak.state, peak.solved
    theta, shared = solved.ascent
    places = solved.system.places
    severity = np.append(shared[places.severity], 0.0)
    consistency = np.append(shared[places.consistency], 0.0)
    tastes: list[Floats] = []
    for block, taste, looks in zip(layout.blocks, state.taste, solved.system.looks, strict=True):
        push = (
            looks.gradient
            - np.einsum("bnc,bc->bn", looks.theta, theta[block.demos])
            - looks.severity * severity[block.juror]
            - looks.consistency * consistency[block.juror]
            - looks.thresholds @ shared[places.thresholds]
            - looks.order * shared[places.order]
        )
        tastes.append(taste + length * push / looks.pivot)
    return State(state.theta + length * theta, tuple(tastes), state.shared + length * shared)
