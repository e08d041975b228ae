"""The benchmark of training on TPUs: its search for the largest batch, and its arithmetic."""

import pytest

from tests.bench import training, training_ours
from tests.bench.chips import V4_8, V5E
from tests.bench.models import Model
from training.loop.sharding import Placement

TINY = Model(
    name="tiny",
    shared={
        "in_channels": 4,
        "block_out_channels": (32, 32),
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "layers_per_block": 1,
        "attention_head_dim": 2,
        "cross_attention_dim": 8,
    },
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    conditioning_embedding_out_channels=(16, 32),
    latents=16,
    downscale=2,
    tokens=4,
)


def test_a_roofline_is_the_longer_of_arithmetic_and_memory():
    assert V4_8.roofline(flops=275e12, hbm_bytes=0.6e12) == 1.0
    assert V5E.roofline(flops=19.7e12, hbm_bytes=0.819e12) == 1.0


@pytest.mark.parametrize(
    ("limit", "guess", "found", "asked"),
    [
        (11, 8, 8, [8, 16]),
        (11, 32, 8, [32, 16, 8]),
        (11, 2, 8, [2, 4, 8, 16]),
        (0, 2, 0, [2, 1]),
    ],
)
def test_the_largest_batch_is_found_with_few_programs(limit, guess, found, asked):
    questions = []

    def fits(count):
        questions.append(count)
        return count <= limit

    assert training.largest(fits, guess=guess) == found
    assert questions == asked


def test_a_stopped_search_for_the_largest_batch_goes_on(tmp_path):
    file = tmp_path / "training.json"
    training.Kept(file).cost("plain, 1", lambda: {"fits": True})
    kept = training.Kept(file)
    assert kept.cost("plain, 1", dict) == {"fits": True}
    assert kept.read == 1


@pytest.mark.slow
def test_the_step_that_is_compiled_is_what_the_trainer_makes_of_its_batch():
    step = training_ours.lowered(TINY, Placement.of(), batch=2, remat=True)
    arguments, losses = step.in_avals, step.out_info[1]
    batch = arguments[0][1]
    assert batch.rows.maps.shape == (2, 32, 32, 3)
    assert {"loss", "loss/0-99", "gradient_norm"} <= losses.keys()
