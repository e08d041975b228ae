"""What a tab of the Submit page is working on, and in which order its saves were typed."""

from dataclasses import dataclass, field
from threading import Lock

from pydantic import BaseModel


class Place(BaseModel):
    """Kept in the browser and sent with every call, so that a restart of the server loses nothing.

    It holds no rights: each handler asks who acts, by the cookie.
    """

    event: str = ""
    wanted: str = ""
    """From the address: a submission's number, `new`, or nothing."""
    submission: int | None = None
    number: int = 0
    """The revision that the form was filled from, or last saved as."""
    typed_at: float = 0
    """The browser's clock when the values were sent, in milliseconds."""
    state: str = "none"
    """`none` before there is a draft, then the submission's own."""
    can_change: bool = False
    """Whether this page offers to change it."""
    status: str = ""
    """`saved`, `partly`, `problem`, `stale` or `closed`; empty before the first save."""
    saved_at: str = ""
    """ISO time."""
    problem: str = ""
    """A sentence, for all of these but `saved`."""

    @property
    def wanted_id(self) -> int | None:
        """The number that the address names, if it does; no row has one of twelve digits."""
        is_number = self.wanted.isascii() and self.wanted.isdigit()
        return int(self.wanted[:12]) if is_number else None


@dataclass
class Tab:
    """One open page, as the server knows it while it runs.

    Saves of one tab can overtake each other: an autosave is under way when the button is pressed.
    They are taken one at a time, an older one that comes late is left out, and each begins on the
    revision that the one before it made. Between two tabs nothing of this holds.
    """

    lock: Lock = field(default_factory=Lock)
    submission: int | None = None
    number: int = 0
    typed_at: float = -1

    def begins_on(self, place: Place) -> int:
        """The revision that a save from `place` was begun on."""
        return (
            max(place.number, self.number) if place.submission == self.submission else place.number
        )

    def is_late(self, place: Place) -> bool:
        """Whether something that was typed later has been saved already."""
        return place.submission == self.submission and place.typed_at < self.typed_at

    def note(self, place: Place, number: int) -> None:
        """Call when a save from `place` has become revision `number`."""
        self.submission, self.number, self.typed_at = place.submission, number, place.typed_at
