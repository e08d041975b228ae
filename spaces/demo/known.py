"""What a small model knows: the words of its captions, told by a file beside its weights."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import inference
from inference.errors import CheckpointError
from spaces.demo.config import Known

EMBEDDED = "embedded"
FILE = "vocabulary.json"
"""`words` of all captions, and of them the `things` whose pictures can mostly be told."""
SHIPPED = Path(inference.__file__).parent / "embedded" / FILE
MOST_BYTES = 1_000_000


@cache
def known_by(model: str) -> Known | None:
    """What a model knows, as its engine calls it: told of the embedded one alone."""
    return _read(SHIPPED) if model == EMBEDDED and SHIPPED.is_file() else None


def known_in(source: str) -> Known | None:
    """What the model of a folder or a repository knows, None where nothing is told of it.

    Raises CheckpointError for a file that does not hold what it should.
    """
    from inference.checkpoints.source import open_source  # and JAX with it

    folder = open_source(source)
    return _read(folder.path(FILE)) if FILE in folder.names() else None


def _read(file: Path) -> Known:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError("a larger file")
        told: Any = json.loads(file.read_bytes())
        return Known(things=_texts(told["things"]), words=_texts(told["words"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(
            f"{file.name} must hold things and words, two lists of texts in at most "
            f"{MOST_BYTES // 10**6} MB, got something else; correct it, or take it away"
        ) from None


def _texts(told: Any) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise ValueError("no list of texts")
    return tuple(told)
