"""From an event file to an `Event`, with every mistake named."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from gallery.errors import Invalid
from gallery.event.event import Event

SHIPPED = Path(__file__).parent / "events" / "jax-diffusers-2023.toml"


def load_event(path: Path) -> Event:
    """Raises `Invalid` naming the file, the field and what is wrong with it."""
    try:
        return Event.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Invalid(
            f"event file {path} cannot be read ({error.strerror}); check EVENTS", field="EVENTS"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"event file {path} is not TOML: {error}", field="EVENTS") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'event'}: {item['msg']}"
            for item in error.errors()
        )
        raise Invalid(f"event file {path} does not fit: {problems}", field="EVENTS") from None


def load_events(paths: Sequence[Path]) -> dict[str, Event]:
    """By slug, in the order given; the shipped 2023 sprint when none is."""
    events: dict[str, Event] = {}
    for path in paths or [SHIPPED]:
        event = load_event(path)
        if event.slug in events:
            raise Invalid(f"two event files are called {event.slug!r}; rename one", field="EVENTS")
        events[event.slug] = event
    return events
