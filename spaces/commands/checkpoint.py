"""What a checkpoint on this machine says of itself: the answers that it spares its team."""

import json
import re
from pathlib import Path
from typing import Any

from inference.controls.annotators import ANNOTATORS
from spaces.commands.answers import EMBEDDED, LICENCE, REPOSITORY
from spaces.commands.front_matter import README, read_readme
from spaces.errors import CannotDo
from spaces.hub.weights import is_weights

INDEX = "model_index.json"
CONFIG = "config.json"
MOST_JSON = 1_000_000
BASES = {128: EMBEDDED, 768: "stable-diffusion-v1-5/stable-diffusion-v1-5"}
"""The usual base by the width of its text encoder, which a ControlNet shares."""


def defaults(folder: Path) -> dict[str, Any]:
    """Answers by their names, as far as configurations and the card tell. Reads no weights.

    Raises CannotDo for a folder that holds no checkpoint that this software loads.
    """
    if not folder.is_dir():
        raise CannotDo(
            f"--checkpoint must be a folder with a trained model, got {str(folder)!r}, which is "
            "none; give the folder that training wrote"
        )
    if (folder / INDEX).is_file():
        _json(folder / INDEX)
        said = _of_card(folder)
        kept = {name: said[name] for name in ("dataset", "license") if name in said}
        return {"task": "text-to-image", **kept}
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
    kinds = sorted((name for name in ANNOTATORS if name in folder.name.casefold()), key=len)
    found = {
        "task": "controlnet",
        "base": BASES.get(config.get("cross_attention_dim", 0)),
        **_of_card(folder),
        **({"control": kinds[-1]} if kinds else {}),
    }
    return {name: value for name, value in found.items() if value is not None}


def card_of(folder: Path) -> Path | None:
    """The model card beside the weights, as `train_controlnet --push` writes one; None for none."""
    card = folder / README
    return card if card.is_file() and not card.is_symlink() else None


def _of_card(folder: Path) -> dict[str, str]:
    """What its card says, where it says what an answer can be."""
    if card_of(folder) is None:
        return {}
    try:
        values, _ = read_readme(folder)
    except CannotDo:  # somebody's own card may have no front matter
        return {}
    datasets, tags = (values.get(name) or [] for name in ("datasets", "tags"))
    said = {
        "base": (values.get("base_model"), REPOSITORY),
        "dataset": (datasets[0] if isinstance(datasets, list) and datasets else None, REPOSITORY),
        "license": (values.get("license"), LICENCE),
    }
    found = {
        name: value
        for name, (value, shape) in said.items()
        if isinstance(value, str) and re.fullmatch(shape, value)
    }
    kinds = [tag for tag in tags if tag in ANNOTATORS] if isinstance(tags, list) else []
    return {**found, **({"control": kinds[0]} if len(kinds) == 1 else {})}


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
