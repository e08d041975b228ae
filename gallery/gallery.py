"""What the parts of a running gallery share, made once and passed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlsplit

from gallery.database.connection import Database
from gallery.database.in_force import EventsInForce
from gallery.errors import NotFound
from gallery.event.event import Event
from gallery.event.load import load_events
from gallery.fetching.fetch import Fetcher
from gallery.private import private_folder
from gallery.secret import secret_key
from gallery.settings import Settings
from spaces.hub.client import Hub

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Gallery:
    """`events` by slug, the current one first, as their files say; read from here, each is the one
    in force, with the deadline and the notice that organisers set since. `clock` gives aware times,
    and tests set it."""

    settings: Settings
    database: Database
    events: Mapping[str, Event]
    clock: Clock = field(default=utc_now)
    patience: float = 20.0
    """Seconds that the Hub may make us wait for one answer."""
    keep_seconds: float = 5.0
    """For so long visitors who are not signed in may be shown what a page said; see `Once`."""

    def __post_init__(self) -> None:
        if not isinstance(self.events, EventsInForce):
            object.__setattr__(self, "events", EventsInForce(self.events, self.database))

    @property
    def schedule(self) -> EventsInForce:
        """`events`, with what their files say, and with when to look at them anew."""
        assert isinstance(self.events, EventsInForce), "made so at first"
        return self.events

    @property
    def current(self) -> Event:
        """The event that the front page shows."""
        return next(iter(self.events.values()))

    @property
    def hub_name(self) -> str:
        """What people call the Hub that the settings name."""
        host = urlsplit(self.settings.hf_endpoint).netloc
        if host == "huggingface.co":
            return "Hugging Face"
        return "the practice Hub" if self.current.is_practice else host

    @cached_property
    def key(self) -> bytes:
        """Signs cookies; read or made when it is first needed."""
        return secret_key(self.settings)

    @cached_property
    def hub(self) -> Hub:
        """The Hub that the settings name."""
        token = self.settings.hf_token
        return Hub(
            self.settings.hf_endpoint,
            token.get_secret_value() if token else None,
            patience=self.patience,
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        """For every address that somebody typed."""
        return Fetcher(self.settings)

    def event(self, slug: str) -> Event:
        """The event in force; its `deadline` is the one that holds now. Raises `NotFound`."""
        if slug not in self.events:
            raise NotFound(f"no event is called {slug!r}; there is {', '.join(self.events)}")
        return self.events[slug]


def open_gallery(settings: Settings) -> Gallery:
    """The gallery that the settings describe, its database brought up to date."""
    events = load_events(settings.events)
    private_folder(settings.data_dir)
    database = Database(settings.database, journal=settings.sqlite_journal)
    database.migrate()
    return Gallery(settings, database, events)
