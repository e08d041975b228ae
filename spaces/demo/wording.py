"""The page's own words: what the core says precisely, to programs too, said plainly to visitors."""

import re
from collections.abc import Iterable

from inference.controls.annotators import ANNOTATORS
from inference.errors import InferenceError, InvalidImage, InvalidRequest
from inference.request import CLIPPED, MAX_SEED, Queued
from spaces.demo.option import OnPage
from spaces.demo.options import OF_MAPS, OPTIONS

WORDLESS = "Say what it is, and it gets its own colours"
"""Below a picture of a drawing that nobody has named."""
WARMING_UP = "Warming up: the first picture takes a little longer"
SENTENCES = {
    "prompt": "Say in a few words what the picture should show.",
    "negative prompt": "Say in a few words what to leave out.",
    "picture": "Add a picture first: upload one, draw one or take a photo.",
    "seed": f"Choose a whole number from 0 to {MAX_SEED:,} as the seed.",
    "mask": "Paint over the part that is to change.",
    "further control": (
        "Each control can be used once. Read one of the pictures otherwise, or take one off."
    ),
    "picture of a further control": "A further control needs a picture: choose one for it.",
    "control start": "“It acts from” must not be more than “It acts until”. Swap the two.",
}
"""By the field that is wrong: those that a visitor can leave out or get wrong."""
_NUMBERS = {
    "steps": "steps",
    "number of images": "num_images",
    "guidance scale": "guidance_scale",
    "control start": "control_start",
    "control end": "control_end",
    "strength": "strength",
}
_READ_WITH = {one.name: one.called for kind in ANNOTATORS.values() for one in kind.settings}
LABELS = {
    "control scale": "Strength",
    **{
        called: option.label
        for called, name in _NUMBERS.items()
        if isinstance(option := OPTIONS[name], OnPage)
    },
    **{_READ_WITH[one.of_map]: one.label for one in OF_MAPS.values()},
}
"""What the page calls the numbers of the core."""
RANGE = re.compile(
    r"(?P<field>.+?) must be (?P<range>a (whole )?number from \S+ to \S+), got ", re.DOTALL
)
"""How the core and the door begin to say that a number is out of its range."""


def of_error(error: InferenceError) -> str:
    """What went wrong and what to do about it."""
    if isinstance(error, InvalidImage) and error.field != "mask":
        return f"This picture cannot be used: {_ending(str(error))}."
    if isinstance(error, InvalidRequest) and error.field in LABELS and RANGE.match(str(error)):
        return of_refusal(str(error))
    if isinstance(error, InvalidRequest) and error.field in SENTENCES:
        return SENTENCES[error.field]
    return capital(str(error))


def of_refusal(sentence: str) -> str:
    """The same for the door's and the queue's, which name a field as the page does."""
    found = RANGE.match(sentence)
    if found is None:
        return capital(sentence)
    label = LABELS.get(found["field"], found["field"])
    return f"“{label}” must be {found['range']}. Choose one in that range."


def of_notices(notices: Iterable[str]) -> str:
    """What the model did not read, and what it does not show."""
    return " · ".join(
        f"The text is too long for the model: {_ending(notice)}"
        if notice.startswith(CLIPPED)
        else capital(notice)
        for notice in notices
    )


def of_place(queued: Queued) -> str:
    """Where a request stands, and about how long it takes."""
    first = "Next in line" if queued.position == 1 else f"{queued.position} in line"
    seconds = max(1, round(queued.seconds))
    return (
        f"{first} · about {seconds} s" if seconds < 100 else f"{first} · about {seconds // 60} min"
    )


def steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def capital(sentence: str) -> str:
    """A sentence that programs read too, as people begin theirs."""
    return sentence[:1].upper() + sentence[1:]


def _ending(sentence: str) -> str:
    """What comes of it: the core's sentences say so after their first semicolon."""
    return sentence.partition("; ")[2]
