"""Models and datasets: there for everybody, and named in the Space's README."""

from collections.abc import Mapping, Sequence
from typing import Literal

from spaces.checks.check import Finding, failure, passed, warning
from spaces.checks.wording import listed
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts


def models(
    space: SpaceFacts, names: Sequence[str], found: Mapping[str, ModelFacts | None]
) -> Finding:
    """`names` are the submission's; those in `found` were looked for, None is missing."""
    if not names:
        return failure(
            "No model repository is named.",
            "Push the weights to a model repository and name it in the submission.",
        )
    return _linked("model", names, found, space.models)


def datasets(
    space: SpaceFacts, names: Sequence[str], found: Mapping[str, DatasetFacts | None]
) -> Finding:
    """As `models`; a submission without a dataset is taken."""
    if not names:
        return warning(
            "No dataset repository is named.",
            "If you made or prepared data, publish it and name it: open data counts.",
        )
    return _linked("dataset", names, found, space.datasets)


def _linked(
    kind: Literal["model", "dataset"],
    names: Sequence[str],
    found: Mapping[str, object],
    in_readme: Sequence[str],
) -> Finding:
    """Says no more than was looked for: `found` may hold the first of `names` only."""
    looked_for = [name for name in names if name in found]
    missing = [name for name in looked_for if found[name] is None]
    if missing:
        return failure(
            f"There is no public {kind} {listed(missing)}.",
            "Check the name; if the repository is private, make it public in its settings.",
        )
    unlinked = _without(names, in_readme)
    if unlinked:
        return warning(
            f"The Space's README does not name {listed(unlinked)}.",
            f"Add to its front matter: `{kind}s: [{', '.join(names)}]`.",
        )
    if len(looked_for) < len(names):
        return passed(f"The first {len(looked_for)} of {len(names)} are there, and all are linked.")
    return passed(f"{listed(names)} {'is' if len(names) == 1 else 'are'} there, and linked.")


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    known = {name.casefold() for name in others}
    return [name for name in names if name.casefold() not in known]
