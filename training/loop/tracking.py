"""Experiment trackers: the log's figures in TensorBoard, Trackio or Weights & Biases."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.errors import WrongSettings
from training.loop.run import Tracker


def trackers(names: str, out: Path) -> list[Tracker]:
    """A tracker for each of the names, which commas separate. Raises WrongSettings."""
    return [_made(name.strip(), out) for name in names.split(",") if name.strip()]


def _made(name: str, out: Path) -> Tracker:
    if name not in _KNOWN:
        raise WrongSettings(f"track must name {', '.join(_KNOWN)}, got {name!r}; choose among them")
    package, make = _KNOWN[name]
    try:
        module = importlib.import_module(package)
    except ImportError:
        installed = package.partition(".")[0]
        raise WrongSettings(
            f"track = {name!r} needs the package {installed}, got none; pip install {installed}"
        ) from None
    return make(module, out)


def _tensorboard(module: Any, out: Path) -> Tracker:
    writer = module.SummaryWriter(str(out / "tensorboard"))

    def tell(step: int, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return tell


def _runs(module: Any, out: Path) -> Tracker:
    """Trackio has the interface of Weights & Biases."""
    module.init(project=out.parent.name or "training", name=out.name)
    return lambda step, figures: module.log(figures, step=step)


_KNOWN: dict[str, tuple[str, Callable[[Any, Path], Tracker]]] = {
    "tensorboard": ("tensorboardX", _tensorboard),
    "trackio": ("trackio", _runs),
    "wandb": ("wandb", _runs),
}
