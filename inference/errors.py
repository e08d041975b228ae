"""Everything that can go wrong in the core.

    InferenceError
    ├── NotFinite                 a picture that came out as infinity or NaN
    ├── InvalidRequest            what was asked cannot be done; `field` names the part
    │   └── InvalidImage          a picture that cannot be read or used
    ├── Busy                      too much is waiting already; the same is taken a little later
    │   └── QueueFull             no room in the queue, or for this client; `retry_after` says when
    ├── Cancelled                 whoever asked wants it no longer
    ├── Interrupted               the engine ended before the picture was done
    ├── EngineUnavailable         the service that makes the pictures is away, or takes no such key
    ├── AnnotatorUnavailable      a learned annotator whose package or weights are not to be had
    └── CheckpointError           weights or configuration
        ├── CheckpointNotFound    no such folder, repository, revision, or no weights in it
        ├── UnsafeWeights         only pickled weights, which could run code
        ├── DamagedWeights        a weight file that cannot be read, or is of something else
        ├── MismatchedTokenizer   a tokenizer with tokens that the text encoder does not know
        ├── MismatchedWeights     a weight file that does not fit its configuration, leaf by leaf
        ├── ForeignControlNet     a ControlNet that was trained for another base model
        ├── ControlNetUnavailable one that is known by its name, and cannot be loaded now
        └── UnsupportedConfig     a field that changes the computation and is not supported

Each message is one sentence: what was expected, what came, what to do. Only the command line, the
HTTP server and the pages turn these into text for people.
"""

from collections.abc import Sequence


def shown(value: object) -> str:
    """A value as a sentence may repeat it: a stranger's may be of any length."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class InferenceError(Exception):
    """Base of all errors that the core raises on purpose."""


class InvalidRequest(InferenceError):
    """A request that cannot be served; `field` is the name of the offending part."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidImage(InvalidRequest):
    """A picture that cannot be read, is too small, or is too large."""


class Busy(InferenceError):
    """Too much is waiting already; the same is taken a little later."""


class QueueFull(Busy):
    """No room in the queue, or none for this client; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Cancelled(InferenceError):
    """Whoever asked wants it no longer."""


class Interrupted(InferenceError):
    """The engine ended before the picture was done."""


class EngineUnavailable(InferenceError):
    """The service that makes the pictures cannot be reached, or lets this program not in."""


class AnnotatorUnavailable(InferenceError):
    """A learned annotator whose package or weights are not to be had."""


class NotFinite(InferenceError):
    """A picture that came out as infinity or NaN; the others of its batch are whole."""


class CheckpointError(InferenceError):
    """Weights or configuration that cannot be used."""


class CheckpointNotFound(CheckpointError):
    """No checkpoint where one was expected."""


class UnsafeWeights(CheckpointError):
    """Only pickled weights, which could run code on loading."""


class DamagedWeights(CheckpointError):
    """A weight file that is truncated or not of its format."""


class MismatchedTokenizer(CheckpointError):
    """A tokenizer with tokens that the text encoder does not know."""


class MismatchedWeights(CheckpointError):
    """A weight file that does not fit its configuration.

    `missing` and `extra` hold leaf names, `misshaped` holds "name: expected shape, got shape".
    """

    SHOWN = 8

    def __init__(
        self,
        where: str,
        *,
        missing: Sequence[str],
        extra: Sequence[str],
        misshaped: Sequence[str],
    ) -> None:
        self.missing = tuple(missing)
        self.extra = tuple(extra)
        self.misshaped = tuple(misshaped)
        parts = [
            f"{len(names)} {label} ({self._listed(names)})"
            for label, names in (
                ("missing", self.missing),
                ("extra", self.extra),
                ("of another shape", self.misshaped),
            )
            if names
        ]
        super().__init__(
            f"{where} does not fit its config.json: {', '.join(parts)}; "
            "use the config.json that the weights were saved with"
        )

    @classmethod
    def _listed(cls, names: Sequence[str]) -> str:
        rest = len(names) - cls.SHOWN
        return ", ".join(names[: cls.SHOWN]) + (f", and {rest} more" if rest > 0 else "")


class ForeignControlNet(CheckpointError):
    """A ControlNet whose shape is not that of the base model beside it."""


class ControlNetUnavailable(CheckpointError):
    """A ControlNet that a request named, and that could not be loaded for it."""


class UnsupportedConfig(CheckpointError):
    """A configuration field that changes the computation and that this code does not support."""

    def __init__(
        self,
        field: str,
        got: object,
        *,
        expected: str,
        where: str = "config.json",
        remedy: str = "choose a checkpoint of the Stable Diffusion 1.x or 2.x family",
    ) -> None:
        super().__init__(f"{where}: {field} must be {expected}, got {got!r}; {remedy}")
        self.field = field
        self.got = got
