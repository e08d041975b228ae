"""Own work: a Space told from a mere duplicate of another."""

from collections.abc import Sequence

from spaces.checks.check import Finding, failure, passed, warning
from spaces.hub.facts import SpaceFacts


def check(space: SpaceFacts, twins: Sequence[SpaceFacts]) -> Finding:
    """`twins` are the Space it was duplicated from, and others with the same app file."""
    same = [twin for twin in twins if space.app_digest and twin.app_digest == space.app_digest]
    for twin in same:
        if set(twin.models) == set(space.models):
            return failure(
                f"Its {space.app_file} is that of {twin.repo_id}, to the letter, and so are its "
                "models.",
                "Submit what you made yourselves: change the demo, or name your own models.",
            )
    if same:
        return warning(
            f"Its {space.app_file} is that of {same[0].repo_id}, to the letter, with other models.",
            "Say in the story what is yours.",
        )
    if space.duplicated_from:
        return passed(f"It began as {space.duplicated_from}, and was changed.")
    return passed("It is no duplicate of another Space.")
