"""What makes a good submission: all rules, run one by one. It knows nothing of the gallery.

for check in run_checks(entry, Hub(), ask):
    print(check.outcome, check.title, check.message, check.remedy)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from spaces.checks import repository_rules as about_repositories
from spaces.checks import space_rules as about_space
from spaces.checks.check import TITLES, Check, Outcome, unknown
from spaces.errors import DemoUnavailable, HubRefused, HubUnavailable
from spaces.hub.client import Hub
from spaces.hub.demo_api import Ask, DemoAnswer, ask_demo
from spaces.hub.facts import ModelFacts, SpaceFacts, WeightHeader
from spaces.hub.weights import is_weights

__all__ = ["TITLES", "Check", "Entry", "Outcome", "run_checks"]

MOST_REPOSITORIES = 10
"""So many models, and so many datasets, are looked at: each takes several questions to the Hub."""
MOST_HEADERS = 8
RUNNING = ("RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING")
Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Entry:
    """What is checked. Models and datasets are `owner/name`; `team_size` None leaves that out.

    `twins` are other Spaces with the same app file, as far as whoever asks knows any.
    """

    space_id: str
    tag: str
    team_size: int | None = None
    team_min: int = 1
    team_max: int = 5
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    twins: tuple[SpaceFacts, ...] = ()


def run_checks(
    entry: Entry,
    hub: Hub,
    ask: Ask,
    *,
    seconds: float = 60,
    answered: Callable[[DemoAnswer], object] = lambda _: None,
) -> Iterator[Check]:
    """One check after the other, in the order of `TITLES`, each as soon as it is known.

    It raises nothing of its own: what the Hub or the demo does not tell is `UNKNOWN`. The demo has
    `seconds` for each of its answers; one that is not running is not asked. `answered` is given
    what it answered, before the check that tells of it.
    """
    if entry.team_size is not None:
        yield about_space.team_size(entry.team_size, entry.team_min, entry.team_max)
    try:
        space = hub.space(entry.space_id)
    except HubUnavailable as error:
        yield from _all_unknown(entry, str(error))
        return
    yield about_space.space_exists(entry.space_id, space)
    if space is None:
        return
    yield about_space.space_is_gradio(space)
    yield about_space.space_runs(space)
    yield about_space.space_tag(space, entry.tag)
    yield _space_original(entry, space, hub)
    yield about_space.space_license(space)
    yield from _models(entry, space, hub)
    yield from _datasets(entry, space, hub)
    yield _demo_answers(space, ask, seconds, answered)


def _space_original(entry: Entry, space: SpaceFacts, hub: Hub) -> Check:
    twins = [twin for twin in entry.twins if twin.repo_id != space.repo_id]
    if space.duplicated_from:
        try:
            source = hub.space(space.duplicated_from)
        except HubUnavailable as error:
            return unknown("space_original", str(error))
        twins = twins if source is None else [source, *twins]
    return about_space.space_original(space, twins)


def _models(entry: Entry, space: SpaceFacts, hub: Hub) -> Iterator[Check]:
    found, problem = _look_for(entry.models, hub.model)
    if problem is not None:
        yield unknown("models_linked", problem)
    else:
        yield about_repositories.models_linked(space, entry.models, found)
    for model in filter(None, found.values()):
        yield about_repositories.model_card(model)
        yield about_repositories.model_license(model)
        yield _weights(model, hub)


def _datasets(entry: Entry, space: SpaceFacts, hub: Hub) -> Iterator[Check]:
    found, problem = _look_for(entry.datasets, hub.dataset)
    if problem is not None:
        yield unknown("datasets_linked", problem)
    else:
        yield about_repositories.datasets_linked(space, entry.datasets, found)
    for dataset in filter(None, found.values()):
        yield about_repositories.dataset_card(dataset)
        yield about_repositories.dataset_license(dataset)


def _look_for(
    names: Sequence[str], get: Callable[[str], Facts | None]
) -> tuple[dict[str, Facts | None], str | None]:
    """What was found, and why the rest was not, when the Hub stopped answering."""
    found: dict[str, Facts | None] = {}
    for name in names[:MOST_REPOSITORIES]:
        try:
            found[name] = get(name)
        except HubUnavailable as error:
            return found, str(error)
    return found, None


def _weights(model: ModelFacts, hub: Hub) -> Check:
    paths = [file.path for file in model.files if is_weights(file.path)]
    # Those that load come first, so that a repository with many pickles is not misjudged.
    paths.sort(key=lambda path: not path.endswith((".safetensors", ".msgpack")))
    headers: list[WeightHeader] = []
    try:
        for path in paths[:MOST_HEADERS]:
            header = hub.weight_header(model.repo_id, path)
            if header is not None:
                headers.append(header)
    except HubRefused:
        return about_repositories.weights_gated(model)
    except HubUnavailable as error:
        return unknown("weights", str(error), subject=model.repo_id)
    return about_repositories.weights(model, headers)


def _demo_answers(
    space: SpaceFacts, ask: Ask, seconds: float, answered: Callable[[DemoAnswer], object]
) -> Check:
    is_running = (space.stage or "").upper() in RUNNING
    if space.host is None or space.sdk != "gradio" or not is_running:
        return about_repositories.demo_not_asked(space)
    try:
        answer = ask_demo(space.host, ask, seconds=seconds)
    except DemoUnavailable as error:
        return about_repositories.demo_silent(str(error))
    answered(answer)
    return about_repositories.demo_answers(answer)


def _all_unknown(entry: Entry, why: str) -> Iterator[Check]:
    """Everything that needs the Hub, when it cannot even tell whether there is such a Space."""
    for name in TITLES:
        if name == "team_size" or name.startswith(("model_", "dataset_")) or name == "weights":
            continue
        yield unknown(name, why)
