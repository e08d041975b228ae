"""Local times of a zone: which offset holds on a day, and how an instant is told to people."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from gallery.errors import Invalid


@cache
def zone_names() -> frozenset[str]:
    """As in Europe/Paris. They are files, which takes a while to look through."""
    return frozenset(available_timezones())


def offsets(local: datetime, zone: ZoneInfo) -> tuple[timedelta, ...]:
    """The offsets from UTC that a time on the wall can have in `zone`, the earlier instant first.

    One, on nearly all days; two in the hour that is repeated when summer ends; none in the hour
    that is left out when it begins. `local` carries no zone.
    """
    found: dict[timedelta, None] = {}
    for fold in (0, 1):
        aware = local.replace(tzinfo=zone, fold=fold)
        offset = aware.utcoffset()
        assert offset is not None, "zones have an offset at all times"
        there = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if there == local.replace(fold=0):
            found[offset] = None
    return tuple(found)


def nearest_offset(local: datetime, zone: ZoneInfo) -> timedelta:
    """The offset to write behind `local`: the earlier where there are two, and where the wall's
    clock leaves it out the one before."""
    found = offsets(local, zone)
    return found[0] if found else local.replace(tzinfo=zone).utcoffset() or timedelta(0)


def written(offset: timedelta) -> str:
    """`+01:00`, as it stands behind a time."""
    sign = "-" if offset < timedelta(0) else "+"
    minutes = int(abs(offset).total_seconds()) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def city(zone: ZoneInfo) -> str:
    """`Los Angeles`; a zone of no place is called as it is."""
    name = zone.key.rpartition("/")[2].replace("_", " ")
    return "UTC" if name in ("UTC", "Universal", "Zulu", "UCT") else name


def in_words(when: datetime, zone: ZoneInfo) -> str:
    """`Friday 1 May 2026, 23:59 in Berlin (21:59 UTC)`: nobody has to guess the zone."""
    local, utc = when.astimezone(zone), when.astimezone(UTC)
    said = local.strftime("%A %-d %B %Y, %H:%M")
    if city(zone) == "UTC":
        return f"{said} UTC"
    same_day = local.date() == utc.date()
    return f"{said} in {city(zone)} ({utc.strftime('%H:%M' if same_day else '%-d %B, %H:%M')} UTC)"


def instant(text: str, zone: ZoneInfo, *, field: str) -> datetime:
    """The instant that a person typed: a time of `zone`, or with an offset. Raises `Invalid`."""
    try:
        when = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise Invalid(
            f"a time looks like 2026-05-01T23:59, got “{text.strip()[:40]}”; write it so, as the "
            f"clock in {city(zone)} shows it",
            field=field,
        ) from None
    if when.tzinfo is not None:
        return when.astimezone(UTC)
    found = offsets(when, zone)
    if not found:
        raise Invalid(
            f"{when:%H:%M on %-d %B %Y} does not exist in {city(zone)}, where the clocks go "
            "forward then; choose an hour earlier or later",
            field=field,
        )
    if len(found) > 1:
        first, second = (f"{when:%Y-%m-%dT%H:%M}{written(one)}" for one in found)
        raise Invalid(
            f"{when:%H:%M on %-d %B %Y} comes twice in {city(zone)}, where the clocks go back "
            f"then; write {first} for the first or {second} for the second",
            field=field,
        )
    return when.replace(tzinfo=zone).astimezone(UTC)
