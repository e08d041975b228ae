"""What a step of training together sees."""

import numpy as np
import pytest

from training.data.captions import COLOURLESS, WORDINGS
from training.data.dataset import Dataset
from training.embedded.draws import COMMON, SEGMENTS, Drawings, counts, spans
from training.errors import UnusableDataset

LINES = {
    "plus": [(slice(None), 8), (8, slice(None))],
    "frame": [(2, slice(None)), (13, slice(None))],
}


def drawn(kind: str) -> np.ndarray:
    edges = np.zeros((16, 16), np.uint8)
    for place in LINES[kind]:
        edges[place] = 255
    return edges


@pytest.fixture
def data() -> Dataset:
    """A cat by three hands, two of which draw the same lines, each in two colours; and an owl."""
    names = ["cat", "cat", "cat", "cat", "cat", "cat", "owl", "owl"]
    styles = ["flat", "flat", "shaded", "shaded", "soft", "soft", "flat", "flat"]
    kinds = ["plus", "plus", "plus", "plus", "frame", "frame", "plus", "plus"]
    return Dataset(
        images=np.zeros((8, 16, 16, 3), np.uint8),
        maps=np.stack([drawn(kind) for kind in kinds]),
        captions=[f"a red {name}, {style} icon" for name, style in zip(names, styles, strict=True)],
        names=names,
        styles=styles,
        sources=["a", "a", "b", "b", "c", "c", "d", "d"],
        looks=styles,
    )


def test_drawings_know_their_copies_and_who_draws_the_same_lines(data: Dataset) -> None:
    drawings = Drawings.of(data, common=1)

    assert drawings.originals.tolist() == [0, 2, 4, 6]
    assert drawings.copies.options[::2].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert drawings.alike.options.tolist() == [[0, 1], [0, 1], [2, 0], [3, 0]]
    assert drawings.alike.known.tolist() == [2, 2, 1, 1]
    assert drawings.common.tolist() == [0, 1]


def test_whoever_names_no_colour_means_the_thing_s_own(data: Dataset) -> None:
    drawings = Drawings.of(data, common=1)

    step = drawings.draw(
        np.random.default_rng(0), controlled=200, alone=200, common_share=0.5, kin_share=0.5
    )

    unsaid = np.asarray([WORDINGS[i] in COLOURLESS for i in step.wordings])
    assert (step.rows[unsaid] % 2 == 0).all()
    assert 0.3 < (step.rows[~unsaid] % 2).mean() < 0.7


def test_palettes_show_any_colour_whether_or_not_it_is_named(data: Dataset) -> None:
    step = Drawings.of(data, common=1).draw(
        np.random.default_rng(0),
        controlled=400,
        coloured=(200, 400),
        alone=0,
        common_share=0.0,
        kin_share=0.0,
    )

    unsaid = np.asarray([WORDINGS[i] in COLOURLESS for i in step.wordings])
    assert (step.rows[:200][unsaid[:200]] % 2 == 0).all()
    assert 0.3 < (step.rows[200:][unsaid[200:]] % 2).mean() < 0.7


def test_a_data_set_without_the_styles_people_ask_for_is_refused(data: Dataset) -> None:
    with pytest.raises(UnusableDataset, match="styles flat and shaded, got soft"):
        Drawings.of(data.take([4, 5]), common=1)


def test_a_batch_too_small_for_all_is_refused() -> None:
    with pytest.raises(UnusableDataset, match="room for all"):
        counts(4, ["canny", "scribble", "palette"])


def test_words_alone_are_mostly_of_common_objects_and_maps_of_all(data: Dataset) -> None:
    step = Drawings.of(data, common=1).draw(
        np.random.default_rng(0), controlled=300, alone=300, common_share=1.0, kin_share=0.0
    )

    assert (step.rows[300:] < 4).all()
    assert (step.rows[:300] >= 6).mean() == pytest.approx(0.25, abs=0.1)
    assert (step.lines == step.rows // 2).all()


def test_some_maps_are_those_of_another_hand_with_the_same_lines(data: Dataset) -> None:
    step = Drawings.of(data, common=1).draw(
        np.random.default_rng(0), controlled=400, alone=0, common_share=0.0, kin_share=1.0
    )

    drawings = step.rows // 2
    twins = drawings < 2
    assert 0.3 < (step.lines[twins] != drawings[twins]).mean() < 0.7
    assert (step.lines[~twins] == drawings[~twins]).all()


def test_the_segments_of_a_batch_fill_it_and_each_controlnet_acts_in_one_place() -> None:
    parts = counts(64, ["canny", "scribble", "palette"])

    assert sum(count for _, count in parts) == 64
    assert parts[-1][0] == ()
    found = spans(parts)
    assert found["scribble"] == (0, 4)
    assert found["canny"][1] - found["palette"][0] == dict(parts)["canny", "palette"]


def test_a_model_without_palettes_has_no_segments_with_them() -> None:
    assert [together for together, _ in counts(32, ["canny"])] == [("canny",), ()]


def test_all_shares_are_shares() -> None:
    assert sum(COMMON.values()) == pytest.approx(1.0)
    assert set(COMMON) <= set(WORDINGS)
    assert sum(share for _, share in SEGMENTS) < 1.0
