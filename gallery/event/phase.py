"""The spans of time that a sprint goes through, and what is open in them."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, model_validator

from gallery.event.part import Line, Link, Part


def told(when: datetime) -> str:
    """A minute as every sentence and every page names it: "1 May 2023, 21:59 UTC"."""
    return when.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC")


class PhaseKey(StrEnum):
    """What a sprint goes through; phases may overlap."""

    SIGN_UP = "sign_up"
    TEAM_FORMING = "team_forming"
    DATA = "data"
    TPU_ACCESS = "tpu_access"
    SUBMISSION = "submission"
    JUDGING = "judging"
    RESULTS = "results"


class Phase(Part):
    """A span of time in which something is open: from `starts` until just before `ends`."""

    key: PhaseKey
    title: Line
    starts: AwareDatetime
    ends: AwareDatetime
    text: str = ""
    """Markdown."""
    links: tuple[Link, ...] = ()

    @model_validator(mode="after")
    def _forwards(self) -> "Phase":
        if self.ends <= self.starts:
            raise ValueError(f"ends must be later than starts ({self.starts}); move one of them")
        return self

    def contains(self, now: datetime) -> bool:
        return self.starts <= now < self.ends

    def first_day(self, zone: ZoneInfo) -> date:
        return self.starts.astimezone(zone).date()

    def last_day(self, zone: ZoneInfo) -> date:
        """The last day on which it is open: a phase that ends at midnight ends the day before."""
        return (self.ends - timedelta(microseconds=1)).astimezone(zone).date()
