"""Control score: how well pictures follow their maps, with the ControlNet and without it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from inference.controls.annotators import annotate
from inference.intake import defaults_of
from inference.models.controlnet import ControlNetModel
from inference.sampling import read_scheduler
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.edges import edge_f1
from training.evaluation.examples import Example
from training.evaluation.preview import Preview
from training.loop.base import Base
from training.loop.checkpoint import Params

LINES = frozenset({"canny", "strokes", "scribble", "softedge", "lineart", "lineart_anime", "mlsd"})
"""Annotators whose maps are lines; of others, maps are compared pixel by pixel."""
SURE = 3.0
"""So many standard errors must lie between with and without for a ControlNet to obey."""


class Obedience:
    """Scores a ControlNet on held-out examples at the settings that the model is served with."""

    def __init__(
        self,
        base: Base,
        controlnet: ControlNetModel,
        examples: Sequence[Example],
        annotator: str,
        *,
        steps: int | None = None,
    ) -> None:
        self._base = base
        self._examples = examples
        self._annotator = annotator
        self._with = Preview(base, controlnet)
        self._settings: dict[str, Any] = serving_settings(base) | (
            {"steps": steps} if steps else {}
        )
        self._since: int | None = None
        self._plain: UInt8[np.ndarray, "N H W 3"] | None = None

    def score(self, controlnet: Params, *, step: int, out: Path) -> dict[str, float]:
        """The figures `control` and `control without`; writes `OUT/sheets/STEP.png`.

        Tells whether the ControlNet obeys, and since when. Without examples there is nothing to do.
        """
        if not self._examples:
            return {}
        base = self._base.params
        pictures = self._with.paint(
            {**base, "controlnet": controlnet}, self._examples, **self._settings
        )
        plain = self._painted_without()
        with_it, without = self._scores(pictures), self._scores(plain)
        self._write_sheet(out / "sheets" / f"{step:07d}.png", pictures, plain)
        self._since = self._obeys_since(with_it, without, step, out / "obeys.json")
        print(told(step, with_it.mean(), without.mean(), self._since), flush=True)
        return {"control": float(with_it.mean()), "control without": float(without.mean())}

    def _painted_without(self) -> UInt8[np.ndarray, "N H W 3"]:
        """The base does not change, so this is painted once."""
        if self._plain is None:
            alone = Preview(self._base)
            self._plain = alone.paint(self._base.params, self._examples, **self._settings)
        return self._plain

    def _scores(self, pictures: UInt8[np.ndarray, "N H W 3"]) -> Float[np.ndarray, " N"]:
        pairs = zip(self._examples, pictures, strict=True)
        return np.asarray([agreement(self._annotator, each.map, got) for each, got in pairs])

    def _obeys_since(
        self,
        with_it: Float[np.ndarray, " N"],
        without: Float[np.ndarray, " N"],
        step: int,
        file: Path,
    ) -> int | None:
        """The step since which it has obeyed at each look; kept in the run's folder."""
        since = json.loads(file.read_text())["since"] if file.exists() else None
        since = (since if since is not None else step) if surely_more(with_it, without) else None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"since": since}) + "\n")
        return since

    def _write_sheet(
        self,
        file: Path,
        pictures: UInt8[np.ndarray, "N H W 3"],
        plain: UInt8[np.ndarray, "N H W 3"],
    ) -> None:
        """A row for each example: its map, the picture that it is from, with control, without."""
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            tile
            for each, got, alone in zip(self._examples, pictures, plain, strict=True)
            for tile in (each.map, each.image, got, alone)
        ]
        Image.fromarray(contact_sheet(rows, columns=4)).save(file)


def agreement(
    annotator: str, wanted: UInt8[np.ndarray, "H W 3"], picture: UInt8[np.ndarray, "H W 3"]
) -> float:
    """1.0 where the picture's own map is the one that was asked for.

    Of lines it is the F1 score of the two maps' edges, of others 1 less their mean absolute
    difference.
    """
    height, width = wanted.shape[:2]
    got = np.asarray(annotate(annotator, Image.fromarray(picture), (width, height)))
    if annotator in LINES:
        return edge_f1(wanted.max(axis=-1), got.max(axis=-1))
    return 1.0 - float(np.abs(wanted.astype(float) - got.astype(float)).mean()) / 255.0


def surely_more(
    with_it: Float[np.ndarray, " N"], without: Float[np.ndarray, " N"], *, least: float = 0.05
) -> bool:
    """Whether the mean paired difference is `SURE` standard errors above 0, and worth a word."""
    more = with_it - without
    error = more.std(ddof=1) / np.sqrt(len(more)) if len(more) > 1 else 0.0
    return bool(more.mean() >= max(least, SURE * error))


def told(step: int, with_it: float, without: float, since: int | None) -> str:
    figures = f"control {with_it:.2f}, without it {without:.2f}"
    if since is None:
        return f"step {step:,}: does not obey yet: {figures}"
    return f"step {step:,}: obeys since step {since:,}: {figures}"


def serving_settings(base: Base) -> dict[str, Any]:
    """Sampler, steps and guidance as the pipeline takes them where a request says nothing."""
    defaults, _ = defaults_of(base.generation, read_scheduler(base.scheduler))
    return {name: getattr(defaults, name) for name in ("sampler", "steps", "guidance_scale")}
