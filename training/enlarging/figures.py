"""Figures of an upscaler: PSNR, SSIM, crispness and colour shift, beside Lanczos.

What is enlarged are held-out drawings through the model's autoencoder, whose large drawings are
known, and what the model paints along their edges, of which none are.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from skimage.color import rgb2lab
from skimage.metrics import structural_similarity

from inference.pipeline import Pipeline
from inference.request import GenerationRequest
from training.data.dataset import Dataset
from training.data.styles import LOOKS
from training.enlarging import pairs
from training.evaluation import trials
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.measure import Evaluation
from training.evaluation.style_judge import StyleJudge
from training.evaluation.trials import Pictures, Settings, control
from training.evaluation.wishes import wishes_for

STEEPEST = 0.005
"""The share of differences between neighbours that makes a picture look crisp."""
SHOWN = 48
"""Pictures in the sheet, before and after."""


def psnr(one: UInt8[np.ndarray, "H W 3"], other: UInt8[np.ndarray, "H W 3"]) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = np.square(one.astype(np.float64) - other).mean()
    return float(10.0 * np.log10(255.0**2 / max(error, 1e-10)))


def ssim(one: UInt8[np.ndarray, "H W 3"], other: UInt8[np.ndarray, "H W 3"]) -> float:
    """Structural similarity (Wang et al. 2004), 1 for the same picture."""
    similarity: Any = structural_similarity(one, other, channel_axis=-1)
    return float(similarity)


def steepness(picture: UInt8[np.ndarray, "H W 3"]) -> float:
    """The mean of the largest half percent of differences between neighbours, 0 to 255."""
    pixels = picture.astype(np.int16)
    differences = np.concatenate(
        [np.abs(np.diff(pixels, axis=axis)).max(axis=-1).ravel() for axis in (0, 1)]
    )
    count = max(1, round(STEEPEST * len(differences)))
    return float(np.partition(differences, -count)[-count:].mean())


def colour_shift(small: UInt8[np.ndarray, "H W 3"], large: UInt8[np.ndarray, "sH sW 3"]) -> float:
    """The mean difference in CIELAB (1976) between a picture and its enlargement made small."""
    return float(np.linalg.norm(rgb2lab(small) - rgb2lab(shrunk(large, small)), axis=-1).mean())


def shrunk(
    large: UInt8[np.ndarray, "sH sW 3"], like: UInt8[np.ndarray, "H W 3"]
) -> UInt8[np.ndarray, "H W 3"]:
    """The picture at the size of another, areas averaged."""
    return np.asarray(Image.fromarray(large).reduce(large.shape[0] // like.shape[0]))


def lanczos(picture: UInt8[np.ndarray, "H W 3"], times: int) -> UInt8[np.ndarray, "sH sW 3"]:
    """The picture enlarged as one does it who knows nothing of what it shows."""
    height, width = picture.shape[:2]
    size = (times * width, times * height)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def enlarged(pipeline: Pipeline, pictures: Pictures) -> list[UInt8[np.ndarray, "sH sW 3"]]:
    """Pictures as the model hands them over, of its own size, not painted anew."""
    requests = [
        GenerationRequest(
            init_image=Image.fromarray(picture), strength=0.0, upscale=pipeline.info.upscales[-1]
        )
        for picture in pictures
    ]
    return [np.asarray(result.images[0]) for result in trials.paint(pipeline, requests)]


def measure_upscaler(
    pipeline: Pipeline,
    held_out: Dataset,
    folder: Path,
    *,
    count: int,
    judge: StyleJudge | None,
    found: Evaluation,
) -> None:
    """Adds what there is to say of a model's upscaler, and the sheet `crisp.png`.

    Raises UnusableDataset where the folder has no large drawings.
    """
    times = pipeline.info.upscales[-1]
    data = pairs.originals(held_out, count=count)
    large = list(pairs.read_large(folder, data, times=times))
    rebuilt = list(pairs.rebuild(found.figures["model"], data))
    _add_distances(
        found, large, after=enlarged(pipeline, rebuilt), before=[lanczos(p, times) for p in rebuilt]
    )

    wishes = trials.restyled(wishes_for(data, count=count), LOOKS)
    has_edges = "canny" in pipeline.info.controls
    painted = trials.answers(
        pipeline, wishes, Settings(), lambda w: [control("canny", w.map)] if has_edges else []
    )
    after, before = enlarged(pipeline, painted), [lanczos(p, times) for p in painted]
    figures = found.figures
    figures["crisp steepness"] = _mean(steepness, after) / _mean(steepness, before)
    figures["crisp steepness of drawings"] = _mean(steepness, large) / _mean(
        steepness, [lanczos(p, times) for p in data.images]
    )
    shifts = [colour_shift(p, q) for p, q in zip(painted, after, strict=True)]
    figures["crisp colour_shift"] = float(np.mean(shifts))
    small = [shrunk(q, p) for p, q in zip(painted, after, strict=True)]
    for name, score in (("edge_f1", trials.mean_f1), ("colour_right", trials.colour_right)):
        figures[f"crisp {name} less"] = score(wishes, painted) - score(wishes, small)
    if judge is not None:
        right = [
            _mean(lambda pair: pair[0].style == pair[1], zip(wishes, judge(made), strict=True))
            for made in (painted, small)
        ]
        figures["crisp style_right less"] = right[0] - right[1]
    figures["crisp milliseconds"] = 1e3 * _seconds(lambda: enlarged(pipeline, painted[:1]))
    both = [np.concatenate(pair, axis=1) for pair in zip(before, after, strict=True)]
    found.sheets["crisp.png"] = contact_sheet(both[:SHOWN], columns=6)


def _add_distances(found: Evaluation, true: Pictures, *, after: Pictures, before: Pictures) -> None:
    for name, how in (("psnr", psnr), ("ssim", ssim)):
        ours, theirs = (
            float(np.mean([how(a, b) for a, b in zip(true, made, strict=True)]))
            for made in (after, before)
        )
        found.figures[f"crisp {name}"] = ours
        found.figures[f"crisp {name} over Lanczos"] = ours - theirs


def _mean(figure: Callable[[Any], float], pictures: Iterable[Any]) -> float:
    return float(np.mean([figure(picture) for picture in pictures]))


def _seconds(work: Callable[[], object], *, runs: int = 9) -> float:
    """The median, after one run that does not count."""
    work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return median(seconds)
