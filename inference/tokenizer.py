"""Text to token ids, and what did not fit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int
from transformers import CLIPTokenizer

from inference.errors import CheckpointNotFound


@dataclass(frozen=True)
class Tokens:
    """`ids` of fixed length L, padded; `cut` is the end of the text that did not fit, or ''."""

    ids: Int[np.ndarray, "L"]
    cut: str


class Tokenizer:
    """CLIP's byte-pair encoding, from a checkpoint's `tokenizer/` folder."""

    def __init__(self, folder: Path) -> None:
        needed = folder / "vocab.json"
        if not needed.is_file() and not (folder / "tokenizer.json").is_file():
            raise CheckpointNotFound(
                f"the checkpoint's tokenizer must lie in {folder}, got no vocab.json there; "
                "use a complete checkpoint"
            )
        self._clip = CLIPTokenizer.from_pretrained(folder)
        self.length = int(self._clip.model_max_length)

    def __call__(self, text: str) -> Tokens:
        encoded = self._clip(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        ids, offsets = list(encoded["input_ids"]), encoded["offset_mapping"]
        room = self.length - 2
        cut = text[offsets[room][0] :].strip() if len(ids) > room else ""
        framed = [self._clip.bos_token_id, *ids[:room], self._clip.eos_token_id]
        padding = [self._clip.pad_token_id] * (self.length - len(framed))
        return Tokens(ids=np.asarray(framed + padding, np.int32), cut=cut)
