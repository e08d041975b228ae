"""The size of the team, against the event's bounds."""

from spaces.checks.check import Finding, failure, passed, warning


def check(size: int, least: int, most: int) -> Finding:
    people = "1 person" if size == 1 else f"{size} people"
    bounds = f"{least} to {most}"
    if size > most:
        remedy = "Ask the organisers, or let somebody join another team."
        return failure(f"The team has {people}; teams are {bounds}.", remedy)
    if size < least:
        remedy = "Find team mates on the ideas page, or invite them by name."
        return warning(f"The team has {people}; teams are {bounds}.", remedy)
    return passed(f"The team has {people}.")
