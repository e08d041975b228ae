"""Evaluation tasks and their scores: colours, edges, palettes, styles.

A trial is a list of wishes, the requests that they amount to, and a score between 0 and 1, where
more is better (except in `palette_difference`). Seeds are 0, 1, 2, … in the order of the wishes.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from inference.controls.canny import canny
from inference.controls.palette import coarse
from inference.controls.scribble import scribble
from inference.errors import NotFinite
from inference.pipeline import Pipeline
from inference.request import Control, GenerationRequest, Result
from inference.slots import SLOTS
from training.data.colours import HUE_WORDS, name_colours
from training.data.controls import rough
from training.data.dataset import Dataset, originals_of
from training.data.names import name_key, with_article
from training.evaluation.edges import edge_f1
from training.evaluation.wishes import Wish, wanted

Pictures = Sequence[UInt8[np.ndarray, "H W 3"]]


@dataclass(frozen=True)
class Settings:
    """How to ask: None means as the model's own defaults say."""

    steps: int | None = None
    guidance_scale: float | None = None
    sampler: str | None = None


def request(
    wish: Wish, seed: int, settings: Settings, *, controls: Sequence[Control] = ()
) -> GenerationRequest:
    """The request that a wish amounts to: of pictures as they are painted."""
    return GenerationRequest(
        prompt=wish.caption,
        seed=seed,
        controls=tuple(controls),
        steps=settings.steps,
        guidance_scale=settings.guidance_scale,
        sampler=settings.sampler,
        upscale=1,
    )


def control(name: str, control_map: UInt8[np.ndarray, "H W 3"], scale: float = 1.0) -> Control:
    return Control(name=name, map=Image.fromarray(control_map), scale=scale)


def paint(pipeline: Pipeline, requests: Sequence[GenerationRequest]) -> list[Result]:
    """The results, in batches as large as the pipeline takes."""
    batches = [requests[i : i + SLOTS] for i in range(0, len(requests), SLOTS)]
    results = [result for batch in batches for result in pipeline.generate_together(batch)]
    for result in results:
        if isinstance(result, NotFinite):
            raise result
    return [result for result in results if isinstance(result, Result)]


def answers(
    pipeline: Pipeline,
    wishes: Sequence[Wish],
    settings: Settings,
    controls: Callable[[Wish], Sequence[Control]],
) -> list[UInt8[np.ndarray, "H W 3"]]:
    """One picture for each wish, which is shown the controls that `controls` makes of it."""
    requests = [request(w, i, settings, controls=controls(w)) for i, w in enumerate(wishes)]
    return [np.asarray(result.images[0]) for result in paint(pipeline, requests)]


def colour_shares(wishes: Sequence[Wish], pictures: Pictures) -> dict[str, float]:
    """For each colour word the share of pictures that have it."""
    pairs = list(zip(wishes, pictures, strict=True))
    shares = {}
    for word in HUE_WORDS:
        right = [name_colours(p).dominant == word for w, p in pairs if w.colour == word]
        if right:
            shares[word] = float(np.mean(right))
    return shares


def colour_right(wishes: Sequence[Wish], pictures: Pictures) -> float:
    """The share of pictures whose dominant colour is the one asked for."""
    pairs = zip(wishes, pictures, strict=True)
    return float(np.mean([name_colours(p).dominant == w.colour for w, p in pairs]))


def f1_of_each(wishes: Sequence[Wish], pictures: Pictures) -> list[float]:
    """F1 of each picture's canny edges against those wished for."""
    pairs = zip(wishes, pictures, strict=True)
    return [edge_f1(w.edges, canny(p)[..., 0]) for w, p in pairs]


def mean_f1(wishes: Sequence[Wish], pictures: Pictures) -> float:
    """The mean F1 of the pictures' canny edges against those wished for."""
    return float(np.mean(f1_of_each(wishes, pictures)))


def failures(wishes: Sequence[Wish], pictures: Pictures, *, count: int) -> list[int]:
    """Which failed worst: those of the wrong colour, then those of the lowest F1."""
    f1s = f1_of_each(wishes, pictures)
    pairs = zip(wishes, pictures, strict=True)
    right = [name_colours(p).dominant == w.colour for w, p in pairs]
    return sorted(range(len(f1s)), key=lambda i: (right[i], f1s[i]))[:count]


