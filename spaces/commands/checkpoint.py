"""What a checkpoint on this machine says of itself: the answers that it spares its team."""

import json
from pathlib import Path
from typing import Any

from inference.controls.annotators import ANNOTATORS
from spaces.commands.answers import EMBEDDED
from spaces.errors import CannotDo
from spaces.hub.weights import is_weights

INDEX = "model_index.json"
CONFIG = "config.json"
MOST_JSON = 1_000_000
BASES = {128: EMBEDDED, 768: "stable-diffusion-v1-5/stable-diffusion-v1-5"}
"""The usual base by the width of its text encoder, which a ControlNet shares."""


def defaults(folder: Path) -> dict[str, Any]:
    """Answers by their names, as far as the files tell. Reads configurations alone.

    Raises CannotDo for a folder that holds no checkpoint that this software loads.
    """
    if not folder.is_dir():
        raise CannotDo(
            f"--checkpoint must be a folder with a trained model, got {str(folder)!r}, which is "
            "none; give the folder that training wrote"
        )
    if (folder / INDEX).is_file():
        _json(folder / INDEX)
        return {"task": "text-to-image"}
    if not (folder / CONFIG).is_file():
        raise CannotDo(
            f"{folder} must hold {CONFIG} (a ControlNet) or {INDEX} (a whole model), got neither; "
            "give the folder that training wrote"
        )
    config = _json(folder / CONFIG)
    kind = str(config.get("_class_name"))
    if kind not in ("ControlNetModel", "FlaxControlNetModel"):
        raise CannotDo(
            f"{folder} must be a ControlNet or a whole model, got {kind[:60]}; "
            "give the folder that training wrote"
        )
    if not any(is_weights(path.name) for path in folder.iterdir()):
        raise CannotDo(
            f"{folder} must hold weights beside its {CONFIG}, got none; "
            "give the folder that training wrote"
        )
    base = BASES.get(config.get("cross_attention_dim", 0))
    kinds = sorted((name for name in ANNOTATORS if name in folder.name.casefold()), key=len)
    found = {"task": "controlnet", "base": base, "control": kinds[-1] if kinds else None}
    return {name: value for name, value in found.items() if value is not None}


def _json(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MOST_JSON))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise CannotDo(
            f"{path} must be a JSON object, got something else; save the model once more"
        )
    return found
