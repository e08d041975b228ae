"""Plain means of scores, for those who trust no formula: no model, no prior, no correction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from gallery.judging.ranking.evidence import Id, Scale, Score


@dataclass(frozen=True)
class Mean:
    """One demo's scores; None where nobody scored."""

    demo: Id
    criteria: Mapping[str, float | None]
    """On each criterion's own scale."""
    overall: float | None
    """By share, each criterion from 0, its lowest, to 1, its highest; of those that were scored."""
    scores: int


def means(
    demos: Sequence[Id], scales: Sequence[Scale], scores: Sequence[Score]
) -> tuple[Mean, ...]:
    """The highest overall first, then those without a score; equals as `demos` has them."""
    values: dict[tuple[Id, str], list[int]] = defaultdict(list)
    for score in scores:
        values[score.demo, score.criterion].append(score.value)
    found = [_mean(demo, scales, values) for demo in demos]
    return tuple(
        sorted(found, key=lambda mean: -1.0 if mean.overall is None else mean.overall, reverse=True)
    )


def _mean(
    demo: Id, scales: Sequence[Scale], values: Mapping[tuple[Id, str], Sequence[int]]
) -> Mean:
    criteria = {
        scale.key: fmean(found) if (found := values.get((demo, scale.key))) else None
        for scale in scales
    }
    parts = [
        (scale.share, (mean - scale.lowest) / (scale.highest - scale.lowest))
        for scale in scales
        if (mean := criteria[scale.key]) is not None
    ]
    whole = sum(share for share, _ in parts)
    overall = sum(share * part for share, part in parts) / whole if whole else None
    count = sum(len(values.get((demo, scale.key), ())) for scale in scales)
    return Mean(demo, criteria, overall, count)
