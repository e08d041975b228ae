"""What summed points get wrong, and who finds the right three.

`python -m tests.gallery.judging.ranking.simulated` prints the same for 1,000 juries.
"""

from dataclasses import replace

import numpy as np
import pytest

from gallery.judging.ranking.evidence import Score
from gallery.judging.ranking.layout import lay_out
from gallery.judging.ranking.model import PRIORS
from gallery.judging.ranking.simulation import Evening, Jury, evening
from gallery.judging.ranking.spreads import peak_of_spreads
from tests.gallery.judging.ranking import rivals
from tests.gallery.judging.ranking.simulated import RIVALS, juries, seen

JURORS, DEMOS, WATCHED = 8, 16, 0


def seen_by(night: Evening, jurors: int) -> Evening:
    """The watched demo keeps the scores of so many jurors, all others those of the first three."""
    kept = [
        score
        for score in night.scores
        if (int(score.juror) - int(score.demo)) % JURORS < (jurors if score.demo == WATCHED else 3)
    ]
    return replace(night, scores=tuple(kept))


def qualities(night: Evening) -> np.ndarray:
    layout = lay_out(night.demos, night.jurors, night.scales, night.scores)
    peak = peak_of_spreads(layout, PRIORS).peaks[0]
    return peak.state.theta @ peak.solved.share


def rank_of_watched(values: np.ndarray) -> int:
    return int((values > values[WATCHED]).sum())


def typical(number: int) -> Evening:
    """All scores of all jurors; the watched demo is drawn like any other."""
    return evening(Jury(DEMOS, JURORS, JURORS), np.random.default_rng((9, number)))


@pytest.mark.slow
def test_being_seen_more_often_does_not_move_the_expected_rank_where_it_moves_that_of_points() -> (
    None
):
    moved = {"ours": [], "points": [], "sums": []}
    for number in range(150):
        few, many = (seen_by(typical(number), jurors) for jurors in (2, JURORS))
        for name, values in (
            ("ours", qualities),
            ("points", rivals.by_copeland),
            ("sums", lambda night: rivals.by_means(night) * looks(night)),
        ):
            moved[name].append(rank_of_watched(values(many)) - rank_of_watched(values(few)))
    error = {name: np.std(each) / np.sqrt(len(each)) for name, each in moved.items()}
    shift = {name: float(np.mean(each)) for name, each in moved.items()}
    print(shift, error)
    assert abs(shift["ours"]) < 2 * error["ours"] + 0.1
    assert shift["sums"] < -5


def looks(night: Evening) -> np.ndarray:
    pairs = {(score.juror, score.demo) for score in night.scores}
    return np.bincount([int(demo) for _, demo in pairs], minlength=len(night.demos))


@pytest.mark.slow
def test_points_lift_a_good_demo_and_sink_a_poor_one_by_how_often_they_were_seen() -> None:
    """Copeland points are a demo's mean times its looks: so looks decide, not quality alone."""
    apart = {"ours": [], "points": []}
    for number in range(60):
        night = typical(number)
        good = night.truth.quality[WATCHED] > 0
        few, many = (seen_by(night, jurors) for jurors in (3, JURORS))
        for name, values in (("ours", qualities), ("points", rivals.by_copeland)):
            shift = rank_of_watched(values(few)) - rank_of_watched(values(many))
            apart[name].append(shift if good else -shift)
    assert np.mean(apart["points"]) > np.mean(apart["ours"]) + 0.5


@pytest.mark.slow
def test_intervals_cover_and_the_right_three_are_found_more_often_than_by_others() -> None:
    found = [seen(night) for night in juries(100)]
    demos = np.array([each.demos for each in found])
    covered = np.array([each.covered for each in found]) @ demos / demos.sum()
    assert 0.86 < covered < 0.94
    right = {name: np.mean([each.right[name] for each in found]) for name in ("ours", *RIVALS)}
    assert all(right["ours"] > right[name] for name in RIVALS), right


@pytest.mark.slow
def test_ninety_percent_intervals_cover_about_ninety_percent() -> None:
    found = [seen(night) for night in juries(10, seed=1)]
    demos = np.array([each.demos for each in found])
    assert 0.8 < np.array([each.covered for each in found]) @ demos / demos.sum() < 0.98


def test_points_grow_with_looks_alone() -> None:
    scores = [Score(juror, demo, "a", 5 - demo, demo) for juror in range(4) for demo in range(3)]
    night = replace(evening(Jury(3, 4), np.random.default_rng(0)), scores=tuple(scores))
    seldom = replace(night, scores=tuple(s for s in scores if s.demo != 0 or s.juror == 0))
    assert rivals.by_copeland(night)[0] > rivals.by_copeland(seldom)[0]
    assert rivals.by_means(night)[0] == rivals.by_means(seldom)[0]
