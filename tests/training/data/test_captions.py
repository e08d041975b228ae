"""Wordings of captions, and how often each is used."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.tiny import tiny_tokenizer
from training.data.captions import (
    BESIDE_MAPS,
    SPOKEN,
    WORDINGS,
    draw_wordings,
    encode_wordings,
    wordings,
)
from training.data.dataset import Dataset


def test_parts_of_a_caption_are_left_out_and_put_in_another_order() -> None:
    caption = "an orange and blue book, soft icon"

    assert wordings(caption, name="book", style="soft", look="flat") == (
        "an orange and blue book, soft icon",
        "",
        "an orange and blue book",
        "a book, soft icon",
        "soft orange and blue book",
        "book",
        "an orange and blue book, flat icon",
        "a book, flat icon",
    )
    assert wordings(caption, name="book", style="soft")[-2:] == (
        "an orange and blue book",
        "a book",
    )


def test_a_caption_of_others_stays_whole_or_is_empty() -> None:
    texts = wordings("a cat, asleep", name="a cat, asleep", style="")

    assert len(texts) == len(WORDINGS)
    assert set(texts) == {"a cat, asleep", ""}


def test_each_wording_is_used_as_often_as_its_share_says() -> None:
    for asked in (SPOKEN, BESIDE_MAPS):
        assert sum(asked.values()) == pytest.approx(1.0)
        assert set(asked) <= set(WORDINGS)

        drawn = draw_wordings(4000, np.random.default_rng(0), asked)

        counts = Counter(WORDINGS[i] for i in drawn)
        for wording in WORDINGS:
            assert counts[wording] / 4000 == pytest.approx(asked.get(wording, 0.0), abs=0.03)


def test_every_row_has_the_tokens_of_all_wordings(tmp_path: Path) -> None:
    data = Dataset(
        images=np.zeros((2, 8, 8, 3), np.uint8),
        maps=np.zeros((2, 8, 8), np.uint8),
        captions=["a red cup, flat icon", "a bus"],
        names=["cup", "bus"],
        styles=["flat", ""],
        sources=["1", "2"],
        looks=["flat", ""],
    )

    ids = encode_wordings(tiny_tokenizer(tmp_path), data)

    assert ids.shape[:2] == (2, len(WORDINGS))
    assert (ids[0, 1] == ids[1, 1]).all()
    assert (ids[1, 0] == ids[1, 5]).all()
