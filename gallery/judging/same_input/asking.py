"""One tile answered: a demo is asked through its own API, and what it made is kept.

A ControlNet that the shared engine loads is asked for there: it makes the same of the input, and is
there while its demo sleeps.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gallery.actor import WATCHER
from gallery.errors import GalleryError, Invalid, Unavailable
from gallery.gallery import Gallery
from gallery.judging.same_input.tiles import Answered, Asked, State
from gallery.sources import health, records
from gallery.submissions import pictures, waking
from gallery.submissions.checking import asking
from gallery.submissions.pictures import PictureStore
from inference.errors import InferenceError
from spaces.errors import DemoRefused, DemoSlow, DemoUnavailable
from spaces.hub.demo_api import ask_demo
from spaces.hub.demo_inputs import TAKEN, Given

if TYPE_CHECKING:  # the core's annotators and client, for galleries that have an engine alone
    from gallery.judging.same_input.shared_engine import SharedEngine

log = logging.getLogger(__name__)

SECONDS = 90.0
"""That a demo may take for its picture."""


@dataclass(frozen=True)
class Made:
    """What came back. `picture` is a stranger's file."""

    state: State
    says: str = ""
    seconds: float | None = None
    picture: bytes | None = None
    took: tuple[str, ...] = ()


Answer = Callable[[Gallery, Asked], Made]
"""Never raises for a demo's sake. Must not be called within a transaction."""


def answer(gallery: Gallery, asked: Asked, engine: "SharedEngine | None" = None) -> Made:
    """Asks the shared engine, where it has the demo's ControlNet, or else the demo's own API. One
    that sleeps is woken, and says so."""
    known = records.refresh(gallery, "space", asked.space_id, max_age=waking.CERTAIN)
    if known.is_missing:
        return Made(State.GONE, "the Hub shows no such Space any more; ask its team")
    facts = known.facts
    if facts is not None and engine is not None:
        made = _by_engine(gallery, asked, engine, facts.models)
        if made is not None:
            return made
    stage = None if facts is None else facts.stage
    match health.state_of(stage, answered=None):
        case health.State.ASLEEP:
            return Made(State.ASLEEP, _woken(gallery, asked))
        case health.State.DOWN:
            said = str(stage).replace("_", " ").lower()
            return Made(State.DOWN, f"the Hub says {said}; its team has to mend it")
    if facts is None or facts.answers_at is None:
        return Made(State.DOWN, "the Hub does not say where it answers; try again later")
    store = PictureStore(gallery.settings.pictures_dir)
    try:
        given = Given(
            prompt=asked.prompt,
            picture=store.path(asked.picture).read_bytes(),
            picture_type="image/webp",
            seed=asked.seed,
        )
        made = ask_demo(facts.answers_at, asking(gallery), given, seconds=SECONDS)
    except DemoRefused as error:
        return Made(State.REFUSED, str(error))
    except DemoSlow as error:
        return Made(State.SLOW, str(error))
    except DemoUnavailable as error:
        return Made(State.DOWN, str(error))
    if made.picture is None:
        return Made(
            State.NO_PICTURE, "it answered without a picture", made.seconds, None, made.took
        )
    return Made(State.MADE, "", made.seconds, made.picture, made.took)


def _by_engine(
    gallery: Gallery, asked: Asked, engine: "SharedEngine", models: Sequence[str]
) -> Made | None:
    """None where the engine has none of the models, or cannot make it now."""
    control = engine.control_for(models)
    if control is None:
        return None
    picture = PictureStore(gallery.settings.pictures_dir).path(asked.picture).read_bytes()
    try:
        made, seconds = engine.make(control, asked, picture)
    except InferenceError as error:
        log.warning("%s is asked itself, since the engine said: %s", asked.space_id, error)
        return None
    says = "made by the shared engine with the team's ControlNet, not through the demo's page"
    return Made(State.MADE, says, seconds, made, TAKEN)


def keep(gallery: Gallery, made: Made) -> Answered:
    """Keeps the picture as the gallery keeps all: made anew, bounded, named by its content."""
    if made.picture is None:
        return Answered(made.state, made.says, made.seconds, None, made.took)
    try:
        prepared = pictures.prepare(made.picture)
    except Invalid as error:
        said = f"what it made cannot be shown: {error}"
        return Answered(State.NO_PICTURE, said, made.seconds, None, made.took)
    except Unavailable as error:
        return Answered(State.INTERRUPTED, str(error))
    store = PictureStore(gallery.settings.pictures_dir)
    store.write(prepared)
    with gallery.database.write() as session:
        pictures.keep(session, WATCHER, gallery.clock(), store=store, picture=prepared)
    return Answered(made.state, made.says, made.seconds, prepared.digest, made.took)


def _woken(gallery: Gallery, asked: Asked) -> str:
    try:
        waking.wake_ahead(gallery, WATCHER, submission_id=asked.submission_id)
    except GalleryError:
        return "it sleeps, and the Hub could not be asked to wake it; run it again later"
    return "it sleeps and is being woken; run it again in a minute or two"
