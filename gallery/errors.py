"""Everything that can go wrong in the gallery, on purpose.

    GalleryError              `status` is what HTTP answers
    ├── Invalid          422  what was given cannot be taken; `field` names the part
    │   └── ForbiddenAddress  an address that this server must not fetch
    ├── NotSignedIn      401  it takes an account
    ├── NotAllowed       403  it takes another account, or another role
    ├── NotFound         404  no such thing, or not for this person's eyes
    ├── Closed           409  the event's phase does not allow it (now)
    ├── Stale            409  somebody saved in between
    ├── Exists           409  there is one already, and it says something else
    ├── TooMany          429  too many tries
    └── Unavailable      503  something outside does not answer (the Hub, the mail server), or all
                              of it is taken (the database, the readers of pictures)

Each message is one sentence: what was expected, what came, what to do. Pages, the API and the
command line turn these into text for people; nothing else does.
"""

from typing import ClassVar


class GalleryError(Exception):
    """Base of all errors that the gallery raises on purpose."""

    status: ClassVar[int] = 400
    retry_after: int | None = None
    """Seconds until the same may be taken."""

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP answers beside the status."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    @property
    def code(self) -> str:
        """The name that the API gives: `not_found`, `too_many`, …"""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Invalid(GalleryError):
    """What was given cannot be taken; `field` is the name of the offending part."""

    status = 422

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class ForbiddenAddress(Invalid):
    """An address that this server must not fetch: loopback, private, or not http(s)."""


class NotSignedIn(GalleryError):
    """It takes an account."""

    status = 401


class NotAllowed(GalleryError):
    """It takes another account, or another role."""

    status = 403


class NotFound(GalleryError):
    """No such thing, or not for this person's eyes: the two are told alike."""

    status = 404


class Closed(GalleryError):
    """The event's phase does not allow it now."""

    status = 409


class Stale(GalleryError):
    """Somebody else saved in between; nothing was overwritten."""

    status = 409


class Exists(GalleryError):
    """There is one already, and it says something else; what came was not kept."""

    status = 409


class TooMany(GalleryError):
    """Too many tries."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(GalleryError):
    """Something outside does not answer, or has no room: all of it may be so for a minute.

    `is_slow` where it had not answered when the time was over.
    """

    status = 503
    retry_after = 60

    def __init__(self, message: str, *, is_slow: bool = False) -> None:
        super().__init__(message)
        self.is_slow = is_slow