def outline_f1(wishes: Sequence[Wish], pictures: Pictures) -> float:
    """The same for outer contours alone, which is all that a scribble shows."""

    def outline(edges: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
        return scribble(edges, width=1.0)

    pairs = zip(wishes, pictures, strict=True)
    return float(np.mean([edge_f1(outline(w.edges), outline(canny(p)[..., 0])) for w, p in pairs]))


def palette_difference(palettes: Pictures, pictures: Pictures) -> float:
    """The mean difference of cells, 0 to 1, between the palettes given and those painted."""
    pairs = zip(palettes, pictures, strict=True)
    cells = [np.abs(coarse(a).astype(int) - coarse(b)).mean() / 255.0 for a, b in pairs]
    return float(np.mean(cells))


def both_colours(pairs: Sequence[tuple[str, str]], pictures: Pictures) -> float:
    """The share of pictures whose two main colours are the two asked for."""
    named = map(name_colours, pictures)
    hits = [{n.dominant, n.second} == set(p) for p, n in zip(pairs, named, strict=True)]
    return float(np.mean(hits))


def roughened(wishes: Sequence[Wish], *, seed: int = 0) -> list[Wish]:
    """The same wishes with maps as a finger draws them; their edges stay what is scored against."""
    return [
        replace(
            wish,
            control_map=np.repeat(
                rough(wish.edges, np.random.default_rng([seed, i]))[..., None], 3, axis=-1
            ),
        )
        for i, wish in enumerate(wishes)
    ]


def in_two_colours(wishes: Sequence[Wish]) -> tuple[list[Wish], list[tuple[str, str]]]:
    """The wishes' objects in two colours each, all pairs by turns."""
    every: list[tuple[str, str]] = [*itertools.permutations(HUE_WORDS, 2)]
    # 17 is prime to the 56 pairs: neighbours differ in both colours.
    pairs = [every[17 * i % len(every)] for i in range(len(wishes))]
    asked = [
        replace(wish, colour=one, caption=wanted(f"{one} and {other}", wish.name, wish.style))
        for wish, (one, other) in zip(wishes, pairs, strict=True)
    ]
    return asked, pairs


def restyled(wishes: Sequence[Wish], styles: Sequence[str]) -> list[Wish]:
    """The same wishes in the styles by turns, whatever set the drawing is of."""
    by_turns = [styles[i % len(styles)] for i in range(len(wishes))]
    return [
        replace(wish, style=style, caption=wanted(wish.colour, wish.name, style))
        for wish, style in zip(wishes, by_turns, strict=True)
    ]


def common_objects(data: Dataset, *, count: int) -> list[str]:
    """The objects drawn by the most sets, those with the shortest names first: apple, bus, cat."""
    sets: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    for row in originals_of(data):
        name, style = data.names[row], data.styles[row]
        spelled.setdefault(name_key(name), name)
        sets.setdefault(name_key(name), set()).add(style)
    keys = sorted(sets, key=lambda k: (-len(sets[k]), spelled[k].count(" "), len(k), k))
    return [spelled[key] for key in keys[:count]]


def uncoloured(wishes: Sequence[Wish]) -> list[Wish]:
    """The same wishes without a word for their colour."""
    return [replace(wish, caption=_in_style(wish.name, wish.style)) for wish in wishes]


def from_words(names: Sequence[str], styles: Sequence[str]) -> list[Wish]:
    """Each object once, in the styles by turns, without a colour or edges."""
    nothing = np.zeros((8, 8), np.uint8)
    wishes = []
    for i, name in enumerate(names):
        style = styles[i % len(styles)]
        wishes.append(Wish("", _in_style(name, style), nothing, name=name, style=style))
    return wishes


def _in_style(name: str, style: str) -> str:
    return f"{with_article(name)}, {style} icon" if style else with_article(name)


def style_shares(wishes: Sequence[Wish], judged: Sequence[str]) -> dict[str, float]:
    """For each style word the share of pictures that the judge gives that word."""
    pairs = [(wish.style, said) for wish, said in zip(wishes, judged, strict=True)]
    return {
        word: float(np.mean([said == word for style, said in pairs if style == word]))
        for word in sorted({style for style, _ in pairs})
    }
