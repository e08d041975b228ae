"""The captions' vocabulary, as CLIP's tokenizer reads it."""

from pathlib import Path

import numpy as np
import pytest

from training.data.tokens import encode, learn_vocabulary, vocabulary_size

CAPTIONS = ["a red apple, flat icon", "a blue apple, shaded icon", "green grapes, flat icon"] * 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    learn_vocabulary(CAPTIONS, folder, merges=40, length=16)
    return folder


def test_frequent_words_are_one_token_each(folder: Path) -> None:
    ids = encode(folder, ["icon", "apple"])

    # Framed by a start and an end; the rest is padding.
    end = vocabulary_size(folder) - 1
    assert ids.shape == (2, 16)
    assert (ids[:, 0] == end - 1).all()
    assert (ids[:, 2:] == end).all()
    assert ids[0, 1] != ids[1, 1]


def test_any_text_can_be_encoded(folder: Path) -> None:
    ids = encode(folder, ["Ünïcode 猫 42!?"])

    assert ids.max() < vocabulary_size(folder)
    assert len(np.unique(ids)) > 5


def test_case_does_not_matter(folder: Path) -> None:
    lower, upper = encode(folder, ["a red apple", "A RED APPLE"])

    np.testing.assert_array_equal(lower, upper)


def test_a_comma_is_a_token_of_its_own(folder: Path) -> None:
    apart, together = encode(folder, ["apple , flat", "apple, flat"])

    np.testing.assert_array_equal(apart, together)
