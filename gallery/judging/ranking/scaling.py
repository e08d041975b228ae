"""The direction in which answers say nothing: everything wider, every juror less consistent.

Qualities, tastes, severities, thresholds and their spreads times e^x, consistencies times e^-x give
the same probabilities of all answers. Only what is thought beforehand chooses x; Newton's method
would creep along it (the remedy is that of parameter expansion: Liu, Rubin & Wu 1998).
"""

from typing import cast

import numpy as np
from scipy.optimize import OptimizeResult, minimize_scalar

from gallery.judging.ranking.equations import Blur, padded_thresholds
from gallery.judging.ranking.layout import Floats, Layout
from gallery.judging.ranking.likelihood import cut
from gallery.judging.ranking.model import LogNormal, Priors, State, places_of


def priors_of(priors: Priors) -> tuple[LogNormal, ...]:
    """Of the spreads, in their order."""
    return priors.quality, priors.criterion, priors.taste, priors.severity, priors.threshold


def log_prior(priors: Priors, logs: Floats) -> float:
    """Of the logarithms of the spreads, without a constant."""
    return sum(
        -0.5 * ((at - np.log(prior.median)) / prior.spread) ** 2
        for at, prior in zip(logs, priors_of(priors), strict=True)
        if prior.spread > 0
    )


def best_scale(layout: Layout, priors: Priors, state: State, logs: Floats) -> float:
    """The most probable x; what is unknown about the effect of order widens with it."""
    places = places_of(layout)
    padded = padded_thresholds(layout, places, state.shared)
    there = np.arange(places.cuts + 1) < layout.steps[:, None]
    lower, upper = -padded[:, :-1][there], -padded[:, 1:][there]
    consistency = state.shared[places.consistency]
    order = state.shared[places.order]

    def loss(x: float) -> float:
        away = ((consistency - x) ** 2).sum() / max(priors.consistency, 1e-3) ** 2
        away += (order * np.exp(x) / max(priors.order, 1e-3)) ** 2
        steps = priors.steps * cut(lower * np.exp(x), upper * np.exp(x)).log.sum()
        return float(0.5 * away - steps - log_prior(priors, logs + x) - x)

    found = minimize_scalar(loss, bounds=(-0.7, 0.7), options={"xatol": 1e-2})
    return float(cast(OptimizeResult, found).x)


def scaled(layout: Layout, state: State, blur: Blur, x: float) -> tuple[State, Blur]:
    places, shared, wider = places_of(layout), state.shared.copy(), np.exp(x)
    for at in (places.severity, places.thresholds, places.order):
        shared[at] *= wider
    shared[places.consistency] -= x
    return (
        State(state.theta * wider, tuple(taste * wider for taste in state.taste), shared),
        Blur(tuple(each * wider for each in blur.looks), blur.pairs * wider),
    )
