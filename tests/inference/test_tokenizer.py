"""Token ids equal transformers', and what did not fit is told."""

import pytest
from transformers import CLIPTokenizer

from inference.errors import CheckpointNotFound
from inference.tokenizer import Tokenizer
from tests.tiny import TOKENS, tiny_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))


@pytest.mark.parametrize("text", ["", "a cat", "A  Cat!", "exactly10!", "far too long for it"])
def test_ids_equal_those_of_clip(folder, text: str) -> None:
    clip = CLIPTokenizer.from_pretrained(folder)
    expected = clip(text, padding="max_length", truncation=True, max_length=TOKENS)["input_ids"]
    assert Tokenizer(folder)(text).ids.tolist() == expected


@pytest.mark.parametrize(
    ("text", "cut"), [("exactly10!", ""), ("elevenchars", "s"), ("one two thre efour", "efour")]
)
def test_the_end_that_did_not_fit_is_told(folder, text: str, cut: str) -> None:
    assert Tokenizer(folder)(text).cut == cut


def test_a_folder_without_a_vocabulary_is_named(tmp_path) -> None:
    with pytest.raises(CheckpointNotFound, match="got no vocab"):
        Tokenizer(tmp_path)
