"""The rules about models, datasets and the demo's answer: from facts to one `Check` each."""

from collections.abc import Mapping, Sequence
from typing import Literal

from spaces.checks.check import Check, as_sentence, failure, passed, unknown, warning
from spaces.hub import cards
from spaces.hub.demo_api import DemoAnswer
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts, WeightHeader

MODEL_CARDS = "https://huggingface.co/docs/hub/model-cards"
DATASET_CARDS = "https://huggingface.co/docs/hub/datasets-cards"
SAVE_SAFELY = (
    "Save them again as safetensors (`save_pretrained(…, safe_serialization=True)`) or as Flax "
    "msgpack, and push: a pickled file can run code on whoever loads it."
)
SLOW_SECONDS = 60


def models_linked(
    space: SpaceFacts, models: Sequence[str], found: Mapping[str, ModelFacts | None]
) -> Check:
    """`models` are the submission's; those in `found` were looked for, None is missing."""
    if not models:
        return failure(
            "models_linked",
            "No model repository is named.",
            "Push the weights to a model repository and name it in the submission.",
        )
    return _linked("model", models, found, space.models)


def datasets_linked(
    space: SpaceFacts, datasets: Sequence[str], found: Mapping[str, DatasetFacts | None]
) -> Check:
    """As `models_linked`; a submission without a dataset is taken."""
    if not datasets:
        return warning(
            "datasets_linked",
            "No dataset repository is named.",
            "If you made or prepared data, publish it and name it: open data counts.",
        )
    return _linked("dataset", datasets, found, space.datasets)


def _linked(
    kind: Literal["model", "dataset"],
    names: Sequence[str],
    found: Mapping[str, object],
    in_readme: Sequence[str],
) -> Check:
    """Says no more than was looked for: `found` may hold the first of `names` only."""
    rule = f"{kind}s_linked"
    looked_for = [name for name in names if name in found]
    missing = [name for name in looked_for if found[name] is None]
    if missing:
        return failure(
            rule,
            f"There is no public {kind} {_listed(missing)}.",
            "Check the name; if the repository is private, make it public in its settings.",
        )
    unlinked = _without(names, in_readme)
    if unlinked:
        return warning(
            rule,
            f"The Space's README does not name {_listed(unlinked)}.",
            f"Add to its front matter: `{kind}s: [{', '.join(names)}]`.",
        )
    if len(looked_for) < len(names):
        return passed(
            rule, f"The first {len(looked_for)} of {len(names)} are there, and all are linked."
        )
    return passed(rule, f"{_listed(names)} {_is(names)} there, and linked.")


def model_card(model: ModelFacts) -> Check:
    return _card("model_card", model, cards.model_card(model), MODEL_CARDS)


def dataset_card(dataset: DatasetFacts) -> Check:
    return _card("dataset_card", dataset, cards.dataset_card(dataset), DATASET_CARDS)


def model_license(model: ModelFacts) -> Check:
    return _license("model_license", model)


def dataset_license(dataset: DatasetFacts) -> Check:
    return _license("dataset_license", dataset)


def weights(model: ModelFacts, headers: Sequence[WeightHeader]) -> Check:
    """`headers` are those that were read, of all formats."""
    subject = model.repo_id
    if not headers:
        return failure(
            "weights",
            "There is no file with weights in it.",
            "Push the trained weights, as safetensors or as Flax msgpack.",
            subject=subject,
        )
    broken = [header for header in headers if header.problem]
    good = [h for h in headers if h.format in ("safetensors", "msgpack") and not h.problem]
    if broken:
        told = f"{broken[0].path} {broken[0].problem}."
        remedy = "Upload it again, whole; large files go through git-lfs or `hf upload`."
        say = warning if good else failure
        return say("weights", told, remedy, subject=subject)
    if good:
        formats = sorted({_NAMES[header.format] for header in good})
        return passed("weights", f"They are {' and '.join(formats)}.", subject=subject)
    if any(header.format == "pickle" for header in headers):
        told = f"They are pickled only ({headers[0].path})."
        return failure("weights", told, SAVE_SAFELY, subject=subject)
    return warning(
        "weights",
        f"{headers[0].path} is in a format that we do not know.",
        "Add the weights as safetensors or as Flax msgpack.",
        subject=subject,
    )


_NAMES = {"safetensors": "safetensors", "msgpack": "Flax msgpack"}


def weights_gated(model: ModelFacts) -> Check:
    """For a repository whose files only those may read who asked for it."""
    return failure(
        "weights",
        "The repository is gated: its files are not open to everyone.",
        "Turn off gated access in its settings.",
        subject=model.repo_id,
    )


def demo_answers(answer: DemoAnswer) -> Check:
    took = f"{answer.seconds:.0f} s" if answer.seconds >= 10 else f"{answer.seconds:.1f} s"
    if answer.picture is None:
        return warning(
            "demo_answers",
            f"{answer.endpoint} answered in {took}, without a picture.",
            "Let a named endpoint of the demo return a picture, with defaults for all else.",
        )
    if answer.seconds > SLOW_SECONDS:
        return warning(
            "demo_answers",
            f"{answer.endpoint} answered with a picture, after {took}.",
            "Take fewer steps by default, or faster hardware: a juror has forty demos to go.",
        )
    return passed("demo_answers", f"{answer.endpoint} answered with a picture in {took}.")


def demo_silent(problem: str) -> Check:
    """For a demo that says it is running and did not answer; `problem` is an error's sentence."""
    return failure(
        "demo_answers",
        as_sentence(problem),
        "Open the demo, make a picture, and see what its logs say.",
    )


def demo_not_asked(space: SpaceFacts) -> Check:
    """For a demo that is not running: there is nobody to ask."""
    stage = (space.stage or "not known to the Hub").lower().replace("_", " ")
    return unknown("demo_answers", f"It was not asked: the Space is {stage}.")


def _card(
    name: str, facts: ModelFacts | DatasetFacts, report: cards.CardReport, read: str
) -> Check:
    subject = facts.repo_id
    if facts.card is None and facts.gated:
        return unknown(name, "The repository is gated, so its card was not read.", subject=subject)
    if not facts.card:
        remedy = f"Write a README.md: {_listed(report.missing)}. How: {read}"
        return failure(name, "There is no card.", remedy, subject=subject)
    if report.missing:
        say = failure if report.share < 0.5 else warning
        return say(
            name,
            f"It lacks {_listed(report.missing)}.",
            f"Add a section for each to README.md. How: {read}",
            subject=subject,
        )
    return passed(name, f"It says all {len(report.present)} things.", subject=subject)


def _license(name: str, facts: ModelFacts | DatasetFacts) -> Check:
    if facts.license:
        return passed(name, f"Its licence is {facts.license}.", subject=facts.repo_id)
    return failure(
        name,
        "The README's front matter names no licence, so nobody may use it.",
        "Add one: `license: creativeml-openrail-m`, or `apache-2.0`, or whatever fits.",
        subject=facts.repo_id,
    )


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    known = {name.casefold() for name in others}
    return [name for name in names if name.casefold() not in known]


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
