"""Every rule: its name, what it looks at, what it needs, and the function that judges, in order.

A title says what a rule looks at and not what it found, since the same words stand above a failure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVarTuple

from spaces.checks.check import Check, Finding, unknown
from spaces.checks.evidence import Evidence
from spaces.checks.rules import (
    card,
    demo_answers,
    licence,
    linked,
    space_exists,
    space_is_gradio,
    space_original,
    space_runs,
    space_tag,
    team_size,
    weights,
)
from spaces.errors import HubUnavailable
from spaces.hub.facts import DatasetFacts, ModelFacts

Facts = TypeVarTuple("Facts")


@dataclass(frozen=True)
class Rule(Generic[*Facts]):
    """`judge` is given what `needs` yields, once for each."""

    name: str
    title: str
    needs: Callable[[Evidence], Iterator[tuple[*Facts]]]
    judge: Callable[[*Facts], Finding]

    def checks(self, evidence: Evidence) -> Iterator[Check]:
        """None where there is nothing to judge; `UNKNOWN` for what the Hub does not tell now."""
        try:
            for facts in self.needs(evidence):
                yield self._check(self.judge(*facts), subject=_subject(facts[0]))
        except HubUnavailable as error:
            yield self._check(unknown(str(error)))

    def _check(self, finding: Finding, *, subject: str = "") -> Check:
        found = finding.outcome, finding.message, finding.remedy
        return Check(self.name, self.title, *found, subject=subject)


def _subject(facts: object) -> str:
    return facts.repo_id if isinstance(facts, ModelFacts | DatasetFacts) else ""


RULES: tuple[Rule[*tuple[Any, ...]], ...] = (
    Rule("team_size", "Size of the team", Evidence.team, team_size.check),
    Rule("space_exists", "The Space", Evidence.space_or_none, space_exists.check),
    Rule("space_is_gradio", "Made with Gradio", Evidence.space, space_is_gradio.check),
    Rule("space_runs", "State of the Space", Evidence.space, space_runs.check),
    Rule("space_tag", "The event's tag", Evidence.space_and_tag, space_tag.check),
    Rule("space_original", "Own work", Evidence.space_and_twins, space_original.check),
    Rule("space_license", "Licence of the code", Evidence.space, licence.of_space),
    Rule("models_linked", "Linked models", Evidence.models_beside_space, linked.models),
    Rule("model_card", "Card of the model", Evidence.each_model, card.of_model),
    Rule("model_license", "Licence of the model", Evidence.each_model, licence.of_repository),
    Rule("weights", "Weights", Evidence.each_model_with_headers, weights.check),
    Rule("datasets_linked", "Linked datasets", Evidence.datasets_beside_space, linked.datasets),
    Rule("dataset_card", "Card of the dataset", Evidence.each_dataset, card.of_dataset),
    Rule("dataset_license", "Licence of the dataset", Evidence.each_dataset, licence.of_repository),
    Rule("demo_answers", "The demo's answer", Evidence.space_and_answer, demo_answers.check),
)
