"""A filled-in page, as its handlers get it."""

from typing import Any

from spaces.demo.settings import NAMES
from spaces.demo.values import PictureValue


def fields(picture: PictureValue | None, **changes: Any) -> tuple[Any, ...]:
    settings: dict[str, Any] = {
        "negative_prompt": "",
        "seed": 0,
        "new_seed": False,
        "num_images": 1,
        "steps": 12,
        "sampler": "euler",
        "guidance_scale": 3.0,
        "karras": "automatic",
        "zero_snr": "automatic",
        "control_scale": 1.0,
        "colour_scale": 0.0,
        "control_start": 0.0,
        "control_end": 1.0,
        "reading": "automatic",
    }
    prompt = changes.pop("prompt", "a box")
    assert tuple(settings) == NAMES
    return picture, prompt, *{**settings, **changes}.values()
