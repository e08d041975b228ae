"""An event: what its file says, checked, and what is open at a given time."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from gallery.errors import Closed

RESERVED = frozenset({"account", "api", "pictures", "sign-in", "sign-out", "static", "submit"})
"""First parts of addresses that no event may be called."""


class PhaseKey(StrEnum):
    """What a sprint goes through; phases may overlap."""

    SIGN_UP = "sign_up"
    TEAM_FORMING = "team_forming"
    DATA = "data"
    TPU_ACCESS = "tpu_access"
    SUBMISSION = "submission"
    JUDGING = "judging"
    RESULTS = "results"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _zone(value: str) -> str:
    ZoneInfo(value)
    return value


class Phase(_Part):
    """A span of time in which something is open: from `starts` until just before `ends`."""

    key: PhaseKey
    title: str
    starts: AwareDatetime
    ends: AwareDatetime
    text: str = ""

    def contains(self, now: datetime) -> bool:
        return self.starts <= now < self.ends


class Event(_Part):
    """One sprint. Everything that is enforced is read from here, and so is what is shown."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")
    name: str
    tag: str
    """What a Space's card carries to take part: `jax-diffusers-event`."""
    summary: str
    """One sentence."""
    text: str = ""
    """Markdown."""
    timezone: Annotated[str, AfterValidator(_zone)]
    phases: tuple[Phase, ...]
    team_min: int = Field(3, ge=1)
    team_max: int = Field(5, ge=1)
    organisers: tuple[str, ...] = ()
    """Hub names or e-mail addresses."""
    jurors: tuple[str, ...] = ()
    practice_of: str | None = None
    """The slug of the event that this is a practice copy of; it is plainly marked."""

    @model_validator(mode="after")
    def _consistent(self) -> "Event":
        if self.slug in RESERVED:
            raise ValueError(f"slug {self.slug!r} is an address of the gallery's own; take another")
        keys = [phase.key for phase in self.phases]
        if sorted(keys) != sorted(PhaseKey):
            raise ValueError(f"every phase must be there once ({', '.join(PhaseKey)}), got {keys}")
        for phase in self.phases:
            if phase.ends <= phase.starts:
                raise ValueError(f"phase {phase.key} must end after it starts ({phase.starts})")
        if self.team_max < self.team_min:
            raise ValueError(f"team_max must be at least team_min ({self.team_min})")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_practice(self) -> bool:
        return self.practice_of is not None

    @property
    def deadline(self) -> datetime:
        """Until when submissions are taken and edited: shown and enforced alike."""
        return self.phase(PhaseKey.SUBMISSION).ends

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
            starts, ends = (
                when.astimezone(self.zone).strftime("%-d %B %Y, %H:%M %Z")
                for when in (phase.starts, phase.ends)
            )
            when = "begins then" if now < phase.starts else "is over"
            raise Closed(f"{doing} is open from {starts} to {ends}; it {when}")
