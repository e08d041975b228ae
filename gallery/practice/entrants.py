"""The teams that hand something in at the practice; all of them are programs, and say so."""

from collections.abc import Sequence
from dataclasses import dataclass

from gallery.event.event import Event
from gallery.practice.event import is_rehearsal
from gallery.practice.kinds import HOUSE, KINDS, Kind, named_scenes
from gallery.practice.prints import Inks

ENTRY = """
This entry was made by a program, so that a jury has something to look at. The demo behind it is the
one that runs beside the gallery; the words and the pictures are this entry's own.
"""
ABOUT = "A program of this gallery: it hands in demos for a jury to rehearse with."


@dataclass(frozen=True)
class Entrant:
    """A team of one: `account` is its name on the Hub."""

    account: str
    full_name: str
    team: str
    about: str
    kinds: tuple[Kind, ...]

    def space_id(self, kind: Kind) -> str:
        return f"{self.account}/{kind.name}"


def _printed(
    title: str, emoji: str, summary: str, how: str, *names: str, inks: Inks, path: str = ""
) -> Kind:
    return Kind(
        name=title.casefold().replace(" ", "-"),
        path=path,
        title=title,
        emoji=emoji,
        summary=summary,
        how=how,
        scenes=named_scenes(*names),
        about=ENTRY,
        inks=inks,
    )


def _team(number: int, *kinds: Kind) -> Entrant:
    return Entrant(
        f"team-{number}", f"Team {number} (a program)", f"Team {number}", ABOUT, tuple(kinds)
    )


HOUSE_TEAM = Entrant(
    HOUSE,
    "The house (a program)",
    "House team",
    "A program of this gallery: it hands in the demo that runs beside it.",
    KINDS,
)
REHEARSAL_TEAMS = (
    _team(
        2,
        _printed(
            "Kitchen prints",
            "🫖",
            "Things from a kitchen, as prints in two inks.",
            "Draw what stands on your table: a pot, a mug, a piece of fruit. The lines become a "
            "print in two inks, as for the cover of a *cookbook*.",
            *("teapot", "mug", "apple"),
            inks=("#7a1f3d", "#ffe9c7"),
        ),
        _printed(
            "Desert garden",
            "🌵",
            "Sketch a plant, and get a poster of it.",
            "A few strokes are enough for a cactus. The strokes stay where you drew them, and what "
            "lies between is filled in.",
            *("cactus", "balloon"),
            inks=("#14532d", "#fef3c7"),
        ),
    ),
    _team(
        3,
        _printed(
            "Tide pool",
            "🐟",
            "Scribbled fish in the colours of the sea.",
            "Scribble a fish, a shell or a weed. We wanted to see how **rough** a line may be "
            "before it is not followed any more: rougher than we thought.",
            *("fish", "teapot"),
            inks=("#0c4a6e", "#cffafe"),
        ),
        _printed(
            "Orchard",
            "🍎",
            "Labels for jars, from an outline of the fruit.",
            "Draw the fruit that is in the jar. The label keeps its outline, so that a row of jars "
            "looks as if one hand had made them.",
            *("apple", "cactus"),
            inks=("#7f1d1d", "#fde68a"),
        ),
    ),
    _team(
        4,
        _printed(
            "Snap to stamp",
            "📷",
            "A photo becomes a stamp to print with.",
            "Hand in a photo with one thing in it. Its edges become the stamp; shades are left "
            "out, since a stamp has none.",
            *("mug", "fish"),
            inks=("#312e81", "#fce7f3"),
            path="/photo",
        ),
        _printed(
            "Night lights",
            "🌙",
            "What you draw, seen in the light of a lamp.",
            "Draw by day, look by night. The same lines are painted as if a single lamp stood "
            "beside them.",
            *("balloon", "mug", "teapot"),
            inks=("#1e1b4b", "#fdba74"),
        ),
    ),
    _team(
        5,
        _printed(
            "First words",
            "🔤",
            "Pictures for children who learn to read.",
            "Draw a thing and name it: the picture goes on one side of the card, and the word on "
            "the other. All cards are in *one style*.",
            *("fish", "apple", "mug"),
            inks=("#3b0764", "#d9f99d"),
        ),
        _printed(
            "Slow balloon",
            "🎈",
            "Watch a balloon appear, one step at a time.",
            "This one is about the way, not the picture: it shows every step, so that one sees "
            "when the lines begin to lead.",
            *("balloon",),
            inks=("#831843", "#dbeafe"),
        ),
    ),
    _team(
        6,
        _printed(
            "Photo to poster",
            "🖼️",
            "A snapshot of a thing becomes a poster.",
            "Hand in a photo, say what it is in a few words, and hang the poster on a wall.",
            *("balloon", "cactus"),
            inks=("#111827", "#fca5a5"),
            path="/photo",
        ),
        _printed(
            "House plants",
            "🪴",
            "Outline a plant, and see it in a pot.",
            "The pot is drawn for you, the plant is yours. Works best with three lines or more.",
            *("cactus", "teapot"),
            inks=("#064e3b", "#e9d5ff"),
        ),
    ),
)
EVERYBODY = (HOUSE_TEAM, *REHEARSAL_TEAMS)


def entrants(event: Event) -> Sequence[Entrant]:
    """At a rehearsal a dozen demos are handed in by several teams, else the house's alone."""
    return EVERYBODY if is_rehearsal(event) else (HOUSE_TEAM,)
