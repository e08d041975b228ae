"""The demo's examples: drawings of our own, and what the embedded model made of them.

`python -m spaces.demo.examples` draws the pictures anew and makes the results again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spaces.demo.config import Example

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Scene:
    """What an example is made from; `name` is that of its drawing and of its files."""

    name: str
    prompt: str
    seed: int
    origin: Literal["upload", "draw"] = "draw"

    @property
    def picture(self) -> Path:
        return FOLDER / f"{self.name}.png"

    @property
    def result(self) -> Path:
        return FOLDER / f"{self.name}-result.png"


SCENES = (
    Scene("apple", "a red apple, flat icon", 2),
    Scene("teapot", "a blue teapot, flat icon", 7),
    Scene("fish", "an orange fish, flat icon", 5),
    Scene("cactus", "a green cactus, flat icon", 4),
    Scene("mug", "a yellow mug, shaded icon", 6, "upload"),
    Scene("balloon", "a purple balloon, shaded icon", 5, "upload"),
)


def examples() -> tuple[Example, ...]:
    """Those whose two pictures are there."""
    return tuple(
        Example(scene.picture, scene.result, scene.prompt, scene.seed, scene.origin)
        for scene in SCENES
        if scene.picture.exists() and scene.result.exists()
    )
