"""Pairs of circles or photos, written as a preparation writes them, with faults on purpose."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.training.pairs.photos import encoded, photo
from training.pairs import annotation
from training.pairs.making import Pair
from training.pairs.shards import FOLDER, ShardWriter, shard_name
from training.pairs.sources.circles import circle

SIZE = 64


def circles(count: int, *, held_out: int = 0) -> list[Pair]:
    """Pairs whose maps nobody here can draw again."""
    made = [circle(number, size=SIZE, seed=0) for number in range(count)]
    settings = json.dumps({"annotator": annotation.BROUGHT})
    return [
        Pair(
            split="validation" if number < held_out else "train",
            image=sample.image,
            conditioning=sample.conditioning or b"",
            text=sample.text,
            key=sample.key,
            settings=settings,
            kept=(),
        )
        for number, sample in enumerate(made)
    ]


def photos(count: int, *, annotator: str = "canny") -> list[Pair]:
    """Pairs whose maps were drawn by an annotator, and say so."""
    pairs = []
    for number in range(count):
        picture = photo(number, size=(SIZE, SIZE))
        drawn, settings = annotation.draw(annotator, picture, np.random.default_rng(number))
        files = encoded(picture, "PNG"), encoded(drawn, "PNG")
        pairs.append(
            Pair("train", *files, f"picture {number}", str(number), json.dumps(settings), ())
        )
    return pairs


def shuffled(pairs: Sequence[Pair], numbers: Sequence[int]) -> list[Pair]:
    """Of these pairs, each has the next one's map."""
    changed = list(pairs)
    for number, following in zip(numbers, [*numbers[1:], numbers[0]], strict=True):
        changed[number] = replace(pairs[number], conditioning=pairs[following].conditioning)
    return changed


def write(folder: Path, pairs: Sequence[Pair]) -> Path:
    (folder / FOLDER).mkdir(parents=True)
    for split in {pair.split for pair in pairs}:
        with ShardWriter(folder / FOLDER / shard_name(split, 0, 1), ()) as writer:
            for pair in pairs:
                if pair.split == split:
                    writer.add(pair)
    return folder
