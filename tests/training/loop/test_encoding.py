"""Pictures and captions encoded once, each as if it were alone."""

import numpy as np
import pytest

from tests.training.circles import tiny_base
from training.loop import base as bases
from training.loop.base import Base
from training.loop.encoding import Encoder
from training.loop.sharding import Placement

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), np.uint8)
CAPTIONS = [f"{number} cats" for number in range(8)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return bases.load(str(tiny_base(tmp_path_factory.mktemp("encoding"))))


@pytest.mark.slow
@pytest.mark.parametrize("order", [[7, 6, 5, 4, 3, 2, 1, 0], [3] * 8])
def test_what_lies_beside_it_and_where_it_lies_changes_no_bit(base: Base, order: list[int]) -> None:
    """So a run that goes on, and encodes anew what it had kept, ends as one that never stopped."""
    first, second = (Encoder(base, budget=0, placement=Placement.of()) for _ in range(2))
    for made, again in zip(first.latents(IMAGES), second.latents(IMAGES[order]), strict=True):
        np.testing.assert_array_equal(made[order], again)
    states = second.texts([CAPTIONS[at] for at in order])
    np.testing.assert_array_equal(first.texts(CAPTIONS)[order], states)


@pytest.mark.slow
def test_what_is_kept_stays_within_the_budget(base: Base) -> None:
    one = Encoder(base, budget=10**9, placement=Placement.of())
    one.latents(IMAGES)
    size = one.kept_bytes // len(IMAGES)
    few = Encoder(base, budget=3 * size + size // 2, placement=Placement.of())
    few.latents(IMAGES)
    assert few.kept_bytes == 3 * size
