"""What rules look at: facts from the Hub and the demo, each asked for once, when first needed.

A method without an underscore is what a rule may need. It yields the arguments of the rule's
function, once for each subject, and nothing where there is nothing to judge; it raises
`HubUnavailable` where the Hub did not say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from spaces.errors import DemoUnavailable, HubUnavailable
from spaces.hub.client import Hub
from spaces.hub.demo_api import Ask, DemoAnswer, ask_demo
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts, WeightHeader
from spaces.hub.weights import is_weights

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


class Evidence:
    """What can be found out about one entry.

    The demo has `seconds` for each of its answers; one that is not running is not asked.
    `answered` is given what it answered.
    """

    def __init__(
        self,
        entry: Entry,
        hub: Hub,
        ask: Ask,
        *,
        seconds: float,
        answered: Callable[[DemoAnswer], object],
    ) -> None:
        self._entry = entry
        self._hub = hub
        self._ask = ask
        self._seconds = seconds
        self._answered = answered

    def team(self) -> Iterator[tuple[int, int, int]]:
        if self._entry.team_size is not None:
            yield self._entry.team_size, self._entry.team_min, self._entry.team_max

    def space_or_none(self) -> Iterator[tuple[str, SpaceFacts | None]]:
        yield self._entry.space_id, self._found_space()

    def space(self) -> Iterator[tuple[SpaceFacts]]:
        space = self._found_space()
        if space is not None:
            yield (space,)

    def space_and_tag(self) -> Iterator[tuple[SpaceFacts, str]]:
        for (space,) in self.space():
            yield space, self._entry.tag

    def space_and_twins(self) -> Iterator[tuple[SpaceFacts, list[SpaceFacts]]]:
        """The Space, with what it was duplicated from first among those with its app file."""
        for (space,) in self.space():
            twins = [twin for twin in self._entry.twins if twin.repo_id != space.repo_id]
            source = self._hub.space(space.duplicated_from) if space.duplicated_from else None
            yield space, twins if source is None else [source, *twins]

    def models_beside_space(
        self,
    ) -> Iterator[tuple[SpaceFacts, tuple[str, ...], Mapping[str, ModelFacts | None]]]:
        for (space,) in self.space():
            yield space, self._entry.models, self._models.all()

    def datasets_beside_space(
        self,
    ) -> Iterator[tuple[SpaceFacts, tuple[str, ...], Mapping[str, DatasetFacts | None]]]:
        for (space,) in self.space():
            yield space, self._entry.datasets, self._datasets.all()

    def each_model(self) -> Iterator[tuple[ModelFacts]]:
        """Those that were found. That the Hub failed is said once, not again for each."""
        if isinstance(self._space, SpaceFacts):
            yield from ((model,) for model in self._models.there())

    def each_dataset(self) -> Iterator[tuple[DatasetFacts]]:
        if isinstance(self._space, SpaceFacts):
            yield from ((dataset,) for dataset in self._datasets.there())

    def each_model_with_headers(
        self,
    ) -> Iterator[tuple[ModelFacts, list[WeightHeader] | HubUnavailable]]:
        """Headers of weights, or why they were not read."""
        for (model,) in self.each_model():
            yield model, self._headers(model)

    def space_and_answer(self) -> Iterator[tuple[SpaceFacts, DemoAnswer | DemoUnavailable | None]]:
        """What the demo answered, or why it did not; None for one that is not running."""
        for (space,) in self.space():
            yield space, self._answer(space)

    @cached_property
    def _space(self) -> SpaceFacts | HubUnavailable | None:
        try:
            return self._hub.space(self._entry.space_id)
        except HubUnavailable as error:
            return error

    def _found_space(self) -> SpaceFacts | None:
        if isinstance(self._space, HubUnavailable):
            raise self._space
        return self._space

    @cached_property
    def _models(self) -> "_Repositories[ModelFacts]":
        return _Repositories(self._entry.models, self._hub.model)

    @cached_property
    def _datasets(self) -> "_Repositories[DatasetFacts]":
        return _Repositories(self._entry.datasets, self._hub.dataset)

    def _headers(self, model: ModelFacts) -> list[WeightHeader] | HubUnavailable:
        paths = [file.path for file in model.files if is_weights(file.path)]
        # Those that load come first, so that a repository with many pickles is not misjudged.
        paths.sort(key=lambda path: not path.endswith((".safetensors", ".msgpack")))
        try:
            headers = [
                self._hub.weight_header(model.repo_id, path) for path in paths[:MOST_HEADERS]
            ]
        except HubUnavailable as error:
            return error
        return [header for header in headers if header is not None]

    def _answer(self, space: SpaceFacts) -> DemoAnswer | DemoUnavailable | None:
        is_running = (space.stage or "").upper() in RUNNING
        address = space.answers_at
        if address is None or space.sdk not in ("gradio", "static") or not is_running:
            return None
        try:
            answer = ask_demo(address, self._ask, seconds=self._seconds)
        except DemoUnavailable as error:
            return error
        self._answered(answer)
        return answer


class _Repositories(Generic[Facts]):
    """Those of an entry, None for what is not there, as far as the Hub told."""

    def __init__(self, names: Sequence[str], get: Callable[[str], Facts | None]) -> None:
        self.told: dict[str, Facts | None] = {}
        self._problem: HubUnavailable | None = None
        try:
            for name in names[:MOST_REPOSITORIES]:
                self.told[name] = get(name)
        except HubUnavailable as error:
            self._problem = error

    def all(self) -> Mapping[str, Facts | None]:
        """Raises `HubUnavailable` when the Hub stopped answering before the last."""
        if self._problem is not None:
            raise self._problem
        return self.told

    def there(self) -> Iterator[Facts]:
        yield from filter(None, self.told.values())
