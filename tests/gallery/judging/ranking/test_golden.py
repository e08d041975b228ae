"""The posterior of the product beside the posterior of those who sample it, or did before us.

A difference of posterior means is told in standard deviations of quality, as the reference has it
(its posterior mean of `quality`): how far demos are apart.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.fit import Ranking, rank
from gallery.judging.ranking.model import PRIORS, LogNormal

GOLDEN = Path(__file__).parent / "golden"
SAMPLED = json.loads((GOLDEN / "numpyro.json").read_text("utf-8"))
BEFORE = json.loads((GOLDEN / "choix.json").read_text("utf-8"))
PURE = replace(
    PRIORS,
    quality=LogNormal(1.0, 0.0),
    criterion=LogNormal(0.5, 0.0),
    taste=LogNormal(0.5, 0.0),
    severity=LogNormal(0.7, 0.0),
    threshold=LogNormal(1.5, 0.0),
    consistency=0.0,
    side=0.0,
    sharper=0.0,
)


def ranked(name: str) -> tuple[dict, Ranking]:
    golden = SAMPLED[name]
    return golden, rank(
        range(golden["demos"]),
        range(golden["jurors"]),
        [Scale(*each) for each in golden["scales"]],
        [Score(*each) for each in golden["scores"]],
        [
            Comparison(juror, left, right, Outcome(outcome))
            for juror, left, right, outcome in golden["comparisons"]
        ],
    )


def by_demo(ranking: Ranking) -> list:
    return sorted(ranking.standings, key=lambda standing: standing.demo)


@pytest.mark.parametrize("name", SAMPLED)
def test_posterior_means_are_those_that_numpyro_samples(name: str) -> None:
    """Each demo, the one with next to nothing but lowest scores as well: 0.05 is promised."""
    golden, ranking = ranked(name)
    quality = np.array([standing.quality for standing in by_demo(ranking)])
    away = np.abs(quality - golden["quality"]) / golden["spreads"]["quality"]
    assert (away < 0.03).all(), away.round(3)


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLED)
def test_intervals_are_as_wide_as_those_that_numpyro_samples(name: str) -> None:
    golden, ranking = ranked(name)
    width = [each.interval.upper - each.interval.lower for each in by_demo(ranking)]
    ratio = np.array(width) / (np.array(golden["upper"]) - golden["lower"])
    assert ratio.min() > 0.9
    assert ratio.max() < 1.1


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLED)
def test_the_podium_is_as_probable_as_numpyro_finds_it(name: str) -> None:
    golden, ranking = ranked(name)
    podium = np.array([standing.podium for standing in by_demo(ranking)])
    assert np.abs(podium - golden["podium"]).max() < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLED)
def test_jurors_are_as_severe_as_numpyro_finds_them(name: str) -> None:
    golden, ranking = ranked(name)
    severity = np.array([juror.severity for juror in ranking.jurors])
    assert np.abs(severity - golden["severity_of_jurors"]).max() < 0.02


@pytest.mark.parametrize("name", BEFORE)
def test_pure_comparisons_are_bradley_terry_as_choix_has_it(name: str) -> None:
    golden = BEFORE[name]
    pairs = [Comparison(0, won, lost, Outcome.LEFT) for won, lost in golden["won"]]
    ranking = rank(range(golden["demos"]), (0,), (), (), pairs, priors=PURE)
    quality = np.array([standing.quality for standing in by_demo(ranking)])
    assert np.abs(quality - golden["quality"]).max() < 0.05
    wide = ranking.draws.std(0)[np.argsort([standing.demo for standing in ranking.standings])]
    assert wide == pytest.approx(np.array(golden["deviation"]), rel=0.06)
