"""Byte pair encoding: a small vocabulary for captions, in the layout of CLIP's tokenizer."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from inference.tokenizer import Tokenizer as CaptionTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
SUFFIX = "</w>"

# Letters, digits one by one, and runs of anything else, as CLIP cuts text (Radford et al. 2021).
_PIECES = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def learn_vocabulary(captions: Iterable[str], folder: Path, *, merges: int, length: int) -> None:
    """Write vocab.json, merges.txt and tokenizer_config.json for texts of `length` tokens.

    Byte-pair encoding: 256 bytes, the same at a word's end, then `merges` pairs, most frequent
    first. Any text can be encoded, also in words and scripts that no caption has.
    """
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=SUFFIX))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=2 * len(alphabet) + merges,
        initial_alphabet=alphabet,
        end_of_word_suffix=SUFFIX,
        show_progress=False,
    )
    tokenizer.train_from_iterator(captions, trainer)
    pairs = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]

    words = [*alphabet, *(letter + SUFFIX for letter in alphabet)]
    words += [left + right for left, right in pairs]
    words = [*dict.fromkeys(words), START, END]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(
        json.dumps({word: i for i, word in enumerate(words)}, ensure_ascii=False)
    )
    lines = ["#version: 0.2", *(f"{left} {right}" for left, right in pairs)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": length,
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": END,
        "do_lower_case": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def vocabulary_size(folder: Path) -> int:
    """The number of tokens."""
    return len(json.loads((folder / "vocab.json").read_text()))


def encode(folder: Path, texts: Sequence[str]) -> Int[np.ndarray, "N L"]:
    """Token ids, framed and padded as the pipeline does it."""
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = CaptionTokenizer(
        folder, positions=settings["model_max_length"], vocab_size=vocabulary_size(folder)
    )
    known = {text: tokenizer(text).ids for text in dict.fromkeys(texts)}
    return np.stack([known[text] for text in texts])
