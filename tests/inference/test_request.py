"""A request that is out of bounds is refused in one sentence, by field."""

import math

import pytest
from PIL import Image

from inference.errors import InvalidImage, InvalidRequest
from inference.request import MAX_SEED, Control, GenerationRequest

MAP = Image.new("RGB", (32, 32))


@pytest.mark.parametrize(
    ("fields", "field", "got"),
    [
        ({"steps": 0}, "steps", "got 0"),
        ({"steps": -1}, "steps", "got -1"),
        ({"steps": 10**6}, "steps", "got 1000000"),
        ({"steps": 2.5}, "steps", "got 2.5"),
        ({"steps": "many"}, "steps", "got 'many'"),
        ({"steps": True}, "steps", "got True"),
        ({"seed": -1}, "seed", "got -1"),
        ({"seed": MAX_SEED + 1}, "seed", "got 4294967296"),
        ({"num_images": 0}, "number of images", "got 0"),
        ({"guidance_scale": math.nan}, "guidance scale", "got nan"),
        ({"guidance_scale": math.inf}, "guidance scale", "got inf"),
        ({"guidance_start": 0.8, "guidance_end": 0.2}, "guidance start", "got 0.8 and 0.2"),
        ({"controls": [{"name": name, "map": MAP} for name in "abcd"]}, "control", "got 4"),
        ({"strength": -0.1}, "strength", "got -0.1"),
        ({"karras": "yes"}, "karras spacing", "got 'yes'"),
        ({"upscale": 3}, "upscale", "must be one of 1, 2, 4, got 3"),
        ({"upscale": 10**9}, "upscale", "got 1000000000"),
        ({"upscale": "large"}, "upscale", "got 'large'"),
        ({"upscale": True}, "upscale", "got True"),
        ({"upscale": math.nan}, "upscale", "got nan"),
        ({"zero_snr": 1}, "zero terminal SNR", "got 1"),
        ({"prompt": 7}, "prompt", "got 7"),
        ({"prompt": "a cat \ud83d"}, "prompt", r"got U\+D83D at place 7"),
        ({"prompt": "a\0cat"}, "prompt", r"got U\+0000 at place 2"),
        ({"negative_prompt": "\udcff"}, "negative prompt", r"got U\+DCFF at place 1"),
        ({"prompt": "a" * 1_000_000}, "prompt", "got 1,000,000 characters"),
        ({"prompt": "a" * 20_001}, "prompt", "got 20,001 characters"),
    ],
)
def test_a_value_out_of_bounds_is_refused(fields: dict, field: str, got: str) -> None:
    with pytest.raises(InvalidRequest, match=got) as caught:
        GenerationRequest(**fields)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "fields", [{"scale": math.nan}, {"scale": -1}, {"start": 2}, {"start": 0.8, "end": 0.2}]
)
def test_a_control_out_of_bounds_is_refused(fields: dict) -> None:
    with pytest.raises(InvalidRequest, match="control"):
        Control(name="canny", map=MAP, **fields)


def test_a_missing_control_map_asks_for_one() -> None:
    with pytest.raises(InvalidImage, match="got none; upload or draw one"):
        Control(name="canny", map=None)


def test_seed_zero_is_a_seed() -> None:
    assert GenerationRequest(seed=0).seed == 0


def test_a_whole_number_written_as_a_float_is_taken() -> None:
    assert GenerationRequest(steps=20.0).steps == 20
