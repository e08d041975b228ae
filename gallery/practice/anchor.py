"""The day around which the practice event is laid: chosen once, and kept over restarts."""

from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.practice.event import practice_event


class Anchor(BaseModel):
    """`day` lies in `phase`."""

    model_config = ConfigDict(frozen=True)

    day: date
    phase: PhaseKey = PhaseKey.SUBMISSION


def anchored(original: Event, file: Path, now: datetime, *, phase: PhaseKey | None = None) -> Event:
    """The practice event as it was laid before, so that no restart moves a deadline.

    It is laid anew around `now` when it was never laid, when it has run out, and when `phase` asks
    for a certain one to be on. `file` remembers the anchor.
    """
    kept = None if phase else _read(file)
    if kept is not None:
        event = practice_event(original, day=kept.day, phase=kept.phase)
        if now < event.ends:
            return event
    anchor = Anchor(day=now.astimezone(original.zone).date(), phase=phase or PhaseKey.SUBMISSION)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(anchor.model_dump_json(), "utf-8")
    return practice_event(original, day=anchor.day, phase=anchor.phase)


def _read(file: Path) -> Anchor | None:
    """None when there is none, or something else lies there: then it is simply chosen again."""
    try:
        return Anchor.model_validate_json(file.read_text("utf-8"))
    except (FileNotFoundError, ValidationError, UnicodeDecodeError):
        return None
