"""What takes place, and where people meet: days to know, talks, channels, forums."""

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field, model_validator

from gallery.event.part import Address, Key, Line, Link, Part


class Milestone(Part):
    """A day to know, in the event's own time zone, that opens and closes nothing."""

    key: Key
    day: date
    title: Line
    text: str = ""
    """Markdown."""
    links: tuple[Link, ...] = ()


class Speaker(Part):
    name: Line
    affiliation: str = ""


class Talk(Part):
    """A talk; `key` names it in addresses and in calendars, so it stays when the title changes."""

    key: Key
    title: Line
    speakers: tuple[Speaker, ...] = Field(min_length=1)
    starts: AwareDatetime
    ends: AwareDatetime
    video: Address | None = None
    text: str = ""
    """Markdown."""

    @model_validator(mode="after")
    def _forwards(self) -> "Talk":
        if self.ends <= self.starts:
            raise ValueError(f"ends must be later than starts ({self.starts}); move one of them")
        return self


class PlaceKind(StrEnum):
    """What one goes there for."""

    CHAT = "chat"
    FORUM = "forum"
    SUPPORT = "support"


class Place(Part):
    """Where people meet or ask: a chat channel, a forum, an issue tracker."""

    name: Line
    kind: PlaceKind
    text: str = ""
    links: tuple[Link, ...] = ()
    after_acceptance: bool = False
    """Whether only those whose sign-up was accepted get in."""


class Supporter(Part):
    """Who gives what makes the sprint possible."""

    name: Line
    text: str = ""
    url: Address | None = None
