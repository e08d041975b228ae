"""The licences of code, weights and data, as the front matter names them."""

from spaces.checks.check import Finding, failure, passed, warning
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts


def of_space(space: SpaceFacts) -> Finding:
    if space.license:
        return passed(f"Its licence is {space.license}.")
    return warning(
        "The Space's README names no licence.",
        "Add one to its front matter: `license: apache-2.0`.",
    )


def of_repository(facts: ModelFacts | DatasetFacts) -> Finding:
    if facts.license:
        return passed(f"Its licence is {facts.license}.")
    return failure(
        "The README's front matter names no licence, so nobody may use it.",
        "Add one: `license: creativeml-openrail-m`, or `apache-2.0`, or whatever fits.",
    )
