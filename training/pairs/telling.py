"""What a preparation says while it works and when it is done."""

from collections.abc import Callable

from tqdm import tqdm

from training.pairs.making import HELD_OUT, TRAIN
from training.pairs.report import Report

SHOWN = 5
"""Damaged samples that are named; the rest are in the file."""


class Bar:
    """Progress with the time left, from what was done since it began; on stderr."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._bar: tqdm | None = None

    def told(self, done: int, total: int) -> None:
        """The first word says how much was there already."""
        if self._bar is None:
            self._bar = tqdm(
                total=total, initial=done, desc=self._what, unit=" pictures", smoothing=0.05
            )
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Callable[[int, int], None]:
        return self.told

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def summary(report: Report, folder: object) -> str:
    """In lines, for who started it."""
    lines = [
        f"{report.pairs:,} pairs from {report.samples:,} samples in {folder}: "
        f"{report.rows[TRAIN]:,} for training, {report.rows[HELD_OUT]:,} held out"
    ]
    lines += [f"  {count:,} left out: {why}" for why, count in sorted(report.left_out.items())]
    if report.wordless:
        lines.append(f"  {report.wordless:,} without a caption")
    if report.damaged:
        lines.append(f"  {len(report.damaged):,} damaged, all listed in {folder}/damaged.jsonl:")
        lines += [f"    {each['key']}: {each['why']}" for each in report.damaged[:SHOWN]]
    return "\n".join(lines)
