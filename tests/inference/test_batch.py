"""What a tick is told: a row for each image, two where it is guided, and each ControlNet's own."""

from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from inference.batch import SIZES, Image, nothing_advances, size_of, tick_of
from inference.job import Job
from inference.request import GenerationRequest
from inference.sampling import build_table

MAP = Picture.new("RGB", (64, 64))
NO_TEXT = np.zeros(2, np.int32)


def job(*, guidance_scale: float = 3.0, steps: int = 4, **fields: Any) -> Job:
    return Job(
        request=GenerationRequest(**fields),
        table=build_table("ddim", {}, steps),
        sampler="ddim",
        guidance_scale=guidance_scale,
        positive=NO_TEXT,
        negative=NO_TEXT,
        size=(64, 64),
    )


def control(name: str, **options: float) -> dict[str, Any]:
    return {"name": name, "map": MAP, **options}


@pytest.mark.parametrize(("rows", "size"), [(0, 1), (1, 1), (3, 4), (8, 8), (9, 16), (99, 16)])
def test_the_smallest_size_that_fits_is_used(rows: int, size: int) -> None:
    assert size_of(rows) == size
    assert size in SIZES


def test_no_guidance_takes_one_row_and_guidance_two() -> None:
    free, guided = job(guidance_scale=1.0), job()
    tick, calls = tick_of([(Image(free, 7, slot=1), 0), (Image(guided, 8, slot=3), 2)], 1, 4)
    assert calls == {}
    assert tick.reading.slot.tolist() == [[1, 3, 3, 0]]
    assert tick.reading.branch.tolist() == [[0, 0, 1, 0]]
    assert tick.guidance.positive.tolist() == [[0, 0, 0, 1]]
    assert tick.guidance.negative.tolist() == [[0, 0, 0, 2]]
    assert tick.guidance.scale.tolist() == [[0.0, 0.0, 0.0, 3.0]]
    assert tick.rows.live.tolist() == [[False, True, False, True]]
    assert tick.rows.timestep[0, 3] == np.float32(guided.table.rows.timestep[2])
    assert tick.keys[0, :, 1].tolist() == [0, 7, 0, 8]
    assert tick.draw.tolist() == [[0, 1, 0, 3]]


def test_guidance_may_cover_a_part_of_the_steps() -> None:
    part = job(guidance_start=0.25, guidance_end=0.75)
    assert [part.guides(evaluation) for evaluation in range(4)] == [False, True, True, False]
    sizes = [tick_of([(Image(part, 0, slot=0), i)], 1, 2)[0].reading.slot.shape for i in range(4)]
    assert sizes == [(1, 1), (1, 2), (1, 2), (1, 1)]


def test_each_controlnet_has_rows_of_those_that_ask_for_it_alone() -> None:
    both = job(controls=(control("a", scale=0.5), control("b", end=0.5)))
    other = job(guidance_scale=0.0, controls=(control("b"),))
    images = [(Image(both, 0, slot=0), 1), (Image(other, 0, slot=2), 3)]
    tick, calls = tick_of(images, 1, 4)
    assert list(calls) == ["a", "b"]
    a, b = calls["a"], calls["b"]
    assert (a.reading.slot.tolist(), a.reading.branch.tolist()) == ([[0, 0]], [[0, 1]])
    assert a.scale.tolist() == [[0.5, 0.5]]
    assert b.reading.slot.tolist() == [[0, 0, 2, 0]]
    assert b.place.tolist() == [[1, 1, 0, 0]]
    behind = tick.reading.slot.shape[1]
    assert b.target.tolist() == [[0, 1, 2, behind]]
    _, calls = tick_of([(Image(both, 0, slot=0), 2)], 1, 4)
    assert list(calls) == ["a"], "b acts on the first half alone"


def test_a_control_without_strength_is_no_control() -> None:
    silent = job(controls=(control("a", scale=0.0), control("b")))
    assert [(one.name, span) for one, span in silent.acting] == [("b", range(4))]
    assert [place for place, _ in silent.controls_at(0)] == [0]


def test_each_device_has_its_own_slots_and_the_size_is_that_of_the_fullest() -> None:
    one = job()
    tick, _ = tick_of([(Image(one, 1, slot=0), 0), (Image(one, 2, slot=5), 0)], 2, 4)
    assert tick.reading.slot.tolist() == [[0, 0], [1, 1]]
    tick, _ = tick_of([(Image(one, 1, slot=0), 0), (Image(one, 2, slot=1), 0)], 2, 4)
    assert tick.reading.slot.tolist() == [[0, 0, 1, 1], [0, 0, 0, 0]]


def test_a_tick_in_which_nothing_advances_is_inert() -> None:
    tick = nothing_advances(2, 4)
    assert not tick.rows.live.any()
    assert tick.reading.slot.shape == (2, 1)
