"""The sprint that most tests are about."""

from datetime import UTC, datetime, timedelta

from gallery.event.event import Event, Phase, PhaseKey

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def summer(now: datetime = NOW) -> Event:
    """Everything but judging and results is open, for five days more."""
    starts, ends = now - timedelta(days=5), now + timedelta(days=5)
    later = {PhaseKey.JUDGING, PhaseKey.RESULTS}
    return Event(
        slug="summer",
        name="Summer sprint",
        tag="summer-sprint",
        summary="A sprint for tests.",
        timezone="Europe/Paris",
        phases=tuple(
            Phase(
                key=key,
                title=key.replace("_", " ").capitalize(),
                starts=ends if key in later else starts,
                ends=ends + timedelta(days=5) if key in later else ends,
            )
            for key in PhaseKey
        ),
        small_team="Machine time is given to teams of three.",
        organisers=("organiser",),
        jurors=("juror",),
    )
