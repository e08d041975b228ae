"""Whether there is such a Space, for everybody."""

from spaces.checks.check import Finding, failure, passed
from spaces.hub.facts import SpaceFacts


def check(space_id: str, space: SpaceFacts | None) -> Finding:
    if space is None:
        return failure(
            f"There is no public Space {space_id}.",
            "Check the address; if the Space is private, make it public in its settings.",
        )
    return passed(f"{space.repo_id} is there.")
