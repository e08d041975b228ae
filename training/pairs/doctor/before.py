"""The doctor before a training: what is wrong with pairs is said before hours go into them."""

import sys

from training.errors import UnusableDataset
from training.pairs.doctor.examining import examine
from training.pairs.doctor.findings import Verdict
from training.pairs.index import PAIRS

MOST = 1000
"""Pairs that are looked at: seconds, where `training.prepare --check` looks at all."""


def require_sound(name: str, *, pictures: tuple[str, ...] = PAIRS, most: int = MOST) -> None:
    """Says what had better be mended, on stderr. `pictures` are the columns that are trained on.

    Raises UnusableDataset where a training had better not begin, and HubRefusal.
    """
    diagnosis = examine(name, pictures=pictures, most=most)
    if diagnosis.verdict is Verdict.GO:
        return
    worst = diagnosis.findings[0]
    if diagnosis.verdict is Verdict.STOP:
        raise UnusableDataset(
            f"pairs to train on must be sound, got {name}: {worst.message} {worst.remedy} "
            f"`python -m training.prepare --check {name}` shows which; --unchecked trains anyway"
        )
    print(f"{diagnosis}\ntraining begins all the same", file=sys.stderr)
