"""JSON objects out of a checkpoint."""

import json
from pathlib import Path
from typing import Any

from inference.errors import DamagedWeights


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file. Raises DamagedWeights for anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DamagedWeights(
            f"{path} must be JSON, got {str(error)[:120]}; download or save it again"
        ) from error
    if not isinstance(value, dict):
        raise DamagedWeights(
            f"{path} must be a JSON object, got a {type(value).__name__}; download or save it again"
        )
    return value
