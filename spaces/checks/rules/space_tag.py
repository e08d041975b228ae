"""The event's tag in the Space's README."""

from spaces.checks.check import Finding, failure, passed
from spaces.hub.facts import SpaceFacts


def check(space: SpaceFacts, tag: str) -> Finding:
    if tag.casefold() in {one.casefold() for one in space.tags}:
        return passed(f"It carries the tag {tag}.")
    return failure(
        f"The tag {tag} is not among its tags.",
        f"Add it to the front matter of the Space's README: `tags: [{tag}]`.",
    )
