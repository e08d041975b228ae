"""What is handed in at the practice: the demos of the host's shipped listing, each with a story."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gallery.practice.event import SPACE_NAME
from spaces.host.listing import SHIPPED, DemoEntry, Listing, read_listing

HOUSE = "house"
"""The account of a program, in which nobody can sign in."""
MODEL = """
The model is a small one that ships with the gallery. It was trained from scratch on two processor
cores in about eleven hours, on icons of 128 by 128 pixels: lines and colours are right, fine
patterns are smudged. What it knows are things in a colour and a style, such as *a red apple, flat
icon* or *a yellow mug, shaded icon*.

This entry was made by a program, so that there is something to look at. Yours can stand beside it:
press **Submit**.
"""


@dataclass(frozen=True)
class Kind:
    """One demo: `name` is its path on the host and its Space's name; `how` begins its story."""

    name: str
    emoji: str
    how: str

    @property
    def entry(self) -> DemoEntry:
        """What the host's listing says of it."""
        return _listing().demos[self.name]

    @property
    def path(self) -> str:
        """Of its page, under the demos' address."""
        return f"/{self.name}"

    @property
    def title(self) -> str:
        return self.entry.title

    @property
    def summary(self) -> str:
        return self.entry.description

    @property
    def controls(self) -> tuple[str, ...]:
        """The kinds of control; none where words are all."""
        return tuple(self.entry.controlnets)

    @property
    def story(self) -> str:
        """Markdown."""
        return f"{self.how.strip()}\n\n{MODEL.strip()}"

    @property
    def captions(self) -> tuple[str, ...]:
        """One for each picture: the words that it was made from."""
        return tuple(example.prompt for example in self.entry.examples)

    @property
    def cover(self) -> bytes:
        """WebP."""
        return self.pictures()[0]

    def pictures(self) -> tuple[bytes, ...]:
        """WebP, one for each of its examples; the first is the cover."""
        return tuple(Path(example.result).read_bytes() for example in self.entry.examples)


@cache
def _listing() -> Listing:
    return read_listing(SHIPPED)


DRAWING = Kind(
    SPACE_NAME,
    "✏️",
    """
Draw something with a finger or a mouse, and say in a few words what it should become: *a blue
teapot, flat icon*. The lines of your drawing lead a ControlNet, the words lead the rest, and you
can watch the picture appear. Many common things need no drawing: *a red umbrella, flat icon*.
""",
)
PHOTO = Kind(
    "photo-to-icon",
    "📷",
    """
Hand in a photo with one thing in it, and say what that is: *a yellow mug, shaded icon*. The edges
of the photo lead a ControlNet, so the icon keeps the outline, and the words give it its colour.
""",
)
FINGER = Kind(
    "finger-drawing",
    "👆",
    """
On a phone nobody draws a straight line. So this one was made for **wobbly** ones: a ControlNet that
learned from scribbles reads what your finger leaves, and the picture follows while you draw.
""",
)
COLOURS = Kind(
    "colours-first",
    "🎨",
    """
Before there is a line there is a patch of green where the tree will be. Hand in a picture with
patches of colour, however rough: the ControlNet sees it as **8 by 8 colours**, and the words decide
what stands there.
""",
)
WORDS = Kind(
    "words-alone",
    "🔤",
    """
No drawing, no photo: name a thing, and perhaps its colour. *A sailboat* is enough. Some two hundred
common things are known by name; what is not known comes out as a blot of the right colour, which
has a charm of its own.
""",
)
POSTER = Kind(
    "poster-of-four",
    "🖼️",
    """
Ask once, get four: the same words with four seeds, so that no two are alike. Keep the best, or
print all four on one sheet and hang it up.
""",
)
STAMP = Kind(
    "rubber-stamp",
    "🔖",
    """
A stamp has one ink and no shades. Draw an outline, or name something and begin with *a black …*;
what comes back can be cut into rubber as it is.
""",
)
TEA_TOWEL = Kind(
    "tea-towel",
    "🫖",
    """
Draw what stands on your table: a pot, a mug, a piece of fruit. The lines become a print in a few
even colours, as on a *tea towel*. The picture follows the pen, so one more line on the spout is
seen at once.
""",
)
NIGHT = Kind(
    "night-lights",
    "🌙",
    """
Draw by day, look by night. The same lines are painted as if a single lamp stood beside them: shades
on one side, light on the other.
""",
)
LINES = Kind(
    "lines-and-colours",
    "🖍️",
    """
Two ControlNets at once: one holds the outline of your photo, the other its colours. The strength of
the colours is a slider; at nothing they are the words' alone, at full they are the photo's.
""",
)
CARDS = Kind(
    "first-words",
    "📖",
    """
The picture goes on one side of the card, the word on the other. All cards are in *one style*, so
that a child sees the thing and not the drawing. A snail, a turtle, a star: short words first.
""",
)
LOOSE = Kind(
    "loose-lines",
    "🪁",
    """
We wanted to know how **little** of a drawing is needed. Here it leads for the first steps alone and
then lets go, so the fish that you meant and the fish that comes out are cousins.
""",
)
KINDS = (
    *(DRAWING, PHOTO, FINGER, COLOURS, WORDS, POSTER),
    *(STAMP, TEA_TOWEL, NIGHT, LINES, CARDS, LOOSE),
)
"""The first is the one that a newcomer finds a Space of."""
