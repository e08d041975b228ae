"""What is handed in at the practice: each is a Space on its Hub that shows a page of the demo."""

from dataclasses import dataclass

from gallery.practice.event import SPACE_NAME
from gallery.practice.prints import Inks, printed
from spaces.demo.examples import SCENES, Scene

HOUSE = "house"
"""The account of a program, in which nobody can sign in."""
MODEL = """
The model is a small one that ships with the gallery. It was trained from scratch on two processor
cores in about seven hours, on icons of 128 by 128 pixels: lines and colours are right, fine
patterns are smudged. What it knows are things in a colour and a style, such as *a red apple, flat
icon* or *a yellow mug, shaded icon*.

This entry was made by a program, so that there is something to look at. Yours can stand beside it:
press **Submit**.
"""


@dataclass(frozen=True)
class Kind:
    """`path` is that of its page under the demo's address; `inks` are those of its pictures, which
    are the demo's own examples without any."""

    name: str
    path: str
    title: str
    emoji: str
    summary: str
    how: str
    scenes: tuple[Scene, ...]
    about: str = MODEL
    inks: Inks | None = None

    @property
    def cover(self) -> bytes:
        return self._picture(self.scenes[0])

    @property
    def story(self) -> str:
        """Markdown."""
        return f"{self.how.strip()}\n\n{self.about.strip()}"

    @property
    def captions(self) -> tuple[str, ...]:
        """One for each picture: the words that it was made from."""
        end = "" if self.inks is None else ", printed in two inks"
        return tuple(f"{scene.prompt}{end}" for scene in self.scenes)

    def pictures(self) -> tuple[bytes, ...]:
        """PNG, one for each of the scenes; the first is the cover."""
        return tuple(self._picture(scene) for scene in self.scenes)

    def _picture(self, scene: Scene) -> bytes:
        return scene.result.read_bytes() if self.inks is None else printed(scene.result, self.inks)


def named_scenes(*names: str) -> tuple[Scene, ...]:
    """Of the demo's examples, in that order."""
    return tuple(next(scene for scene in SCENES if scene.name == name) for name in names)


DRAWING = Kind(
    name=SPACE_NAME,
    path="",
    title="From a drawing to a picture",
    emoji="✏️",
    summary="Draw something, or just name it, and a small model paints it.",
    how="""
Draw something with a finger or a mouse, and say in a few words what it should become: *a blue
teapot, flat icon*. The lines of your drawing lead a ControlNet, the words lead the rest, and you
can watch the picture appear. Many common things need no drawing: *a red umbrella, flat icon*.
""",
    scenes=named_scenes("teapot", "apple", "fish", "cactus", "mug", "balloon"),
)
PHOTO = Kind(
    name="photo-to-icon",
    path="/photo",
    title="From a photo to an icon",
    emoji="📷",
    summary="Hand in a photo, say what it is, and its outline becomes an icon.",
    how="""
Hand in a photo with one thing in it, and say what that is: *a yellow mug, shaded icon*. The edges
of the photo lead a ControlNet, so the icon keeps the outline, and the words give it its colour.
""",
    scenes=named_scenes("mug", "balloon"),
)
KINDS = (DRAWING, PHOTO)
"""The first is the one that a newcomer finds a Space of."""
