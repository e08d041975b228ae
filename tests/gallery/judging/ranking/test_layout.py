"""Scores as arrays: nothing lost, nothing doubled, whatever the looks are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gallery.judging.ranking.evidence import Comparison, Outcome, Scale, Score
from gallery.judging.ranking.layout import lay_out

SCALES = (Scale("a", 1, 5, 1.0), Scale("b", 0, 3, 1.0))
looks = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from("ab")), max_size=40)


@given(cells=looks)
def test_blocks_hold_every_score_once(cells: set[tuple[int, int, str]]) -> None:
    scores = [Score(juror, demo, key, 1 + (juror + demo) % 3) for juror, demo, key in cells]
    layout = lay_out(range(6), range(4), SCALES, scores)
    found = set()
    for block in layout.blocks:
        for row, look, criterion in np.argwhere(block.seen > 0):
            value = block.step[row, look, criterion] + SCALES[criterion].lowest
            place = block.juror[row, look], block.demos[row], SCALES[criterion].key
            assert place not in found
            found.add(place)
            assert value == 1 + (place[0] + place[1]) % 3
    assert found == cells
    assert layout.scored == len(cells)


def test_islands_are_joined_by_jurors_scores_and_by_comparisons() -> None:
    scores = [Score(0, 0, "a", 1), Score(0, 1, "a", 1), Score(1, 2, "a", 1)]
    assert len(set(lay_out(range(4), range(2), SCALES, scores).islands())) == 3
    pair = [Comparison(1, 0, 3, Outcome.EQUAL)]
    assert len(set(lay_out(range(4), range(2), SCALES, scores, pair).islands())) == 2


def test_moments_run_from_the_first_look_to_the_last() -> None:
    scores = [Score(0, demo, "a", 1, place) for place, demo in enumerate((3, 1, 2))]
    (block,) = lay_out(range(6), range(4), SCALES, scores).blocks
    assert dict(zip(block.demos.tolist(), block.moment.ravel().tolist(), strict=True)) == {
        3: -0.5,
        1: 0,
        2: 0.5,
    }
