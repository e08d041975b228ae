"""What can go wrong around a Space, apart from making pictures.

    SpacesError
    ├── NotASpace            an address that leads to no Space
    ├── HubUnavailable       the Hub is slow, down, or talks nonsense; what was known is still true
    │   └── HubRefused       it answers, but not to us: a gated repository, a token it does not take
    ├── DemoUnavailable      a demo does not answer, or not as a Gradio demo does
    │   ├── DemoSlow         not in time
    │   └── DemoRefused      it answers that it cannot, or we may not ask it
    ├── Refused              a stranger sent what a page does not take
    └── CannotDo             a command that cannot be done as it was asked for

Each message is one sentence: what was expected, what came, what to do.
"""


class SpacesError(Exception):
    """Base of all errors that this package raises on purpose, the core's own aside."""


class NotASpace(SpacesError):
    """Somebody typed an address that leads to no Space."""


class HubUnavailable(SpacesError):
    """The Hub cannot be asked now; `retry_after` is in seconds, when it told."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HubRefused(HubUnavailable):
    """The Hub answers, but does not let us: asking again will not help."""


class DemoUnavailable(SpacesError):
    """A demo that does not answer, or not in the way that Gradio demos do."""


class DemoSlow(DemoUnavailable):
    """A demo that had not answered when the time was over."""


class DemoRefused(DemoUnavailable):
    """A demo that answered with an error, or that this machine must not connect to."""


class Refused(SpacesError):
    """What was sent to a page is not what it takes; `status` is HTTP's number for that."""

    def __init__(self, sentence: str, *, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class CannotDo(SpacesError):
    """A command of a team's cannot be done as it was asked for."""
