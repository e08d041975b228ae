"""An event as a calendar to subscribe to (iCalendar, RFC 5545)."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import icalendar

from gallery.event.event import Event
from gallery.event.programme import Talk

REFRESH = timedelta(hours=6)
"""How often a subscriber's calendar is asked to look again."""
WARNINGS = (timedelta(days=1), timedelta(hours=2))
"""How long before the deadline it rings."""
FIRST_SEQUENCE = datetime(2020, 1, 1, tzinfo=UTC)


def calendar(event: Event, base_url: str) -> bytes:
    """Phases and milestones as days that leave one free, talks as hours, the deadline with alarms.

    The same event gives the same bytes. Each entry keeps its UID for good; SEQUENCE counts the
    seconds up to the event file's last change, so it grows when the file is changed.
    """
    return _Entries(event, base_url).calendar.to_ical()


class _Entries:
    def __init__(self, event: Event, base_url: str) -> None:
        self.event = event
        self.host = urlsplit(base_url).hostname
        self.page = f"{base_url}/{event.slug}/event"
        self.changed = event.edited_at or event.starts
        self.prefix = "Practice: " if event.is_practice else ""
        self.calendar = icalendar.Calendar()
        name = f"{self.prefix}{event.name}"
        for field, value in (
            ("prodid", "-//Diffusion sprint//Gallery//EN"),
            ("version", "2.0"),
            ("calscale", "GREGORIAN"),
            ("name", name),
            ("x-wr-calname", name),
            ("x-wr-caldesc", event.summary),
            ("x-wr-timezone", event.timezone),
            ("x-published-ttl", "PT6H"),
        ):
            self.calendar.add(field, value)
        self.calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        self._add_phases()
        self._add_deadline()
        for milestone in event.milestones:
            self._add_day(
                f"milestone-{milestone.key}", milestone.title, milestone.text, milestone.day
            )
        for talk in event.talks:
            self._add_talk(talk)

    def _add_phases(self) -> None:
        zone = self.event.zone
        for phase in self.event.phases:
            days = phase.first_day(zone), phase.last_day(zone)
            self._add_day(f"phase-{phase.key}", phase.title, phase.text, *days)

    def _add_deadline(self) -> None:
        entry = self._entry("deadline", "Submissions close", "What stands now is what counts.")
        entry.add("dtstart", self.event.deadline.astimezone(UTC))
        for before in WARNINGS:
            _ring(entry, before)
        self.calendar.add_component(entry)

    def _add_talk(self, talk: Talk) -> None:
        by = " and ".join(
            f"{speaker.name}, {speaker.affiliation}" if speaker.affiliation else speaker.name
            for speaker in talk.speakers
        )
        entry = self._entry(f"talk-{talk.key}", f"{talk.title} ({by})", talk.text)
        entry.add("dtstart", talk.starts.astimezone(UTC))
        entry.add("dtend", talk.ends.astimezone(UTC))
        if talk.video:
            entry.add("location", talk.video)
        _ring(entry, timedelta(minutes=10))
        self.calendar.add_component(entry)

    def _add_day(
        self, key: str, title: str, text: str, first: date, last: date | None = None
    ) -> None:
        entry = self._entry(key, title, text)
        entry.add("dtstart", first)
        entry.add("dtend", (last or first) + timedelta(days=1))  # the first day that is not in it
        entry.add("transp", "TRANSPARENT")
        self.calendar.add_component(entry)

    def _entry(self, key: str, title: str, text: str) -> icalendar.Event:
        entry = icalendar.Event()
        entry.add("uid", f"{key}.{self.event.slug}@{self.host}")
        entry.add("dtstamp", self.changed.astimezone(UTC))
        entry.add("last-modified", self.changed.astimezone(UTC))
        entry.add("sequence", int((self.changed - FIRST_SEQUENCE).total_seconds()))
        entry.add("summary", f"{self.prefix}{title}")
        entry.add("description", "\n\n".join(part for part in (text.strip(), self.page) if part))
        entry.add("url", self.page)
        return entry


def _ring(entry: icalendar.Event, before: timedelta) -> None:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry["summary"])
    alarm.add("trigger", -before)
    entry.add_component(alarm)
