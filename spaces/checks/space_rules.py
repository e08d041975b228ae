"""The rules about the team and its Space: from facts to one `Check` each. No network in sight."""

from collections.abc import Mapping, Sequence

from spaces.checks.check import TITLES, Check, Outcome, failure, passed, unknown, warning
from spaces.hub.facts import SpaceFacts


def team_size(size: int, least: int, most: int) -> Check:
    people = "1 person" if size == 1 else f"{size} people"
    bounds = f"{least} to {most}"
    if size > most:
        remedy = "Ask the organisers, or let somebody join another team."
        return failure("team_size", f"The team has {people}; teams are {bounds}.", remedy)
    if size < least:
        remedy = "Find team mates on the ideas page, or invite them by name."
        return warning("team_size", f"The team has {people}; teams are {bounds}.", remedy)
    return passed("team_size", f"The team has {people}.")


def space_exists(space_id: str, space: SpaceFacts | None) -> Check:
    if space is None:
        return failure(
            "space_exists",
            f"There is no public Space {space_id}.",
            "Check the address; if the Space is private, make it public in its settings.",
        )
    return passed("space_exists", f"{space.repo_id} is there.")


def space_is_gradio(space: SpaceFacts) -> Check:
    if space.sdk == "gradio":
        return passed("space_is_gradio", "It is a Gradio Space.")
    return failure(
        "space_is_gradio",
        f"It is a {space.sdk} Space." if space.sdk else "Its README names no sdk.",
        "Build the demo with Gradio, and set `sdk: gradio` in the Space's README.",
    )


_LOGS = "Read the Space's logs (the button above the demo), mend what they say, and push."
_STAGES: Mapping[str, tuple[Outcome, str, str]] = {
    "RUNNING": (Outcome.PASS, "It is running.", ""),
    "RUNNING_BUILDING": (Outcome.PASS, "It is running, and a new version is being built.", ""),
    "RUNNING_APP_STARTING": (Outcome.PASS, "It is running, and a new version is starting.", ""),
    "BUILDING": (Outcome.WARNING, "It is being built.", "Check again when it is done."),
    "APP_STARTING": (Outcome.WARNING, "It is starting.", "Check again in a few minutes."),
    "SLEEPING": (
        Outcome.WARNING,
        "It is asleep, and takes minutes to wake.",
        "Open it now and then during judging, so that nobody has to wait.",
    ),
    "PAUSED": (Outcome.FAILURE, "It is paused.", "Restart it in the Space's settings."),
    "STOPPED": (Outcome.FAILURE, "It is stopped.", "Restart it in the Space's settings."),
    "NO_APP_FILE": (Outcome.FAILURE, "It has no app file.", "Push an app.py to the Space."),
    "CONFIG_ERROR": (
        Outcome.FAILURE,
        "The README's front matter cannot be used.",
        "Correct it: the Space's page says what is wrong.",
    ),
    "BUILD_ERROR": (Outcome.FAILURE, "It could not be built.", _LOGS),
    "RUNTIME_ERROR": (Outcome.FAILURE, "It stopped with an error.", _LOGS),
    "DELETING": (Outcome.FAILURE, "It is being deleted.", "Submit another Space."),
}


def space_runs(space: SpaceFacts) -> Check:
    known = _STAGES.get((space.stage or "").upper())
    if known is None:
        told = f"The Hub calls it {space.stage!r}." if space.stage else "The Hub does not say."
        return unknown("space_runs", told)
    outcome, message, remedy = known
    return Check("space_runs", TITLES["space_runs"], outcome, message, remedy)


def space_tag(space: SpaceFacts, tag: str) -> Check:
    if tag.casefold() in {one.casefold() for one in space.tags}:
        return passed("space_tag", f"It carries the tag {tag}.")
    return failure(
        "space_tag",
        f"The tag {tag} is not among its tags.",
        f"Add it to the front matter of the Space's README: `tags: [{tag}]`.",
    )


def space_original(space: SpaceFacts, twins: Sequence[SpaceFacts]) -> Check:
    """`twins` are the Space it was duplicated from, and others with the same app file."""
    same = [twin for twin in twins if space.app_digest and twin.app_digest == space.app_digest]
    for twin in same:
        if set(twin.models) == set(space.models):
            return failure(
                "space_original",
                f"Its {space.app_file} is that of {twin.repo_id}, to the letter, and so are its "
                "models.",
                "Submit what you made yourselves: change the demo, or name your own models.",
            )
    if same:
        return warning(
            "space_original",
            f"Its {space.app_file} is that of {same[0].repo_id}, to the letter, with other models.",
            "Say in the story what is yours.",
        )
    if space.duplicated_from:
        return passed("space_original", f"It began as {space.duplicated_from}, and was changed.")
    return passed("space_original", "It is no duplicate of another Space.")


def space_license(space: SpaceFacts) -> Check:
    if space.license:
        return passed("space_license", f"Its licence is {space.license}.")
    return warning(
        "space_license",
        "The Space's README names no licence.",
        "Add one to its front matter: `license: apache-2.0`.",
    )
