"""Islands of the graph of looks."""

import pytest

from gallery.judging.islands import islands


@pytest.mark.parametrize(
    ("finished", "expected"),
    [
        ([], {1: 1, 2: 2, 3: 3, 4: 4}),
        ([(9, 1), (9, 2), (8, 3), (8, 4)], {1: 1, 2: 1, 3: 2, 4: 2}),
        ([(9, 1), (9, 2), (8, 2), (8, 3)], {1: 1, 2: 1, 3: 1, 4: 2}),
        ([(9, 4), (8, 4), (8, 3), (7, 99)], {3: 1, 4: 1, 1: 2, 2: 3}),
        ([(9, 1), (9, 2), (9, 3), (9, 4), (8, 1), (8, 4)], {1: 1, 2: 1, 3: 1, 4: 1}),
    ],
)
def test_demos_hang_together_through_jurors(
    finished: list[tuple[int, int]], expected: dict[int, int]
) -> None:
    assert islands([1, 2, 3, 4], finished) == expected
    assert islands([1, 2, 3, 4], finished[::-1]) == expected
