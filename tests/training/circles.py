"""Pairs of drawn circles and a tiny base to train on, for the tests of the trainer."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from inference.checkpoints import save_bundle
from tests.tiny import tiny_bundle
from training.pairs.sources.circles import circle

SIDE = 64


def tiny_base(folder: Path) -> Path:
    """The tiny model's folder."""
    save_bundle(folder, tiny_bundle(folder))
    return folder


def circles(folder: Path, count: int = 24) -> Path:
    """`count` circles to train on and four held out."""
    folder.mkdir(parents=True)
    for name, numbers in (("train", range(count)), ("validation", range(count, count + 4))):
        drawn = [circle(number, size=SIDE, seed=0) for number in numbers]
        table = pa.table(
            {
                "image": [{"bytes": each.image, "path": None} for each in drawn],
                "conditioning_image": [{"bytes": one.conditioning, "path": None} for one in drawn],
                "text": [each.text for each in drawn],
            }
        )
        pq.write_table(table, folder / f"{name}-00000.parquet", row_group_size=8)
    return folder
