"""The cards of models and datasets: what a reader needs to find in them."""

from spaces.checks.check import Finding, failure, passed, unknown, warning
from spaces.checks.wording import listed
from spaces.hub import cards
from spaces.hub.facts import DatasetFacts, ModelFacts

MODEL_CARDS = "https://huggingface.co/docs/hub/model-cards"
DATASET_CARDS = "https://huggingface.co/docs/hub/datasets-cards"


def of_model(model: ModelFacts) -> Finding:
    return _judged(model, cards.model_card(model), MODEL_CARDS)


def of_dataset(dataset: DatasetFacts) -> Finding:
    return _judged(dataset, cards.dataset_card(dataset), DATASET_CARDS)


def _judged(facts: ModelFacts | DatasetFacts, report: cards.CardReport, read: str) -> Finding:
    if facts.card is None and facts.gated:
        return unknown("The repository is gated, so its card was not read.")
    if not facts.card:
        remedy = f"Write a README.md: {listed(report.missing)}. How: {read}"
        return failure("There is no card.", remedy)
    if report.missing:
        say = failure if report.share < 0.5 else warning
        return say(
            f"It lacks {listed(report.missing)}.",
            f"Add a section for each to README.md. How: {read}",
        )
    return passed(f"It says all {len(report.present)} things.")
