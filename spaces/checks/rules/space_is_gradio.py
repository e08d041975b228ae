"""Whether the Space is made with Gradio."""

from spaces.checks.check import Finding, failure, passed
from spaces.hub.facts import SpaceFacts


def check(space: SpaceFacts) -> Finding:
    if space.sdk == "gradio":
        return passed("It is a Gradio Space.")
    return failure(
        f"It is a {space.sdk} Space." if space.sdk else "Its README names no sdk.",
        "Build the demo with Gradio, and set `sdk: gradio` in the Space's README.",
    )
