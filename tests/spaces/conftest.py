"""Tests of pages run Gradio's server in threads, where its own warnings are not ours to fix."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from inference.png import save_png
from spaces.demo.config import DemoConfig, Example
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine, painting


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine(seconds_per_step=0.15)


@pytest.fixture(scope="module")
def address(
    served: Callable[..., str],
    engine: FakeEngine,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    folder = tmp_path_factory.mktemp("examples")
    drawn = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(drawn).ellipse((20, 20, 108, 108), outline="black", width=4)
    drawn.save(folder / "circle.png")
    save_png(painting(3, None, (256, 256)), {"prompt": "a ring", "steps": 9}, folder / "ring.png")
    config = DemoConfig(
        title="A page for tests",
        description="It paints.",
        control="canny",
        prompts=("a box", "a ball"),
        examples=(Example(folder / "circle.png", folder / "ring.png", "a ring", 3, "draw"),),
    )
    return served(build_demo(config, engine))


@pytest.fixture
def square(tmp_path: Path) -> Path:
    image = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(image).rectangle((16, 16, 48, 48), fill="black")
    image.save(tmp_path / "square.png")
    return tmp_path / "square.png"
