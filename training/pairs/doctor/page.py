"""A diagnosis as one HTML file: verdict, findings with their pictures, samples, histograms."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from inference.errors import InvalidImage
from spaces.look.palette import LIGHT
from spaces.look.tokens import inline, tokens
from training.pairs.doctor.examining import Diagnosis
from training.pairs.doctor.findings import Finding, Verdict
from training.pairs.streaming import pixels

NAME = "check.html"
SAMPLES = 12
EXAMPLES = 4
SIDE = 160
"""Pixels of a picture on the page; the page has a few dozen."""
BARS = 20
SIGNS = {Verdict.GO: "✓", Verdict.MEND: "!", Verdict.STOP: "✕"}
KINDS = {Verdict.GO: "success", Verdict.MEND: "warning", Verdict.STOP: "failure"}


@dataclass(frozen=True)
class Shown:
    """A pair on the page; its pictures as data addresses."""

    image: str
    conditioning: str | None
    text: str
    where: str


@dataclass(frozen=True)
class Histogram:
    """`bars` are heights from 0 to 1, evenly over `low` to `high`; `told` says it in words."""

    title: str
    bars: tuple[float, ...]
    low: str
    high: str
    told: str


def write_page(diagnosis: Diagnosis, path: Path) -> None:
    """Whole or not at all; it needs no other file and no network."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("page.html").render(
        diagnosis=diagnosis,
        verdict=diagnosis.verdict,
        signs=SIGNS,
        kinds=KINDS,
        findings=[(each, _examples(diagnosis, each)) for each in diagnosis.findings],
        samples=_shown(diagnosis, _spread(len(diagnosis.pairs), SAMPLES)),
        histograms=_histograms(diagnosis),
        tokens=tokens(inline),
    )
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(page, "utf-8")
    partial.replace(path)


def _examples(diagnosis: Diagnosis, finding: Finding) -> list[Shown]:
    found = finding.examples if finding.verdict is not Verdict.GO else ()
    return _shown(diagnosis, found[:EXAMPLES])


def _shown(diagnosis: Diagnosis, numbers: Sequence[int]) -> list[Shown]:
    shown = []
    for number in numbers:
        pair = diagnosis.pairs[number]
        if pair.facts.problem is None:
            row = diagnosis.row(number)
            drawn = None if row.conditioning is None else _small(row.conditioning)
            shown.append(Shown(_small(row.image), drawn, text=pair.text, where=pair.where))
    return shown


def _small(data: bytes) -> str:
    try:
        image = Image.fromarray(pixels(data, "the picture"))
    except InvalidImage:  # it could be read a moment ago
        image = Image.new("RGB", (SIDE, SIDE), LIGHT.hairline)
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=80)
    return f"data:image/webp;base64,{_base64(stream.getvalue())}"


def _histograms(diagnosis: Diagnosis) -> list[Histogram]:
    read = [pair for pair in diagnosis.pairs if pair.facts.problem is None]
    lengths = np.asarray([len(pair.text) for pair in diagnosis.pairs])
    coverage = np.asarray([100 * pair.facts.coverage for pair in read if pair.facts.has_map])
    captions = _histogram("Length of captions", lengths, "characters")
    if not len(coverage):
        return [captions]
    return [captions, _histogram("Brightness of maps", coverage, "% of white")]


def _histogram(title: str, values: np.ndarray, unit: str) -> Histogram:
    if not len(values):
        return Histogram(title, (), "", "", "nothing to show")
    counts, edges = np.histogram(values, BARS)
    low, middle, high = np.percentile(values, [5, 50, 95])
    return Histogram(
        title,
        tuple(float(count) / max(1, counts.max()) for count in counts),
        low=f"{edges[0]:.3g}",
        high=f"{edges[-1]:.3g}",
        told=f"half have {middle:.3g} {unit} or less; nine in ten between {low:.3g} and {high:.3g}",
    )


def _spread(count: int, most: int) -> list[int]:
    """Some numbers below `count`, spread evenly but for a little."""
    rng = np.random.default_rng(0)
    return sorted(int(n) for n in rng.choice(count, size=min(count, most), replace=False))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
