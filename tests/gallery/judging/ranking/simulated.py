"""Figures of many simulated juries, printed; tests simulate fewer of them.

python -m tests.gallery.judging.ranking.simulated [juries]   coverage, the right three
python -m tests.gallery.judging.ranking.simulated speed        1,000 demos, 50 jurors, 10 criteria
python -m tests.gallery.judging.ranking.simulated plot FILE [juries]   the figures of docs, as SVG
python -m tests.gallery.judging.ranking.simulated keep [juries]   the same as golden/juries.json

BLAS has one thread, as in the gallery.
"""

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy comes

import numpy as np

from gallery.judging.ranking.evidence import Scale
from gallery.judging.ranking.fit import Ranking, rank
from gallery.judging.ranking.model import PRIORS
from gallery.judging.ranking.planning import drawn_spreads
from gallery.judging.ranking.simulation import Evening, Jury, evening
from gallery.judging.reckoning import METHOD
from tests.gallery.judging.ranking import rivals
from tests.gallery.judging.ranking.pictured import Bar, pictured

SEED = 5
GOLDEN = Path(__file__).parent / "golden" / "juries.json"
FIRST = 3
"""Juries whose qualities the golden file has, so that a changed model is noticed at once."""
PROMISED = 0.9
"""How much of the probability an interval holds."""
RIVALS: dict[str, Callable[[Evening], np.ndarray]] = {
    "means": rivals.by_means,
    "z-scores": rivals.by_z_scores,
    "Copeland points": rivals.by_copeland,
    "Crowd-BT": rivals.by_crowd_bt,
}


@dataclass(frozen=True)
class Seen:
    """One jury: the share of demos inside their interval, and of the right three by each method."""

    demos: int
    jurors: int
    covered: float
    severities: float
    right: dict[str, float]


def juries(count: int, seed: int = SEED) -> Iterator[Evening]:
    """From 5 to 60 demos, 3 to 12 jurors, 3 to 6 looks; every other one with comparisons."""
    for number in range(count):
        random = np.random.default_rng((seed, number))
        jurors, demos = int(random.integers(3, 13)), int(random.integers(5, 61))
        jury = Jury(
            demos,
            jurors,
            int(random.integers(3, min(jurors, 6) + 1)),
            spreads=drawn_spreads(PRIORS, random),
            order=float(random.normal(0, PRIORS.order)),
            comparisons=int(random.integers(0, 2) * random.integers(0, demos)),
        )
        yield evening(jury, random)


def ranked(night: Evening) -> Ranking:
    return rank(night.demos, night.jurors, night.scales, night.scores, night.comparisons)


def seen(night: Evening) -> Seen:
    ranking = ranked(night)
    truth = night.truth
    best = set(np.argsort(-truth.quality)[:3].tolist())
    right = {"ours": len({each.demo for each in ranking.standings[:3]} & best) / 3}
    for name, rival in RIVALS.items():
        found = np.argsort(-rival(night), kind="stable")[:3]
        right[name] = len(set(found.tolist()) & best) / 3
    return Seen(
        len(night.demos),
        len(night.jurors),
        float(
            np.mean(
                [
                    each.interval.lower <= truth.quality[int(each.demo)] <= each.interval.upper
                    for each in ranking.standings
                ]
            )
        ),
        float(
            np.mean(
                [
                    each.interval.lower <= truth.severity[int(each.juror)] <= each.interval.upper
                    for each in ranking.jurors
                ]
            )
        ),
        right,
    )


def report(count: int) -> None:
    found = [seen(night) for night in juries(count)]
    covered = np.array([each.covered for each in found])
    demos = np.array([each.demos for each in found])
    print(f"{count} juries, {demos.sum()} demos")
    print(
        f"90 % intervals cover {100 * covered @ demos / demos.sum():.1f} % of all demos, ", end=""
    )
    print(
        f"{100 * covered.mean():.1f} % ± {100 * covered.std() / len(found) ** 0.5:.1f} of a jury's"
    )
    print(f"and {100 * np.mean([each.severities for each in found]):.1f} % of severities")
    shares = defaultdict(list)
    for each in found:
        for name, share in each.right.items():
            shares[name].append(share)
    for name, values in shares.items():
        whole = np.mean(np.array(values) == 1)
        print(f"{name:16} {100 * np.mean(values):5.1f} % of the right three", end=", ")
        print(f"all three in {100 * whole:4.1f} %")


def first_qualities() -> list[list[float]]:
    """Of the first few juries, by rank."""
    return [[round(each.quality, 3) for each in ranked(night).standings] for night in juries(FIRST)]


def keep(count: int) -> str:
    """The figures of docs as JSON, with the method that gave them."""
    found = [seen(night) for night in juries(count)]
    demos = np.array([each.demos for each in found])
    covered = np.array([each.covered for each in found]) @ demos / demos.sum()
    right = {name: [each.right[name] for each in found] for name in found[0].right}
    told = {
        "method": METHOD,
        "juries": count,
        "covered": round(100 * float(covered), 1),
        "right": {name: round(100 * float(np.mean(each)), 1) for name, each in right.items()},
        "whole": {
            name: round(100 * float(np.mean(np.array(each) == 1)), 1)
            for name, each in right.items()
        },
        "first": first_qualities(),
    }
    return json.dumps(told, indent=2) + "\n"


def plot(count: int) -> str:
    """SVG: the right three by method, and how many truths the ranges hold."""
    found = [seen(night) for night in juries(count)]

    def bar(name: str, values: Sequence[float], inner: float | None = None) -> Bar:
        return Bar(name, float(np.mean(values)), float(np.std(values)) / len(values) ** 0.5, inner)

    shares = {name: [each.right[name] for each in found] for name in found[0].right}
    demos = np.array([each.demos for each in found])
    covered = np.array([each.covered for each in found])
    pooled = float(covered @ demos / demos.sum())
    return pictured(
        juries=count,
        right=[
            bar("this ranking" if name == "ours" else name, values, float(np.mean(whole)))
            for name, values in shares.items()
            for whole in [np.array(values) == 1]
        ],
        covered=[
            Bar("demos", pooled, float(np.std(covered)) / count**0.5),
            bar("jurors' severities", [each.severities for each in found]),
        ],
        promised=PROMISED,
    )


def large(demos: int, jurors: int, criteria: int, looks: int) -> Evening:
    scales = tuple(Scale(f"c{number}", 1, 5, 1.0) for number in range(criteria))
    return evening(Jury(demos, jurors, looks, scales=scales), np.random.default_rng(0))


def speed() -> None:
    for demos, looks in ((1000, 3), (250, 50), (500, 50), (1000, 50)):
        night = large(demos, 50, 10, looks)
        wall, work = time.perf_counter(), time.process_time()
        ranked(night)
        wall, work = time.perf_counter() - wall, time.process_time() - work
        print(f"{demos} demos × 50 jurors × 10 criteria, {len(night.scores):6} scores: ", end="")
        print(f"{wall:.2f} s ({work:.2f} s of work)")


if __name__ == "__main__":
    if sys.argv[1:] == ["speed"]:
        speed()
    elif sys.argv[1:2] == ["plot"]:
        Path(sys.argv[2]).write_text(plot(int(sys.argv[3]) if len(sys.argv) > 3 else 1000), "utf-8")
    elif sys.argv[1:2] == ["keep"]:
        GOLDEN.write_text(keep(int(sys.argv[2]) if len(sys.argv) > 2 else 1000), "utf-8")
    else:
        report(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
