"""What somebody asks of the gallery: words, filters, an order, a page; also as an address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlencode

from gallery.errors import Invalid
from gallery.folding import fold
from gallery.submissions.content import Task

MAX_TEXT = 200
MAX_PAGE = 100_000
FILTERS = ("task", "control", "base_model", "tag", "state")
"""What can be filtered by; `state` is the demo's: `live`, `asleep`, `down`, `gone` or `unknown`."""
STATES = frozenset({"live", "asleep", "down", "gone", "unknown"})
CLOSED = {"task": frozenset(Task), "state": STATES}
"""Filters that know all their values."""


class Sort(StrEnum):
    """The order of the cards; `shuffled` is another one each day, so nobody is always first."""

    SHUFFLED = "shuffled"
    NEWEST = "newest"
    LIKES = "likes"
    HUB_LIKES = "hub-likes"
    TITLE = "title"

    @property
    def tells_likes(self) -> bool:
        return self in (Sort.LIKES, Sort.HUB_LIKES)


@dataclass(frozen=True)
class Query:
    """One look at an event's submissions. `page` counts from 1.

    `day` says whose shuffled order is meant: other pages' addresses name it, so that they show
    tomorrow what they show today.
    """

    event: str
    text: str = ""
    task: str = ""
    control: str = ""
    base_model: str = ""
    tag: str = ""
    state: str = ""
    sort: Sort = Sort.SHUFFLED
    page: int = 1
    day: date | None = None

    @classmethod
    def from_params(cls, event: str, params: Mapping[str, str]) -> "Query":
        """From an address's parameters, as `to_params` gives them; others are left alone.

        Raises `Invalid` for an order that there is not, a page that is not a number, or a day that
        is not a date.
        """
        return cls(
            event=event,
            text=_line(params, "q"),
            sort=_sort(params.get("sort", "")),
            page=_page(params.get("page", "")),
            day=_day(params.get("day", "")),
            **{name: _line(params, name) for name in FILTERS},
        )

    @classmethod
    def from_address(cls, event: str, params: Mapping[str, str]) -> "Query":
        """As `from_params`, for an address that somebody may have mistyped.

        What does not fit is as if it were not there: it shows the first page of what the rest asks.
        """
        words = params.get("q", "")[:MAX_TEXT]
        fit = {name: value for name, value in params.items() if _fits(event, name, value)}
        return cls.from_params(event, {**fit, "q": words})

    def to_params(self) -> dict[str, str]:
        """What differs from looking at everything: empty for the plain home page."""
        params = {"q": self.text} | {name: getattr(self, name) for name in FILTERS}
        if self.sort is not Sort.SHUFFLED:
            params["sort"] = self.sort
        elif self.day:
            params["day"] = self.day.isoformat()
        if self.page != 1:
            params["page"] = str(self.page)
        return {name: value for name, value in params.items() if value}

    @property
    def address(self) -> str:
        """To be shared: it shows the same to everybody."""
        params = self.to_params()
        return f"/{self.event}" + (f"?{urlencode(params)}" if params else "")

    def address_of(self, submission_id: int) -> str:
        """One submission's page, which then knows what comes before and after it."""
        params = self.on_page(1).to_params()
        query = f"?{urlencode(params)}" if params else ""
        return f"/{self.event}/submissions/{submission_id}{query}"

    @property
    def words(self) -> tuple[str, ...]:
        """All of them must be found somewhere in what a submission says."""
        return tuple(dict.fromkeys(fold(self.text).split()))

    @property
    def filters(self) -> dict[str, str]:
        """Those that are set."""
        return {name: getattr(self, name) for name in FILTERS if getattr(self, name)}

    @property
    def is_narrowed(self) -> bool:
        """Whether something may be left out."""
        return bool(self.words or self.filters)

    def having(self, **changes: str) -> "Query":
        """With other words, filters or order, from the first page on."""
        return replace(self, **{"page": 1, "day": None, **changes})

    def on_page(self, page: int) -> "Query":
        return replace(self, page=page)

    def blinded(self) -> "Query":
        """For who is not to know what is liked: in the usual order instead."""
        return replace(self, sort=Sort.SHUFFLED) if self.sort.tells_likes else self

    def of_day(self, today: date) -> "Query":
        """In the order of today, unless another day's is asked for."""
        return replace(self, day=self.day or today)


def _fits(event: str, name: str, value: str) -> bool:
    try:
        Query.from_params(event, {name: value})
    except Invalid:
        return False
    return name not in CLOSED or value in CLOSED[name]


def _line(params: Mapping[str, str], name: str) -> str:
    text = " ".join(params.get(name, "").replace("\0", " ").split())
    if len(text) > MAX_TEXT:
        raise Invalid(
            f"a search takes at most {MAX_TEXT} characters, got {len(text)}; use fewer words",
            field=name,
        )
    return text


def _sort(value: str) -> Sort:
    try:
        return Sort(value or Sort.SHUFFLED)
    except ValueError:
        raise Invalid(
            f"sort must be one of {', '.join(Sort)}, got {value!r}; leave it out for the usual one",
            field="sort",
        ) from None


def _page(value: str) -> int:
    number = value or "1"
    is_number = number.isascii() and number.isdigit() and len(number) <= len(str(MAX_PAGE))
    if not (is_number and 1 <= int(number) <= MAX_PAGE):
        raise Invalid(
            f"page must be a number from 1 to {MAX_PAGE}, got {value[:20]!r}; begin with page 1",
            field="page",
        )
    return int(number)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid(
            f"day must be a date like 2023-04-24, got {value[:20]!r}; leave it out for today's",
            field="day",
        ) from None
