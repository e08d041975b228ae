"""The same request has the same digest, and whatever changes a picture changes it."""

from typing import Any

import pytest
from PIL import Image

from inference.request import GenerationRequest
from inference.serving.digest import digest

RED, BLUE, WHITE = (Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "white"))


def request(**changed: Any) -> GenerationRequest:
    control = {"name": "canny", "map": RED.copy()}
    return GenerationRequest(**{"prompt": "a cat", "seed": 3, "controls": [control], **changed})


def test_equal_requests_are_told_as_one() -> None:
    assert digest(request()) == digest(request())
    assert digest(request(preview_every=2)) == digest(request()), "previews change no picture"


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "a dog"},
        {"seed": 4},
        {"num_images": 2},
        {"steps": 5},
        {"guidance_end": 0.5},
        {"controls": []},
        {"controls": [{"name": "canny", "map": BLUE}]},
        {"controls": [{"name": "canny", "map": RED, "scale": 0.5}]},
        {"controls": [{"name": "canny", "map": RED, "annotator": "canny"}]},
        {"init_image": RED},
        {"init_image": RED, "mask": WHITE},
        {"width": 64},
    ],
    ids=[
        "prompt",
        "seed",
        "images",
        "steps",
        "guidance",
        "none",
        "map",
        "scale",
        "annotator",
        "start",
        "mask",
        "size",
    ],
)
def test_whatever_may_change_the_answer_makes_another(changed: dict[str, Any]) -> None:
    assert digest(request(**changed)) != digest(request())
