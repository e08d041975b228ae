"""The demo's answer: a picture, soon."""

from spaces.checks.check import Finding, as_sentence, failure, passed, unknown, warning
from spaces.errors import DemoUnavailable
from spaces.hub.demo_api import DemoAnswer
from spaces.hub.facts import SpaceFacts

SLOW_SECONDS = 60


def check(space: SpaceFacts, answer: DemoAnswer | DemoUnavailable | None) -> Finding:
    """`answer` is None for a demo that is not running: there was nobody to ask."""
    if answer is None:
        stage = (space.stage or "not known to the Hub").lower().replace("_", " ")
        return unknown(f"It was not asked: the Space is {stage}.")
    if isinstance(answer, DemoUnavailable):
        return failure(
            as_sentence(str(answer)), "Open the demo, make a picture, and see what its logs say."
        )
    took = f"{answer.seconds:.0f} s" if answer.seconds >= 10 else f"{answer.seconds:.1f} s"
    if answer.picture is None:
        return warning(
            f"{answer.endpoint} answered in {took}, without a picture.",
            "Let a named endpoint of the demo return a picture, with defaults for all else.",
        )
    if answer.seconds > SLOW_SECONDS:
        return warning(
            f"{answer.endpoint} answered with a picture, after {took}.",
            "Take fewer steps by default, or faster hardware: a juror has forty demos to go.",
        )
    return passed(f"{answer.endpoint} answered with a picture in {took}.")
