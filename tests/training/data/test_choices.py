"""One of several, for each sample of a batch."""

import numpy as np

from training.data.choices import Choices, siblings


def test_each_draws_from_its_own_options_and_from_all_of_them() -> None:
    choices = Choices.of([[7], [3, 4, 5]])
    rng = np.random.default_rng(0)

    drawn = np.stack([choices.draw(np.asarray([0, 1, 1]), rng) for _ in range(60)])

    assert set(drawn[:, 0]) == {7}
    assert set(drawn[:, 1]) == set(drawn[:, 2]) == {3, 4, 5}


def test_copies_of_a_drawing_know_each_other() -> None:
    copies = siblings(["a", "b", "a"])
    rng = np.random.default_rng(0)

    drawn = [copies.draw(np.asarray([0, 1, 2]), rng) for _ in range(20)]

    assert {int(rows[0]) for rows in drawn} == {int(rows[2]) for rows in drawn} == {0, 2}
    assert {int(rows[1]) for rows in drawn} == {1}
