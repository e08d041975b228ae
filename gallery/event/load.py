"""From an event file to an `Event`, with every mistake named."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.event.zones import city, offsets, written, zone_names

SHIPPED = Path(__file__).parent / "events" / "jax-diffusers-2023.toml"
NOT_MOVED = (
    "moved is not a field of an event file; set the end of submission, or move the deadline on the "
    "organisers' page"
)


class InvalidEventFile(Invalid):
    """An event file that does not fit; each of `problems` is one sentence naming its field."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        more = len(problems) - 1
        hint = f" (and {more} more; python -m gallery event check {path})" if more else ""
        super().__init__(f"event file {path}: {problems[0]}{hint}", field="EVENTS")
        self.path = path
        self.problems = tuple(problems)


def load_event(path: Path) -> Event:
    """Raises `InvalidEventFile`, all mistakes at once."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        if "moved" in data:
            raise InvalidEventFile(path, [NOT_MOVED])
        changed = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except OSError as error:
        reason = f"it cannot be read ({error.strerror}); give the path of an event file"
        raise InvalidEventFile(path, [reason]) from None
    except UnicodeDecodeError:
        raise InvalidEventFile(path, ["expected text in UTF-8; save it as that"]) from None
    except tomllib.TOMLDecodeError as error:
        problem = f"expected TOML, got {_lowered(str(error))}; correct it there"
        raise InvalidEventFile(path, [problem]) from None
    try:
        return Event.model_validate({"edited_at": changed, **data})
    except ValidationError as error:
        zone = _zone(data)
        raise InvalidEventFile(path, [_sentence(item, zone) for item in error.errors()]) from None


def load_events(paths: Sequence[Path]) -> dict[str, Event]:
    """By slug, in the order given; the shipped 2023 sprint when none is."""
    events: dict[str, Event] = {}
    for path in paths or [SHIPPED]:
        event = load_event(path)
        if event.slug in events:
            raise Invalid(f"two event files are called {event.slug!r}; rename one", field="EVENTS")
        events[event.slug] = event
    return events


def _zone(data: Mapping[str, Any]) -> ZoneInfo | None:
    """The file's zone, if it names one."""
    name = data.get("timezone")
    return ZoneInfo(name) if isinstance(name, str) and name in zone_names() else None


def _sentence(item: ErrorDetails, zone: ZoneInfo | None) -> str:
    """One mistake in the words of somebody who writes TOML, not of the library that found it."""
    where, kind, got = _place(item["loc"]), item["type"], item["input"]
    limits = item.get("ctx", {})
    match kind:
        case "missing":
            return f"{where} is missing; add it"
        case "extra_forbidden":
            return f"{where} is not a field of an event file; {_remedy(item['loc'])}"
        case "value_error":
            return f"{where}: {limits['error']}" if item["loc"] else str(limits["error"])
        case "timezone_aware":
            return f"{where} must carry its time zone, got {got}; {_with_offset(got, zone)}"
        case "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return (
                f"{where} must be a time, got {got!s:.40}; write one like 2026-05-01T23:59:00+02:00"
            )
        case "date_type" | "date_parsing" | "date_from_datetime_parsing":
            return f"{where} must be a day, got {got!s:.40}; write one like 2026-05-01"
        case "date_from_datetime_inexact":
            return f"{where} must be a day without a time, got {got}; write {got:%Y-%m-%d}"
        case "string_too_short" | "too_short":
            return f"{where} must not be empty; fill it in"
        case "string_too_long":
            return f"{where} must have at most {limits['max_length']} characters; shorten it"
        case "string_pattern_mismatch":
            return f"{where} must match {limits['pattern']}, got {got!r:.60}; correct it"
        case "enum":
            return f"{where} must be {limits['expected']}, got {got!r:.60}; take one of these"
    return f"{where}: {_lowered(item['msg'])}, got {got!r:.60}; correct it"


def _with_offset(local: datetime, zone: ZoneInfo | None) -> str:
    """What to write for a time on the wall: with the offset of the zone on that very day."""
    if zone is None:
        return f"write {local:%Y-%m-%dT%H:%M:%S} with the offset of its place behind it"
    written_so = [f"{local:%Y-%m-%dT%H:%M:%S}{written(one)}" for one in offsets(local, zone)]
    if not written_so:
        return (
            f"that hour does not exist in {city(zone)}, where the clocks go forward then: "
            "choose another"
        )
    if len(written_so) == 2:
        first, second = written_so
        return (
            f"that hour comes twice in {city(zone)}, where the clocks go back then: write {first} "
            f"for the first or {second} for the second"
        )
    return f"write {written_so[0]}"


def _place(location: Sequence[int | str]) -> str:
    """`("talks", 1, "starts")` is "starts of the 2nd of talks", as one counts in the file."""
    words = ""
    for part in location:
        if isinstance(part, int):
            words = f"{_ordinal(part + 1)} of {words}"
        else:
            words = f"{part} of the {words}" if words else part
    if location and isinstance(location[-1], int):
        return f"the {words}"
    return words or "the file"


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _remedy(location: Sequence[int | str]) -> str:
    """What a misspelt field was probably meant to be."""
    *above, name = location
    near = get_close_matches(str(name), _fields(above), n=1)
    return f"write {near[0]}" if near else "remove it"


def _fields(location: Sequence[int | str]) -> list[str]:
    model: Any = Event
    for part in location:
        if isinstance(part, str):
            model = _element(model.model_fields[part].annotation)
    return list(model.model_fields)


def _element(annotation: Any) -> type[BaseModel]:
    """The table that a field holds: itself, or what its list is made of."""
    parts = getattr(annotation, "__args__", ())
    return parts[0] if parts else annotation


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
