"""The evaluation report: figures and sheets, a section for each thing a model may be able to do."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import UInt8

from inference.pipeline import Pipeline
from inference.request import Control, GenerationRequest, Result
from training.data.dataset import Dataset
from training.evaluation import trials
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.style_judge import StyleJudge
from training.evaluation.trials import Settings, answers, control
from training.evaluation.wishes import Wish, sheet, wishes_for

SCALES = (1.0, 0.5, 0.0)
SHEET_SEEDS = range(24)
FAILURES = 16
"""How many of the worst pictures are shown by themselves."""

Ask = Callable[[Wish], Sequence[Control]]


@dataclass
class Evaluation:
    """Figures by name, in the order of the table; sheets by file name; the key of common.png."""

    figures: dict[str, Any] = field(default_factory=dict)
    sheets: dict[str, UInt8[np.ndarray, "H W 3"]] = field(default_factory=dict)
    common: Sequence[str] = ()


@dataclass(frozen=True)
class Measure:
    """A model that is being measured: each method adds what it finds to `found`."""

    pipeline: Pipeline
    settings: Settings
    found: Evaluation

    def can(self, *names: str) -> bool:
        """Whether the model has these ControlNets."""
        return set(names) <= set(self.pipeline.info.controls)

    def edges(self, title: str, wishes: Sequence[Wish], *, scales: Sequence[float]) -> None:
        """How well canny maps are followed, from full strength on down."""
        for scale in scales:
            pictures = self._answers(wishes, lambda w, s=scale: [control("canny", w.map, s)])
            self.found.figures[f"{title} edge_f1 at {scale:g}"] = trials.mean_f1(wishes, pictures)
            if scale == 1.0:
                right = trials.colour_right(wishes, pictures)
                self.found.figures[f"{title} colour_right"] = right
                self.found.figures[f"{title} colours"] = trials.colour_shares(wishes, pictures)
                self._add_sheet(title, wishes, pictures)
                worst = trials.failures(wishes, pictures, count=FAILURES)
                self._add_sheet(
                    f"{title}-failures", [wishes[i] for i in worst], [pictures[i] for i in worst]
                )

    def two_colours(self, wishes: Sequence[Wish]) -> None:
        """Whether both colours of "a red and blue teapot" are there."""
        two, pairs = trials.in_two_colours(wishes)
        pictures = self._answers(two, _edges)
        self.found.figures["two colours right"] = trials.both_colours(pairs, pictures)
        self._add_sheet("two-colours", two, pictures)

    def scribble(self, held_out: Dataset, *, count: int) -> None:
        """Whether thick strokes become outlines."""
        drawn = wishes_for(held_out, count=count, control="scribble")
        pictures = self._answers(drawn, lambda w: [control("scribble", w.map)])
        self.found.figures["scribble outline_f1"] = trials.outline_f1(drawn, pictures)
        self.found.figures["scribble colour_right"] = trials.colour_right(drawn, pictures)
        self._add_sheet("scribble", drawn, pictures)

    def palette(self, held_out: Dataset, *, count: int) -> None:
        """Whether colours go where they are told to, alone and together with edges."""
        drawn = wishes_for(held_out, count=count, control="palette")
        palettes = [wish.map for wish in drawn]

        def ask(wish: Wish) -> list[Control]:
            return [control("palette", wish.map)]

        unsaid = self._answers(trials.uncoloured(drawn), ask)
        self.found.figures["palette difference without colour words"] = trials.palette_difference(
            palettes, unsaid
        )
        asks: dict[str, Ask] = {"palette": ask}
        if self.can("canny"):
            asks["edges-and-palette"] = lambda w: [*_edges(w), *ask(w)]
        for title, both in asks.items():
            pictures = self._answers(drawn, both)
            difference = trials.palette_difference(palettes, pictures)
            self.found.figures[f"{title} difference"] = difference
            if title != "palette":
                self.found.figures[f"{title} edge_f1"] = trials.mean_f1(drawn, pictures)
            self._add_sheet(title, drawn, pictures)

    def words_alone(self, train: Dataset, styles: Sequence[str], *, count: int) -> list[Wish]:
        """The sheet of common objects; returns what was asked for."""
        # In no order that could be guessed from, for whoever looks without the key.
        names = np.random.default_rng(0).permutation(trials.common_objects(train, count=count))
        names = [str(name) for name in names]
        wishes = trials.from_words(names, styles)
        pictures = self._answers(wishes, lambda _: [])
        self.found.sheets["common.png"] = contact_sheet(pictures, columns=20)
        self.found.common = names
        return wishes

    def styles(self, judge: StyleJudge, asked: Mapping[str, tuple[Sequence[Wish], Ask]]) -> None:
        """Whether the judge sees the style that was asked for, and how good a judge it is."""
        for title, (wishes, ask) in asked.items():
            shares = trials.style_shares(wishes, judge(self._answers(wishes, ask)))
            self.found.figures[f"{title} style_right"] = float(np.mean(list(shares.values())))
            self.found.figures[f"{title} styles"] = shares
        self.found.figures["style judge's accuracy on held-out icons"] = judge.accuracy

    def seeds(self, wishes: Sequence[Wish]) -> None:
        """A sheet with a row for each wish: seeds 0 to 23, none left out."""
        requests = [
            trials.request(wish, seed, self.settings, controls=_edges(wish))
            for wish in wishes
            for seed in SHEET_SEEDS
        ]
        pictures = [np.asarray(r.images[0]) for r in trials.paint(self.pipeline, requests)]
        self.found.sheets["seeds.png"] = contact_sheet(pictures, columns=len(SHEET_SEEDS))

    def seconds(self, title: str, wishes: Sequence[Wish]) -> None:
        """The median time of one picture alone."""
        ask = _edges if self.can("canny") else lambda _: []
        requests = [
            trials.request(w, i, self.settings, controls=ask(w)) for i, w in enumerate(wishes)
        ]
        self.found.figures[title] = seconds_alone(self.pipeline, requests)

    def _answers(self, wishes: Sequence[Wish], ask: Ask) -> list[UInt8[np.ndarray, "H W 3"]]:
        return answers(self.pipeline, wishes, self.settings, ask)

    def _add_sheet(self, title: str, wishes: Sequence[Wish], pictures: trials.Pictures) -> None:
        self.found.sheets[f"{title}.png"] = sheet(wishes, np.stack(pictures))


def seconds_alone(pipeline: Pipeline, requests: Sequence[GenerationRequest]) -> float:
    """The median time of one picture, made by itself, after warm-up."""
    pipeline.warm_up()
    seconds = []
    for one in requests:
        for update in pipeline.generate(one):
            if isinstance(update, Result):
                seconds.append(update.seconds)
    return statistics.median(seconds)


def _edges(wish: Wish) -> list[Control]:
    """The wish's edges, whatever map it has besides."""
    return [control("canny", np.repeat(wish.edges[..., None], 3, axis=-1))]
