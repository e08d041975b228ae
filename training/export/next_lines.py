"""Next lines to copy, after a training and after what came out was published."""

import shlex
from collections.abc import Sequence
from pathlib import Path

LICENCES = {"embedded": "apache-2.0"}
USUAL_LICENCE = "creativeml-openrail-m"
"""That of Stable Diffusion 1.x, which holds for what is made of it."""
NEW = ("python", "-m", "spaces", "new")


def after_controlnet(model: Path, base: str, annotator: str, argv: Sequence[str]) -> str:
    """How to try and to publish the ControlNet in `model`; `argv` trained it."""
    shown = ("--model", base, "--controlnet", f"{annotator}={model}")
    repo_id = f"you/{model.parent.name}-{annotator}"
    return _after(model, shown, "train_controlnet", argv, repo_id, base)


def after_fine_tune(model: Path, base: str, argv: Sequence[str]) -> str:
    """The same of a whole model."""
    shown = ("--model", str(model))
    return _after(model, shown, "train_base", argv, f"you/{model.parent.name}", base)


def _after(
    model: Path, shown: Sequence[str], trainer: str, argv: Sequence[str], repo_id: str, base: str
) -> str:
    license = LICENCES.get(base, USUAL_LICENCE)
    again = ("python", "-m", f"training.{trainer}", *argv)
    return (
        f"it is in {model}; next\n"
        f"  try it:      {shlex.join(['python', '-m', 'spaces', *shown])}\n"
        f"  publish it:  {shlex.join([*again, '--push', repo_id, '--license', license])}"
    )


def after_push_of_controlnet(model: Path, repo_id: str, address: str, annotator: str) -> str:
    """How a Space is made of the ControlNet in `model`, which is on the Hub as `repo_id`."""
    owner, _, name = repo_id.partition("/")
    new = [*NEW, name.removesuffix(f"-{annotator}"), "--checkpoint", str(model)]
    new += ["--controlnet", f"{annotator}={repo_id}", "--owner", owner]
    return f"it is at {address}; next\n  a demo of it:  {shlex.join(new)}"


def after_push_of_fine_tune(model: Path, repo_id: str, address: str) -> str:
    """The same of a whole model."""
    owner, _, name = repo_id.partition("/")
    new = [*NEW, name, "--checkpoint", str(model), "--base", repo_id, "--owner", owner]
    return f"it is at {address}; next\n  a demo of it:  {shlex.join(new)}"
