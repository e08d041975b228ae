"""The judge of styles: what it looks at, what it learns, and what it says about itself."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from inference.checkpoints import load_bundle
from tests.training.data.test_styles import ball
from training.data.dataset import Dataset
from training.evaluation.style_judge import autoencoded, features, fit, logistic


def balls(styles: list[str], *, seed: int) -> Dataset:
    """Flat and shaded balls, all of them a little noisy."""
    rng = np.random.default_rng(seed)
    fallings = [rng.uniform(1.0, 2.0) if style == "shaded" else 0.0 for style in styles]
    noise = rng.normal(0.0, 1.0, (len(styles), 128, 128, 3))
    pictures = np.stack([ball(falling=falling) for falling in fallings]) + noise
    names = [str(i) for i in range(len(styles))]
    return Dataset(
        images=np.clip(pictures, 0, 255).astype(np.uint8),
        maps=np.zeros((len(styles), 128, 128), np.uint8),
        captions=names,
        names=names,
        styles=styles,
        sources=names,
        looks=styles,
    )


def test_the_judge_learns_what_can_be_seen_and_knows_how_often_it_is_right() -> None:
    train, held_out = (balls(["flat", "shaded"] * 10, seed=seed) for seed in (0, 1))

    judge = fit(train, held_out, lambda pictures, _: pictures)

    assert judge.accuracy == 1.0
    assert judge([ball(falling=0.0), ball(falling=1.8)]) == ["flat", "shaded"]


def test_a_judge_that_cannot_tell_says_so() -> None:
    train, held_out = (balls(["flat", "shaded"] * 10, seed=seed) for seed in (0, 1))
    mixed = dataclasses.replace(held_out, images=held_out.images[np.arange(20) // 4])

    assert fit(train, mixed, lambda pictures, _: pictures).accuracy == pytest.approx(0.5, abs=0.1)


def test_other_sets_are_not_asked() -> None:
    styles = ["flat", "shaded"] * 10
    train, held_out = (balls(styles, seed=seed) for seed in (0, 1))
    with_others = dataclasses.replace(train, styles=[*styles[:-4], "soft", "bold", "soft", "bold"])

    shown = []

    def through(pictures: Sequence[np.ndarray], styles: Sequence[str]) -> Sequence[np.ndarray]:
        shown.append((len(pictures), list(styles)))
        return pictures

    fit(with_others, held_out, through)

    assert shown == [(16, styles[:16])]


def test_the_shares_rise_with_the_steepness_to_all() -> None:
    for part in np.split(features(ball(falling=1.5)), 4):
        assert (np.diff(part) >= 0.0).all()
        assert 0.0 <= part[0] <= part[-1] <= 1.0


def test_newton_s_method_comes_to_where_the_gradient_vanishes() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    y = x @ np.asarray([1.0, -2.0, 0.0, 0.5]) + rng.logistic(size=200) > 0.0

    weights = logistic(x, y)

    p = 1.0 / (1.0 + np.exp(-x @ weights))
    np.testing.assert_allclose(x.T @ (p - y) / 200 + 1e-3 * weights, 0.0, atol=1e-9)
    assert weights[1] < -1.0 < 0.4 < weights[0]


@pytest.mark.slow
def test_the_autoencoder_gives_pictures_back_best_when_their_shades_are_marked() -> None:
    pictures = [ball(falling=0.0), ball(falling=2.0)] * 2

    rebuilt = autoencoded(
        load_bundle("embedded"), pictures, ["flat", "shaded", "soft", "soft"], batch_size=3
    )

    errors = [
        np.abs(picture.astype(int) - copy).mean()
        for picture, copy in zip(pictures, rebuilt, strict=True)
    ]
    assert max(errors[:3]) < 8.0
    assert errors[1] < errors[3] < 15.0
