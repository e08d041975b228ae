"""Token ids equal transformers', and what did not fit is told."""

import json

import pytest
from transformers import CLIPTokenizer

from inference.errors import CheckpointNotFound, DamagedWeights, MismatchedTokenizer
from inference.tokenizer import Tokenizer, Tokens
from tests.tiny import TOKENS, tiny_tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))


def read(folder, text: str, *, positions: int = TOKENS, vocab_size: int = 200) -> Tokens:
    return Tokenizer(folder, positions=positions, vocab_size=vocab_size)(text)


@pytest.mark.parametrize("text", ["", "a cat", "A  Cat!", "exactly10!", "far too long for it"])
def test_ids_equal_those_of_clip(folder, text: str) -> None:
    clip = CLIPTokenizer.from_pretrained(folder)
    expected = clip(text, padding="max_length", truncation=True, max_length=TOKENS)["input_ids"]
    assert read(folder, text).ids.tolist() == expected


@pytest.mark.parametrize(
    ("text", "cut"), [("exactly10!", ""), ("elevenchars", "s"), ("one two thre efour", "efour")]
)
def test_the_end_that_did_not_fit_is_told(folder, text: str, cut: str) -> None:
    assert read(folder, text).cut == cut


def test_a_folder_without_a_vocabulary_is_named(tmp_path) -> None:
    with pytest.raises(CheckpointNotFound, match="got no vocab"):
        read(tmp_path, "")


@pytest.mark.parametrize(
    "settings", [{}, {"model_max_length": None}, {"model_max_length": 1}, {"pad_token": None}]
)
def test_without_a_length_of_its_own_it_is_as_long_as_the_text_encoder(
    tmp_path, settings: dict
) -> None:
    path = tiny_tokenizer(tmp_path) / "tokenizer_config.json"
    told = json.loads(path.read_text())
    del told["model_max_length"]
    path.write_text(json.dumps(told | settings))
    assert len(read(tmp_path, "a cat", positions=9).ids) == 9


def test_without_any_settings_it_is_as_long_as_the_text_encoder(tmp_path) -> None:
    (tiny_tokenizer(tmp_path) / "tokenizer_config.json").unlink()
    assert len(read(tmp_path, "a cat", positions=9).ids) == 9


def test_it_is_never_longer_than_the_text_encoder(folder) -> None:
    tokens = read(folder, "elevenchars", positions=8)
    assert len(tokens.ids) == 8
    assert tokens.cut == "chars"


def test_a_token_that_the_text_encoder_does_not_know_is_refused_with_both_numbers(
    tmp_path,
) -> None:
    path = tiny_tokenizer(tmp_path) / "tokenizer_config.json"
    words = len(json.loads((tmp_path / "vocab.json").read_text()))
    assert len(read(tmp_path, "a cat", vocab_size=words).ids) == TOKENS
    with pytest.raises(MismatchedTokenizer, match=f"below {words - 1}, .* got {words - 1} "):
        read(tmp_path, "", vocab_size=words - 1)
    added = {"content": "<cat-toy>", "special": False, "lstrip": False, "rstrip": False}
    added |= {"normalized": True, "single_word": False}
    told = json.loads(path.read_text()) | {"added_tokens_decoder": {str(words): added}}
    path.write_text(json.dumps(told))
    with pytest.raises(MismatchedTokenizer, match=f"got {words} \\('<cat-toy>'\\)"):
        read(tmp_path, "", vocab_size=words)
    assert words in read(tmp_path, "<cat-toy>", vocab_size=words + 1).ids


@pytest.mark.parametrize("content", ["{", "[1, 2]", '{"a": "b"}'])
def test_a_vocabulary_that_cannot_be_read_is_a_sentence(tmp_path, content: str) -> None:
    (tiny_tokenizer(tmp_path) / "vocab.json").write_text(content)
    with pytest.raises(DamagedWeights, match="must be CLIP's, got one that cannot be read"):
        read(tmp_path, "a cat")
