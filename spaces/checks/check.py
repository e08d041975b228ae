"""What a check finds, and how a rule says so: every failure tells what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """`UNKNOWN`: it could not be found out now; that is nobody's fault, and no failure."""

    PASS = "pass"  # noqa: S105  no password
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What one rule says. `remedy` is what to do, empty when there is nothing to do."""

    outcome: Outcome
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """A finding under the name and title of its rule.

    `subject` is the repository it is about, empty when that is the Space or the team: rules for
    models and datasets are checked once for each.
    """

    name: str
    title: str
    outcome: Outcome
    message: str
    remedy: str = ""
    subject: str = ""


def passed(message: str) -> Finding:
    return Finding(Outcome.PASS, message)


def warning(message: str, remedy: str) -> Finding:
    return Finding(Outcome.WARNING, message, remedy)


def failure(message: str, remedy: str) -> Finding:
    return Finding(Outcome.FAILURE, message, remedy)


def unknown(why: str) -> Finding:
    """For what could not be found out; `why` may be an error's sentence."""
    remedy = "Run the checks again in a few minutes."
    return Finding(Outcome.UNKNOWN, as_sentence(why), remedy)


def as_sentence(error: str) -> str:
    """Errors begin small and end open, as parts of a line do; here they stand alone."""
    return f"{error[:1].upper()}{error[1:].rstrip('.')}."
