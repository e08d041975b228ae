"""A filled-in page, as its handlers get it."""

from typing import Any

from spaces.demo.options import OF_MAPS
from spaces.demo.settings import NAMES
from spaces.demo.values import BesideValue, PictureValue, StartValue
from tests.fake_engine import FakeEngine

INFO = FakeEngine().info


def fields(picture: PictureValue | None, **changes: Any) -> tuple[Any, ...]:
    settings: dict[str, Any] = {
        "negative_prompt": "",
        "seed": 0,
        "new_seed": False,
        "num_images": 1,
        "upscale": 1,
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
        **{name: option.default(INFO) for name, option in OF_MAPS.items()},
        "strength": 0.8,
    }
    prompt = changes.pop("prompt", "a box")
    start: StartValue | None = changes.pop("start", None)
    beside = BesideValue(root=changes.pop("beside", []))
    assert tuple(settings) == NAMES
    return picture, start, beside, prompt, *{**settings, **changes}.values()
