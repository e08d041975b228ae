"""Errors as JSON, and back: one shape for all of them, and no word about the service's inside.

{"error": {"code": "invalid_request", "message": "steps must be …", "field": "steps"}}
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.errors import (
    Busy,
    Cancelled,
    ControlNetUnavailable,
    EngineUnavailable,
    InferenceError,
    Interrupted,
    InvalidImage,
    InvalidRequest,
    NotFinite,
    QueueFull,
)

log = logging.getLogger(__name__)

BROKEN = "something broke on the service's side, and it was written down there; try once more"
BUSY_SECONDS = 5.0
CODES: tuple[tuple[type[InferenceError], int, str], ...] = (
    (InvalidImage, 422, "invalid_image"),
    (InvalidRequest, 422, "invalid_request"),
    (QueueFull, 503, "queue_full"),
    (Busy, 503, "busy"),
    (Cancelled, 409, "cancelled"),
    (Interrupted, 503, "interrupted"),
    (NotFinite, 500, "not_finite"),
    (ControlNetUnavailable, 503, "controlnet_unavailable"),
)
"""The first that fits; whatever else there is, is `broken`."""


@dataclass(frozen=True)
class Problem:
    """What an answer says instead of what was asked for; `retry_after` in seconds."""

    status: int
    code: str
    message: str
    field: str | None = None
    retry_after: float | None = None

    @property
    def body(self) -> dict[str, Any]:
        told = {"code": self.code, "message": self.message, "field": self.field}
        return {"error": {name: value for name, value in told.items() if value is not None}}

    @property
    def headers(self) -> dict[str, str]:
        head = {} if self.retry_after is None else {"Retry-After": _seconds(self.retry_after)}
        return {**head, "WWW-Authenticate": "Bearer"} if self.status == 401 else head


class Refused(Exception):
    """Ends the handling of a call with this answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refusal(
    status: int,
    code: str,
    message: str,
    *,
    field: str | None = None,
    retry_after: float | None = None,
) -> Refused:
    return Refused(Problem(status, code, message, field, retry_after))


def problem_of(error: Exception) -> Problem:
    """What may be told of an error; what nobody foresaw goes to the log."""
    if isinstance(error, Refused):
        return error.problem
    for kind, status, code in CODES:
        if isinstance(error, kind):
            field = error.field if isinstance(error, InvalidRequest) else None
            retry_after = BUSY_SECONDS if isinstance(error, Busy | Interrupted) else None
            retry_after = error.retry_after if isinstance(error, QueueFull) else retry_after
            return Problem(status, code, str(error), field, retry_after)
    log.error("a job or a call failed", exc_info=error)
    return Problem(500, "broken", BROKEN)


def code_of(error: BaseException) -> str:
    """One word for what went wrong, without any of the caller's."""
    if isinstance(error, Refused):
        return error.problem.code
    return next((code for kind, _, code in CODES if isinstance(error, kind)), "broken")


def error_of(told: Mapping[str, Any], retry_after: float = BUSY_SECONDS) -> InferenceError:
    """The error that a service told of, as the engine would raise it."""
    code, message = str(told.get("code")), str(told.get("message"))
    if code in ("queue_full", "too_many"):
        return QueueFull(message, retry_after=retry_after)
    if code in ("invalid_image", "invalid_request"):
        kind = InvalidImage if code == "invalid_image" else InvalidRequest
        return kind(message, field=str(told.get("field")))
    if code == "lost":
        return Interrupted(message)
    kinds = {name: kind for kind, _, name in CODES}
    return kinds.get(code, EngineUnavailable)(message)


def _seconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds)))
