import threading
from collections.abc import Callable, Iterator

import pytest

from inference.request import GenerationRequest, Progress, Result
from spaces.demo.warming import WarmingEngine
from tests.fake_engine import FakeEngine

REQUEST = GenerationRequest(prompt="a box")


def warming(warm_up: Callable[[], object]) -> tuple[WarmingEngine, FakeEngine]:
    engine = FakeEngine()
    return WarmingEngine(engine, warm_up), engine


def test_a_request_waits_for_the_warm_up_and_is_then_served() -> None:
    gate = threading.Event()
    engine, inner = warming(lambda: gate.wait(60))
    engine.start()
    updates = engine.generate(REQUEST)
    first = next(updates)
    assert isinstance(first, Progress)
    assert (first.step, first.steps) == (0, 6)
    assert inner.requests == []
    gate.set()
    assert isinstance(list(updates)[-1], Result)
    assert engine.is_warm


def test_what_there_is_to_know_about_the_model_is_logged_once_when_it_starts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = WarmingEngine(FakeEngine(notices=("another sampler stands in",)), lambda: None)
    engine.start()
    list(engine.generate(REQUEST))
    list(engine.generate(REQUEST))
    assert caplog.messages == ["another sampler stands in"]


def test_a_waiting_request_can_be_closed() -> None:
    gate = threading.Event()
    engine, inner = warming(lambda: gate.wait(60))
    engine.start()
    updates = engine.generate(REQUEST)
    next(updates)
    updates.close()
    gate.set()
    assert inner.requests == []


class Parts:
    """Two parts of work, each as long as the test says; `begun` counts those that have begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.finish = threading.Semaphore(0)
        self.changed = threading.Condition()

    def work(self) -> Iterator[None]:
        for _ in range(2):
            yield
            with self.changed:
                self.begun += 1
                self.changed.notify_all()
            assert self.finish.acquire(timeout=60)

    def have_begun(self, count: int, *, within: float = 60.0) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.begun == count, within)


@pytest.fixture
def parts() -> Iterator[Parts]:
    """At the end all its work may finish: no thread is left that fails in another test."""
    parts = Parts()
    yield parts
    parts.finish.release(2)


def test_a_request_does_not_wait_for_the_part_of_the_further_warm_up_that_is_running(
    parts: Parts,
) -> None:
    engine = WarmingEngine(FakeEngine(), lambda: None, parts.work)
    engine.start()
    assert parts.have_begun(1)
    assert engine.is_warm
    assert isinstance(list(engine.generate(REQUEST))[-1], Result)


def test_the_further_warm_up_goes_on_when_the_visitors_have_left(parts: Parts) -> None:
    engine = WarmingEngine(FakeEngine(), lambda: None, parts.work)
    engine.start()
    assert parts.have_begun(1)
    served, left = engine.generate(REQUEST), engine.generate(REQUEST)
    for visit in (served, left):
        next(visit)
    parts.finish.release()
    left.close()
    assert not parts.have_begun(2, within=0.2)
    list(served)
    assert parts.have_begun(2)
    parts.finish.release()


def test_a_failed_further_warm_up_keeps_nobody_out(caplog) -> None:
    failed = threading.Event()

    def broken() -> Iterator[None]:
        yield
        failed.set()
        raise MemoryError

    engine = WarmingEngine(FakeEngine(), lambda: None, broken)
    engine.start()
    assert failed.wait(60)
    assert isinstance(list(engine.generate(REQUEST))[-1], Result)


def test_a_failed_warm_up_does_not_keep_visitors_out() -> None:
    def broken() -> None:
        raise RuntimeError("no compiler")

    engine, _ = warming(broken)
    engine.start()
    assert isinstance(list(engine.generate(REQUEST))[-1], Result)


def test_who_stops_it_waits_for_the_part_that_is_running_alone(parts: Parts) -> None:
    engine = WarmingEngine(FakeEngine(), lambda: None, parts.work)
    engine.start()
    assert parts.have_begun(1)
    stopping = threading.Thread(target=engine.stop)
    stopping.start()
    parts.finish.release()
    stopping.join(60)
    assert not stopping.is_alive()
    assert parts.begun == 1
