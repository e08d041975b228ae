"""What holds for any jury."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.fit import Ranking, rank

SCALES = (Scale("impact", 1, 5, 0.5), Scale("craft", 1, 4, 0.5))
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A jury is small already, and each try takes a tenth of a second."""
DEMOS, JURORS = tuple("abcde"), tuple("xyz")


@st.composite
def juries(draw: st.DrawFn) -> tuple[list[Score], list[Comparison]]:
    looks = draw(
        st.lists(
            st.tuples(st.sampled_from(JURORS), st.sampled_from(DEMOS)), unique=True, max_size=15
        )
    )
    scores = [
        Score(juror, demo, scale.key, draw(st.integers(scale.lowest, scale.highest)), place)
        for place, (juror, demo) in enumerate(looks)
        for scale in SCALES
        if draw(st.booleans()) or scale.key == "impact"
    ]
    pairs = draw(
        st.lists(
            st.builds(
                Comparison,
                st.sampled_from(JURORS),
                left=st.sampled_from("ab"),
                right=st.sampled_from("cde"),
                outcome=st.sampled_from(Outcome),
            ),
            max_size=4,
        )
    )
    return scores, pairs


def qualities(ranking: Ranking) -> dict:
    return {standing.demo: standing.quality for standing in ranking.standings}


@pytest.mark.slow
@settings(max_examples=15, deadline=None, phases=UNSHRUNK)
@given(jury=juries())
def test_all_is_finite_and_probabilities_sum_to_one(
    jury: tuple[list[Score], list[Comparison]],
) -> None:
    ranking = rank(DEMOS, JURORS, SCALES, *jury)
    places = np.array([standing.places for standing in ranking.standings])
    assert places.sum(0) == pytest.approx(1)
    assert places.sum(1) == pytest.approx(1)
    assert sum(standing.podium for standing in ranking.standings) == pytest.approx(3)
    for standing in ranking.standings:
        assert standing.interval.lower < standing.quality < standing.interval.upper
    assert sum(qualities(ranking).values()) == pytest.approx(0, abs=1e-9)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, phases=UNSHRUNK)
@given(jury=juries(), random=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_names_makes_no_difference(jury, random) -> None:
    scores, pairs = jury
    before = qualities(rank(DEMOS, JURORS, SCALES, scores, pairs))
    demos, jurors = list(DEMOS), list(JURORS)
    for each in (scores, pairs, demos, jurors):
        random.shuffle(each)
    names = {demo: place for place, demo in enumerate(demos)}
    renamed = [replace(score, demo=names[score.demo]) for score in scores]
    paired = [replace(pair, left=names[pair.left], right=names[pair.right]) for pair in pairs]
    after = qualities(rank(list(names.values()), jurors, SCALES, renamed, paired))
    for demo in DEMOS:
        assert after[names[demo]] == pytest.approx(before[demo], abs=1e-5)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, phases=UNSHRUNK)
@given(jury=juries(), data=st.data())
def test_raising_a_score_never_lowers_its_demo(jury, data) -> None:
    scores, pairs = jury
    span = {scale.key: scale.highest for scale in SCALES}
    raisable = [place for place, score in enumerate(scores) if score.value < span[score.criterion]]
    if not raisable:
        return
    place = data.draw(st.sampled_from(raisable))
    score = scores[place]
    higher = [*scores[:place], replace(score, value=score.value + 1), *scores[place + 1 :]]
    before = qualities(rank(DEMOS, JURORS, SCALES, scores, pairs))[score.demo]
    after = qualities(rank(DEMOS, JURORS, SCALES, higher, pairs))[score.demo]
    assert after >= before - 1e-3
