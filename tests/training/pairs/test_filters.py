"""Which pictures are taken."""

from typing import Any

import pytest

from training.errors import UnusableDataset
from training.pairs.filters import PRESETS, Filters

COYO = {"watermark_score": 0.2, "aesthetic_score_laion_v2": 6.5, "clip_similarity_vitb32": 0.31}


@pytest.mark.parametrize(
    ("filters", "size", "why"),
    [
        (Filters(), (1, 900), None),
        (Filters(min_side=64), (64, 900), None),
        (Filters(min_side=64), (900, 63), "smaller than 64 pixels"),
        (Filters(max_aspect=2.0), (100, 200), None),
        (Filters(max_aspect=2.0), (201, 100), "longer than 2 times its width"),
    ],
)
def test_by_size(filters: Filters, size: tuple[int, int], why: str | None) -> None:
    assert filters.refusal_of_size(*size) == why


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"watermark_score": 0.41}, "watermark_score above 0.4"),
        ({"aesthetic_score_laion_v2": 5.99}, "aesthetic_score_laion_v2 below 6"),
        ({"clip_similarity_vitb32": 0.29}, "clip_similarity_vitb32 below 0.3"),
        ({"clip_similarity_vitb32": "0.3"}, None),
        ({"watermark_score": None}, "no watermark_score"),
        ({"watermark_score": float("nan")}, "no watermark_score"),
        ({"watermark_score": "none"}, "no watermark_score"),
    ],
)
def test_by_the_scores_of_2023(more: dict[str, Any], why: str | None) -> None:
    assert PRESETS["coyo-2023"].refusal_of_scores(COYO | more) == why


def test_a_filter_on_a_column_that_is_not_there_is_said() -> None:
    filters = Filters(max_watermark=0.5)
    filters.require_columns(("pwatermark",))
    assert filters.without_column(("license",)) == ["--max-watermark"]
    with pytest.raises(UnusableDataset, match="needs a source with a column watermark_score"):
        filters.require_columns(("license",))
