import threading
from collections.abc import Callable

from inference.request import GenerationRequest, Progress, Result
from spaces.warming import WarmingEngine
from tests.fake_engine import FakeEngine

REQUEST = GenerationRequest(prompt="a box")


def warming(warm_up: Callable[[], object]) -> tuple[WarmingEngine, FakeEngine]:
    engine = FakeEngine()
    return WarmingEngine(engine, warm_up), engine


def test_a_request_waits_for_the_warm_up_and_is_then_served() -> None:
    gate = threading.Event()
    engine, inner = warming(lambda: gate.wait(10))
    engine.start()
    updates = engine.generate(REQUEST)
    first = next(updates)
    assert isinstance(first, Progress)
    assert (first.step, first.steps) == (0, 6)
    assert inner.requests == []
    gate.set()
    assert isinstance(list(updates)[-1], Result)
    assert engine.is_warm


def test_a_waiting_request_can_be_closed() -> None:
    gate = threading.Event()
    engine, inner = warming(lambda: gate.wait(10))
    engine.start()
    updates = engine.generate(REQUEST)
    next(updates)
    updates.close()
    gate.set()
    assert inner.requests == []


def test_a_failed_warm_up_does_not_keep_visitors_out() -> None:
    def broken() -> None:
        raise RuntimeError("no compiler")

    engine, _ = warming(broken)
    engine.start()
    assert isinstance(list(engine.generate(REQUEST))[-1], Result)
