"""Making a picture again: what its file tells, and what is asked for in its place."""

import argparse
import sys
from pathlib import Path
from typing import Any

from inference.commands.control_options import ControlOptions
from inference.errors import InvalidRequest
from inference.png import Recipe, read_recipe
from inference.request import Control, GenerationRequest, require_prompt


def recipe_of(path: Path) -> Recipe:
    """What the picture carries. Raises InvalidRequest."""
    try:
        recipe = read_recipe(path)
    except OSError as error:
        raise InvalidRequest(
            f"--from must be a picture, got {str(path)!r} ({error.strerror}); check the path",
            field="--from",
        ) from error
    if recipe is None:
        raise InvalidRequest(
            f"--from must be a PNG that tells how it was made, got {str(path)!r}, which does not; "
            "choose one as it was saved here",
            field="--from",
        )
    return recipe


def merged(
    recipe: Recipe | None, fields: dict[str, Any], asked: ControlOptions
) -> GenerationRequest:
    """What is asked for, without the control maps that are made of `--control` later."""
    if recipe is None:
        require_prompt(fields.get("prompt"))
        return GenerationRequest(**fields)
    if asked.names:
        fields = {**fields, "controls": ()}
    request = recipe.request(**fields)
    require_prompt(request.prompt)
    controls = tuple(
        Control(**{**dict(control), **asked.part(control.name)}) for control in request.controls
    )
    return request.model_copy(update={"controls": controls})


def clip_skip(options: argparse.Namespace, recipe: Recipe | None) -> int:
    if options.clip_skip is not None:
        return options.clip_skip
    told = None if recipe is None else recipe.parameters.get("clip_skip")
    return told if isinstance(told, int) else 0


def check_model(options: argparse.Namespace, recipe: Recipe, loaded: str) -> None:
    """A picture of another model is not made with this one by mistake.

    The model that a picture names is never loaded by itself: the picture may be a stranger's.
    """
    if recipe.model in (None, loaded):
        return
    made_with = repr(recipe.model)[:100]
    if options.model is None:
        raise InvalidRequest(
            f"--model must name the model that the picture was made with, {made_with}, got none; "
            "add it, or another one on purpose",
            field="--model",
        )
    print(f"note: the picture was made with {made_with}, not {loaded!r}", file=sys.stderr)
