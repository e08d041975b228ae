"""Next lines to copy, after a training and after what came out was published."""

import shlex
from collections.abc import Sequence
from pathlib import Path

TRAINER = ("python", "-m", "training.train_controlnet")
LICENCES = {"embedded": "apache-2.0"}
USUAL_LICENCE = "creativeml-openrail-m"
"""That of Stable Diffusion 1.x, which holds for what is made of it."""


def after_training(model: Path, base: str, annotator: str, argv: Sequence[str]) -> str:
    """How to try and to publish the ControlNet in `model`; `argv` trained it."""
    shown = ("python", "-m", "spaces", "--model", base, "--controlnet", f"{annotator}={model}")
    license = LICENCES.get(base, USUAL_LICENCE)
    push = ("--push", f"you/{model.parent.name}-{annotator}", "--license", license)
    return (
        f"it is in {model}; next\n"
        f"  try it:      {shlex.join(shown)}\n"
        f"  publish it:  {shlex.join([*TRAINER, *argv, *push])}"
    )


def after_push(model: Path, repo_id: str, address: str, annotator: str) -> str:
    """How a Space is made of the ControlNet in `model`, which is on the Hub as `repo_id`."""
    owner, _, name = repo_id.partition("/")
    new = ["python", "-m", "spaces", "new", name.removesuffix(f"-{annotator}")]
    new += ["--checkpoint", str(model), "--controlnet", f"{annotator}={repo_id}", "--owner", owner]
    return f"it is at {address}; next\n  a demo of it:  {shlex.join(new)}"
