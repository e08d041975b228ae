"""The state of the Space: running, asleep, or broken."""

from collections.abc import Mapping

from spaces.checks.check import Finding, failure, passed, unknown, warning
from spaces.hub.facts import SpaceFacts

_LOGS = "Read the Space's logs (the button above the demo), mend what they say, and push."
_STAGES: Mapping[str, Finding] = {
    "RUNNING": passed("It is running."),
    "RUNNING_BUILDING": passed("It is running, and a new version is being built."),
    "RUNNING_APP_STARTING": passed("It is running, and a new version is starting."),
    "BUILDING": warning("It is being built.", "Check again when it is done."),
    "APP_STARTING": warning("It is starting.", "Check again in a few minutes."),
    "SLEEPING": warning(
        "It is asleep, and takes minutes to wake.",
        "Open it now and then during judging, so that nobody has to wait.",
    ),
    "PAUSED": failure("It is paused.", "Restart it in the Space's settings."),
    "STOPPED": failure("It is stopped.", "Restart it in the Space's settings."),
    "NO_APP_FILE": failure("It has no app file.", "Push an app.py to the Space."),
    "CONFIG_ERROR": failure(
        "The README's front matter cannot be used.",
        "Correct it: the Space's page says what is wrong.",
    ),
    "BUILD_ERROR": failure("It could not be built.", _LOGS),
    "RUNTIME_ERROR": failure("It stopped with an error.", _LOGS),
    "DELETING": failure("It is being deleted.", "Submit another Space."),
}


def check(space: SpaceFacts) -> Finding:
    known = _STAGES.get((space.stage or "").upper())
    if known is None:
        return unknown(
            f"The Hub calls it {space.stage!r}." if space.stage else "The Hub does not say."
        )
    return known
