"""Text to token ids, and what did not fit."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from inference.errors import CheckpointNotFound, DamagedWeights, MismatchedTokenizer


@dataclass(frozen=True)
class Tokens:
    """`ids` of fixed length L, padded; `cut` is the end of the text that did not fit, or ''."""

    ids: Int[np.ndarray, "L"]
    cut: str


class Tokenizer:
    """CLIP's byte-pair encoding, from a checkpoint's `tokenizer/` folder.

    It is for a text encoder of `positions` places and `vocab_size` tokens. L is the tokenizer's own
    length where that is given and fits the encoder, else as many places as the encoder has.

    Raises CheckpointNotFound, DamagedWeights, or MismatchedTokenizer for a token that the encoder
    has no vector of: its picture would be black.
    """

    def __init__(self, folder: Path, *, positions: int, vocab_size: int) -> None:
        needed = folder / "vocab.json"
        if not needed.is_file() and not (folder / "tokenizer.json").is_file():
            raise CheckpointNotFound(
                f"the checkpoint's tokenizer must lie in {folder}, got no vocab.json there; "
                "use a complete checkpoint"
            )
        kind = _clip_tokenizer()
        try:
            self._clip = kind.from_pretrained(folder)
            self._clip("a picture of something", add_special_tokens=False, verbose=False)
        except Exception as error:
            raise DamagedWeights(
                f"the tokenizer in {folder} must be CLIP's, got one that cannot be read "
                f"({_first_line(error)}); download or save it again"
            ) from error
        own = self._clip.model_max_length
        is_given = isinstance(own, int) and not isinstance(own, bool) and 2 < own < positions
        self.length = own if is_given else positions
        token, largest = max(self._clip.get_vocab().items(), key=lambda item: item[1])
        if largest >= vocab_size:
            raise MismatchedTokenizer(
                f"the tokenizer in {folder} must have token ids below {vocab_size}, the text "
                f"encoder's vocab_size, got {largest} ({token[:40]!r}); use the tokenizer that the "
                "text encoder was saved with, or save the encoder with its embeddings resized"
            )

    def __call__(self, text: str) -> Tokens:
        encoded = self._clip(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        ids, offsets = list(encoded["input_ids"]), encoded["offset_mapping"]
        room = self.length - 2
        cut = text[offsets[room][0] :].strip() if len(ids) > room else ""
        framed = [self._clip.bos_token_id, *ids[:room], self._clip.eos_token_id]
        pad = self._clip.pad_token_id
        padding = [self._clip.eos_token_id if pad is None else pad] * (self.length - len(framed))
        return Tokens(ids=np.asarray(framed + padding, np.int32), cut=cut)


def _clip_tokenizer() -> Any:
    """transformers' class. It needs no PyTorch, so nobody is told where there is none."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    from transformers import CLIPTokenizer

    return CLIPTokenizer


def _first_line(error: Exception) -> str:
    return (str(error).partition("\n")[0] or type(error).__name__)[:120]
