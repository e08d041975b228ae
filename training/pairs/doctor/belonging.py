"""Whether maps belong to their pictures: drawn again where possible, else by where lines are.

Where it cannot be drawn again, a map's signature is compared with its own picture's and with those
of others, drawn by lot. The share of others that fit it better is near 0 for maps that belong, and
0.5 on average for shuffled ones, whatever the annotator is.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from training.pairs.annotation import UNREPEATABLE
from training.pairs.doctor.looking import GRID, Facts

OTHERS = 64
"""Pictures that each map is compared with."""
UNLIKE = 0.5
"""A map as far from the one that is drawn now is of another picture."""
BEATEN = 0.4
"""A map that so many others fit better is suspect."""
LEAST = 8
"""Of fewer pairs nothing can be said in this way."""


def foreign(facts: Sequence[Facts]) -> Bool[np.ndarray, " N"]:
    """Which maps seem to be of another picture than theirs."""
    redrawn = np.asarray([np.nan if each.redrawn is None else each.redrawn for each in facts])
    beaten = beaten_by(facts)
    return np.where(np.isnan(redrawn), np.nan_to_num(beaten) > BEATEN, redrawn > UNLIKE)


def beaten_by(facts: Sequence[Facts]) -> Float[np.ndarray, " N"]:
    """For each map the share of other pictures that fit it better; NaN where that says nothing."""
    telling = [
        number
        for number, each in enumerate(facts)
        if each.problem is None and not each.map_is_even and each.annotator not in UNREPEATABLE
    ]
    shares = np.full(len(facts), np.nan)
    if len(telling) < LEAST:
        return shares
    pictures = _stacked([facts[number].signature for number in telling])
    maps = _stacked([facts[number].map_signature for number in telling])
    own = (pictures * maps).sum(axis=1)
    rng = np.random.default_rng(0)
    count = min(OTHERS, len(telling) - 1)
    better = np.zeros(len(telling))
    for shift in rng.choice(np.arange(1, len(telling)), size=count, replace=False):
        better += (np.roll(pictures, shift, axis=0) * maps).sum(axis=1) > own
    shares[telling] = better / count
    return shares


def _stacked(signatures: Sequence[bytes]) -> Float[np.ndarray, "N G"]:
    return np.frombuffer(b"".join(signatures), np.float32).reshape(-1, GRID * GRID)
