"""Edge F1 on maps made by hand."""

import numpy as np
import pytest

from training.evaluation.edges import edge_f1


def line(column: int, *, size: int = 128) -> np.ndarray:
    edges = np.zeros((size, size), np.uint8)
    edges[:, column] = 255
    return edges


def test_a_map_agrees_with_itself() -> None:
    assert edge_f1(line(40), line(40)) == 1.0


@pytest.mark.parametrize(("shift", "expected"), [(2, 1.0), (3, 0.0)])
def test_two_cells_off_is_tolerated_and_three_are_not(shift: int, expected: float) -> None:
    assert edge_f1(line(40), line(40 + shift)) == expected


def test_half_of_the_edges_missing_costs_recall() -> None:
    both = np.maximum(line(40), line(90))

    assert edge_f1(both, line(40)) == pytest.approx(2 * 1.0 * 0.5 / 1.5)


def test_half_of_the_edges_invented_costs_precision() -> None:
    both = np.maximum(line(40), line(90))

    assert edge_f1(line(40), both) == pytest.approx(2 * 1.0 * 0.5 / 1.5)


def test_maps_of_other_sizes_are_compared_on_one_grid() -> None:
    assert edge_f1(line(20, size=64), line(40)) == 1.0


def test_empty_maps_agree_with_each_other_only() -> None:
    empty = np.zeros((64, 64), np.uint8)

    assert edge_f1(empty, empty) == 1.0
    assert edge_f1(empty, line(40)) == 0.0
    assert edge_f1(line(40), empty) == 0.0
