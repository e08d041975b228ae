"""An event: what its file says, checked, and what is open at a given time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from gallery.errors import Closed
from gallery.event.part import Line, Link, Part
from gallery.event.people import JurorTopics, People
from gallery.event.phase import Phase, PhaseKey, told
from gallery.event.programme import Milestone, Place, Supporter, Talk
from gallery.event.rubric import Rubric
from gallery.event.terms import Prize, Rule
from gallery.event.zones import zone_names

__all__ = ["Event", "Moved", "Phase", "PhaseKey"]

RESERVED = frozenset(
    {
        "account",
        "api",
        "docs",
        "healthz",
        "news",
        "pictures",
        "sign-in",
        "sign-out",
        "static",
        "submit",
        "webhooks",
    }
)
"""First parts of addresses that no event may be called."""


def _zone(value: str) -> str:
    if value not in zone_names():
        raise ValueError(f"expected a time zone's name, got {value!r}; write one like Europe/Paris")
    return value


Zone = Annotated[str, AfterValidator(_zone)]


class Moved(Part):
    """That the deadline is not the event file's any more: organisers moved it."""

    was: AwareDatetime
    """The deadline before."""
    at: AwareDatetime
    reason: Line


class Event(Part):
    """One sprint. Everything that is enforced is read from here, and so is what is shown."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: Line
    tag: str = Field(pattern=r"^[\w.-]{1,80}$")
    """What a Space's card carries to take part: `jax-diffusers-event`."""
    summary: Line
    """One sentence."""
    text: str = ""
    """Markdown."""
    notice: str = ""
    """Markdown, a line or two, on top of every page: what everybody should know now."""
    timezone: Zone
    other_timezones: tuple[Zone, ...] = ()
    """In which talks are announced as well."""
    phases: tuple[Phase, ...]
    milestones: tuple[Milestone, ...] = ()
    talks: tuple[Talk, ...] = ()
    places: tuple[Place, ...] = ()
    links: tuple[Link, ...] = ()
    rules: tuple[Rule, ...] = ()
    rubric: Rubric = Rubric()
    prizes: tuple[Prize, ...] = ()
    supporters: tuple[Supporter, ...] = ()
    team_min: int = Field(3, ge=1, le=100)
    team_max: int = Field(5, ge=1, le=100)
    small_team: str = ""
    """What a team of fewer than `team_min` may not do, in a sentence."""
    organisers: People = ()
    jurors: People = ()
    juror_topics: tuple[JurorTopics, ...] = ()
    """Demos go to who knows them, where all else is equal."""
    edited_at: AwareDatetime | None = None
    """When this was last changed; a file that does not say it has its own time of change."""
    practice_of: str | None = None
    """The slug of the event that this is a practice copy of; it is plainly marked."""
    moved: Moved | None = None
    """Set while a moved deadline is in force; no file says it."""

    @model_validator(mode="after")
    def _consistent(self) -> "Event":
        if self.slug in RESERVED:
            raise ValueError(f"slug {self.slug!r} is an address of the gallery's own; take another")
        keys = [phase.key for phase in self.phases]
        if sorted(keys) != sorted(PhaseKey):
            raise ValueError(
                f"each phase must be there once ({', '.join(PhaseKey)}), got "
                f"{', '.join(keys) or 'none'}; add or remove [[phases]]"
            )
        _once("milestones", (milestone.key for milestone in self.milestones))
        _once("talks", (talk.key for talk in self.talks))
        if self.team_max < self.team_min:
            raise ValueError(f"team_max must be at least team_min ({self.team_min}); raise it")
        submission, judging, results = (
            self.phase(key) for key in (PhaseKey.SUBMISSION, PhaseKey.JUDGING, PhaseKey.RESULTS)
        )
        if judging.starts < submission.ends:
            raise ValueError(
                f"judging must not start before submission ends ({submission.ends}), got "
                f"{judging.starts}; a jury needs demos that hold still"
            )
        if results.starts < judging.starts:
            raise ValueError(
                f"results must not start before judging does ({judging.starts}), got "
                f"{results.starts}; move one of them"
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def team_size(self) -> str:
        """How many people a team has, in words."""
        if self.team_min < self.team_max:
            return f"{self.team_min} to {self.team_max} people"
        return "1 person" if self.team_max == 1 else f"{self.team_max} people"

    @property
    def is_practice(self) -> bool:
        return self.practice_of is not None

    @property
    def deadline(self) -> datetime:
        """Until when submissions are taken and edited: shown and enforced alike.

        Of an event that a `Gallery` gives it is the one in force, wherever organisers moved it.
        """
        return self.phase(PhaseKey.SUBMISSION).ends

    @property
    def starts(self) -> datetime:
        return min(phase.starts for phase in self.phases)

    @property
    def ends(self) -> datetime:
        return max(phase.ends for phase in self.phases)

    def phase(self, key: PhaseKey) -> Phase:
        return next(phase for phase in self.phases if phase.key == key)

    def current(self, now: datetime) -> tuple[Phase, ...]:
        """The phases that are on, in the order of the file."""
        return tuple(phase for phase in self.phases if phase.contains(now))

    def is_open(self, key: PhaseKey, now: datetime) -> bool:
        return self.phase(key).contains(now)

    def require_open(self, key: PhaseKey, now: datetime, doing: str) -> None:
        """`doing` completes "… is open from": "signing up", "submitting"."""
        phase = self.phase(key)
        if not phase.contains(now):
            when = "begins then" if now < phase.starts else "is over"
            raise Closed(
                f"{doing} is open from {told(phase.starts)} to {told(phase.ends)}; it {when}"
            )


def _once(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise ValueError(f"two {what} have the key {key!r}; rename one")
        seen.add(key)
