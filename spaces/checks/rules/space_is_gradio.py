"""Whether the Space is made with Gradio, or is a static page that opens a Gradio demo elsewhere."""

from spaces.checks.check import Finding, failure, passed
from spaces.hub.facts import SpaceFacts


def check(space: SpaceFacts) -> Finding:
    if space.sdk == "gradio":
        return passed("It is a Gradio Space.")
    if space.sdk == "static" and space.demo:
        return passed(f"It is a static page for the demo at {space.demo}.")
    if space.sdk == "static":
        return failure(
            "It is a static page that names no demo.",
            "Say where the demo answers in the front matter of its README: `demo: https://…`.",
        )
    return failure(
        f"It is a {space.sdk} Space." if space.sdk else "Its README names no sdk.",
        "Build the demo with Gradio, and set `sdk: gradio` in the Space's README.",
    )
