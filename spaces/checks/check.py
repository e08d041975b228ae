"""What a rule says of a submission: one `Check`, with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """`UNKNOWN`: it could not be found out now; that is nobody's fault, and no failure."""

    PASS = "pass"  # noqa: S105  no password
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


TITLES = {
    "team_size": "Size of the team",
    "space_exists": "The Space",
    "space_is_gradio": "Made with Gradio",
    "space_runs": "State of the Space",
    "space_tag": "The event's tag",
    "space_original": "Own work",
    "space_license": "Licence of the code",
    "models_linked": "Linked models",
    "model_card": "Card of the model",
    "model_license": "Licence of the model",
    "weights": "Weights",
    "datasets_linked": "Linked datasets",
    "dataset_card": "Card of the dataset",
    "dataset_license": "Licence of the dataset",
    "demo_answers": "The demo's answer",
}
"""Every rule by its name, in the order in which they are checked: what it looks at, not what it
found, since the same words stand above a failure."""


@dataclass(frozen=True)
class Check:
    """What one rule said. `remedy` is what to do, empty when there is nothing to do.

    `subject` is the repository it is about, empty when that is the Space or the team: rules for
    models and datasets are checked once for each.
    """

    name: str
    title: str
    outcome: Outcome
    message: str
    remedy: str = ""
    subject: str = ""


def unknown(name: str, why: str, *, subject: str = "") -> Check:
    """For what could not be found out; `why` may be an error's sentence."""
    remedy = "Run the checks again in a few minutes."
    return Check(name, TITLES[name], Outcome.UNKNOWN, as_sentence(why), remedy, subject)


def passed(name: str, message: str, *, subject: str = "") -> Check:
    return Check(name, TITLES[name], Outcome.PASS, message, "", subject)


def warning(name: str, message: str, remedy: str, *, subject: str = "") -> Check:
    return Check(name, TITLES[name], Outcome.WARNING, message, remedy, subject)


def failure(name: str, message: str, remedy: str, *, subject: str = "") -> Check:
    return Check(name, TITLES[name], Outcome.FAILURE, message, remedy, subject)


def as_sentence(error: str) -> str:
    """Errors begin small and end open, as parts of a line do; here they stand alone."""
    return f"{error[:1].upper()}{error[1:].rstrip('.')}."
