"""Every attack is held, in every way of serving that it is made for."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.attack.registry import Attack, attacks
from tests.attack.targets import Target, served

MADE = [(way, one) for one in attacks() for way in one.ways]


class Targets:
    """One process for each way of serving; a new one when an attack stopped it."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._targets: dict[str, Target] = {}

    def of(self, way: str) -> Target:
        target = self._targets.get(way)
        if target is None or not target.answers():
            target = self._targets[way] = self._running.enter_context(served(way))
        return target

    def close(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def targets() -> Iterator[Targets]:
    all_of_them = Targets()
    yield all_of_them
    all_of_them.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "one"), MADE, ids=[f"{way}-{one.kind}-{one.name}" for way, one in MADE]
)
def test_an_attack_is_held(targets: Targets, way: str, one: Attack) -> None:
    target = targets.of(way)
    one.make(target)
    assert target.answers(seconds=30)
