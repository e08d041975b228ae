"""Newton's equations of the model at one state, by blocks.

Taste is known given everything else, look by look, and demos given what they share: so both are
eliminated (a Schur complement), and a dense system is left for jurors, thresholds and the few
others alone. Curvature is minus the second derivative, but for the logarithm of consistency, where
the part that vanishes in expectation is left out (Fisher scoring).
"""

import numpy as np

from gallery.judging.ranking.compared import add_pairs
from gallery.judging.ranking.equations import Blur, System, add_cuts, padded_thresholds
from gallery.judging.ranking.layout import Floats, Layout
from gallery.judging.ranking.likelihood import answers, with_expected_slopes
from gallery.judging.ranking.model import Priors, Spreads, State, centre_and_precision, places_of
from gallery.judging.ranking.scored import add_block


def system_at(
    layout: Layout,
    priors: Priors,
    spreads: Spreads,
    state: State,
    blur: Blur,
    *,
    observed: float = 1.0,
) -> System:
    places = places_of(layout)
    D, C, G = *state.theta.shape, places.count
    covariance = theta_covariance(spreads, C)
    precision = np.linalg.inv(covariance)
    centre, weights = centre_and_precision(places, priors, spreads)
    away = state.shared - centre
    pull = state.theta @ precision
    value = -0.5 * ((pull * state.theta).sum() + D * np.linalg.slogdet(covariance)[1])
    value += 0.5 * float(np.log(weights).sum() - (weights * away**2).sum())
    system = System(
        places=places,
        value=value,
        own=np.repeat(precision[None], D, axis=0),
        cross=np.zeros((D, C, G)),
        shared=np.diag(weights),
        gradient=-pull,
        shared_gradient=-weights * away,
        pairs=None,
        looks=[],
        observed=observed,
    )
    together = blur.together
    _add_steps(system, layout, priors, state, None if together is None else together.steps)
    looks = [None] * len(layout.blocks) if together is None else together.looks
    blocks = zip(layout.blocks, state.taste, blur.looks, looks, strict=True)
    for block, taste, doubt, covariance in blocks:
        add_block(system, layout, block, taste, doubt, covariance, spreads, state)
    if layout.pairs.juror.size:
        add_pairs(system, layout, state, blur)
    return system


def theta_covariance(spreads: Spreads, criteria: int) -> Floats:  # [C, C]
    """One criterion has no part of its own."""
    together = np.full((criteria, criteria), spreads.quality**2)
    return together if criteria == 1 else together + np.eye(criteria) * spreads.criterion**2


def _add_steps(
    system: System, layout: Layout, priors: Priors, state: State, covariance: Floats | None
) -> None:
    """What is thought of the order of thresholds beforehand.

    As scores of a juror of consistency 1 for a demo of quality 0, of which each step was given
    `priors.steps` times.
    """
    places = system.places
    C, K = places.criteria, places.cuts + 1
    padded = padded_thresholds(layout, places, state.shared)
    step = np.broadcast_to(np.arange(K)[:, None], (K, C))
    there = step < layout.steps  # [K, C]
    upper = np.where(there, padded[:, 1:].T, np.inf)
    lower = np.where(there, padded[:, :-1].T, 0.0)
    zero = np.zeros((K, C))
    seen = there * priors.steps
    part = answers(zero, zero + 1, lower, upper, seen=seen, blur=zero, observed=1.0)
    if covariance is not None:
        part = with_expected_slopes(
            part, zero, zero + 1, lower, upper, seen=seen, covariance=covariance
        )
    system.value += float(part.log.sum())
    add_cuts(system, step, part)
