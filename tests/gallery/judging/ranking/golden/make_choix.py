"""Golden posterior means of pure Bradley-Terry comparisons, by choix's expectation propagation.

Made once, in an environment of its own (choix 0.4.1):

    PYTHONPATH=. python tests/gallery/judging/ranking/golden/make_choix.py

Qualities are normal with variance 1 beforehand; no ties, no jurors, no side. They are above the
mean of all demos.
"""

import json
from pathlib import Path

import choix
import numpy as np

CASES = {"few": (5, 12, 1), "some": (12, 60, 2), "many": (30, 400, 3)}


def golden(demos: int, pairs: int, seed: int) -> dict:
    random = np.random.default_rng(seed)
    true = random.normal(size=demos)
    found = []
    for _ in range(pairs):
        one, other = (int(each) for each in random.choice(demos, 2, replace=False))
        wins = random.random() < 1 / (1 + np.exp(true[other] - true[one]))
        found.append((one, other) if wins else (other, one))
    mean, covariance = choix.ep_pairwise(demos, found, alpha=1.0, model="logit")
    centre = np.eye(demos) - 1 / demos
    deviation = np.sqrt(np.diag(centre @ covariance @ centre))
    return {
        "demos": demos,
        "won": found,
        "quality": (mean - mean.mean()).round(5).tolist(),
        "deviation": deviation.round(5).tolist(),
    }


if __name__ == "__main__":
    made = {name: golden(*case) for name, case in CASES.items()}
    text = json.dumps(made, separators=(",", ":")) + "\n"
    (Path(__file__).parent / "choix.json").write_text(text)
