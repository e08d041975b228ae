"""The engine: many at once, each as if alone; who goes, fails or comes late troubles nobody."""

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from inference.errors import Cancelled, Interrupted, InvalidRequest, NotFinite, QueueFull
from inference.model import Model
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Progress, Queued, Result
from inference.serving.engine import SlotEngine
from inference.serving.work import Limits
from tests.inference.serving.mixing import difference, drawing
from tests.tiny import tiny_bundle

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Model:
    bundle = tiny_bundle(tmp_path_factory.mktemp("tiny"))
    canny = bundle.controlnets["canny"]
    broken = replace(canny, params=jax.tree.map(lambda a: np.full_like(a, np.nan), canny.params))
    return Model(bundle, {"canny": canny, "broken": broken}, slots=4)


@pytest.fixture
def engine(model: Model) -> Iterator[SlotEngine]:
    engine = SlotEngine(model, most_rows=4, result_bytes=0)
    engine.start()
    yield engine
    engine.stop(patience=0.0)


def wish(**fields: Any) -> GenerationRequest:
    return GenerationRequest(**{"prompt": "a cat", "steps": 3, **fields})


def alone(model: Model, request: GenerationRequest) -> Result:
    *_, result = Pipeline(model).generate(request)
    assert isinstance(result, Result)
    return result


def held(engine: SlotEngine, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Ticks wait until the event is set; `reached` is set once one waits."""
    go_on, reached = threading.Event(), threading.Event()
    networks = engine._model._networks
    run = networks.tick

    def tick(*arguments: Any) -> Any:
        reached.set()
        assert go_on.wait(60)
        return run(*arguments)

    monkeypatch.setattr(networks, "tick", tick)
    go_on.reached = reached  # pyright: ignore[reportAttributeAccessIssue]
    return go_on


HURRIED = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
"""Compiled in half the time: on one device the programs are those that are served."""


@pytest.mark.slow
@pytest.mark.parametrize(("devices", "flags"), [(1, ""), (4, HURRIED)], ids=["one", "four"])
def test_forty_requests_that_come_and_go_give_the_pictures_that_each_gives_alone(
    devices: int, flags: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.inference.serving.mixing"],
        cwd=ROOT,
        env={
            **os.environ,
            "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices} {flags}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert len(told["differences"]) == 40
    assert max(told["differences"]) <= 1
    assert told["same"] > 20


@pytest.mark.slow
def test_a_request_is_told_its_place_then_every_step_then_its_pictures(engine: SlotEngine) -> None:
    updates = list(engine.submit(wish(num_images=2, preview_every=1)).updates())
    assert isinstance(updates[-1], Result)
    assert len(updates[-1].images) == 2
    steps = [update for update in updates if isinstance(update, Progress)]
    assert [update.step for update in steps] == sorted({update.step for update in steps})
    assert (steps[-1].step, steps[-1].steps) == (3, 3)
    for update in updates:
        if isinstance(update, Queued):
            assert 1 <= update.position <= update.waiting


@pytest.mark.slow
def test_a_cancelled_request_frees_its_slots_and_the_next_gets_its_own_picture(
    engine: SlotEngine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = held(engine, monkeypatch)
    first = engine.submit(wish(seed=1, steps=9, num_images=4), client="one")
    go_on.reached.wait(60)  # pyright: ignore[reportAttributeAccessIssue]
    second = engine.submit(wish(seed=2), client="other")
    first.cancel()
    first.cancel()
    engine.cancel(10**6)
    go_on.set()
    with pytest.raises(Cancelled):
        first.result(60.0)
    made = second.result(60.0)
    second.cancel()
    assert difference(made.images[0], alone(model, wish(seed=2)).images[0]) <= 1
    assert engine.waiting == 0


@pytest.mark.slow
def test_after_500_random_cancels_fifty_requests_give_what_each_gives_alone(
    engine: SlotEngine, model: Model
) -> None:
    def drawn(seed: int) -> GenerationRequest:
        draw = random.Random(seed)
        control = {"name": "canny", "map": drawing(draw.randint(0, 4))}
        return wish(
            seed=seed,
            steps=draw.randint(2, 6),
            num_images=draw.randint(1, 2),
            sampler=draw.choice(["ddim", "euler_ancestral", "dpmpp_2m", "unipc"]),
            guidance_scale=draw.choice([0.0, 3.0]),
            controls=draw.choice([[], [control]]),
        )

    def visitor(number: int) -> None:
        draw = random.Random(number)
        for at in range(100):
            ticket = engine.submit(drawn(1000 * number + at), client=f"client {number}")
            for count, _ in enumerate(ticket.updates()):
                if count >= draw.randint(0, 3):
                    break
            ticket.cancel()

    visitors = [threading.Thread(target=visitor, args=(number,)) for number in range(1, 6)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join(300)
        assert not one.is_alive()
    assert engine.waiting == 0
    tickets = [engine.submit(drawn(seed), client=str(seed % 7)) for seed in range(50)]
    made = [ticket.result(300.0) for ticket in tickets]
    for seed, result in enumerate(made):
        pairs = zip(result.images, alone(model, drawn(seed)).images, strict=True)
        assert max(difference(one, other) for one, other in pairs) <= 1


@pytest.mark.slow
def test_numbers_that_are_not_finite_fail_their_own_request_alone(
    engine: SlotEngine, model: Model
) -> None:
    control = {"name": "broken", "map": drawing(0)}
    tickets = [engine.submit(wish(seed=seed)) for seed in range(2)]
    bad = engine.submit(wish(controls=[control], preview_every=1))
    with pytest.raises(NotFinite, match="must be made of finite numbers"):
        bad.result(60.0)
    for seed, ticket in enumerate(tickets):
        expected = alone(model, wish(seed=seed)).images[0]
        assert difference(ticket.result(60.0).images[0], expected) <= 1


def test_a_control_that_is_not_there_is_refused_before_anything_is_queued(
    engine: SlotEngine,
) -> None:
    with pytest.raises(InvalidRequest, match="control must be one of"):
        engine.submit(wish(controls=[{"name": "nothing", "map": drawing(0)}]))
    assert engine.waiting == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_lost", [False, True])
def test_when_device_memory_runs_out_ticks_are_smaller_and_every_picture_comes(
    engine: SlotEngine, model: Model, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    networks, sizes = model._networks, []
    run = networks.tick

    def tick(state: Any, known: Any, text: Any, told: Any, residuals: Any) -> Any:
        size = told.reading.slot.shape[1]
        if size > 2:
            if is_lost:
                jax.tree.map(lambda leaf: leaf.delete(), state)
            raise RuntimeError("RESOURCE_EXHAUSTED: out of memory")
        sizes.append(size)
        return run(state, known, text, told, residuals)

    monkeypatch.setattr(networks, "tick", tick)
    tickets = [engine.submit(wish(seed=seed), client=str(seed)) for seed in range(4)]
    made = [ticket.result(60.0).images[0] for ticket in tickets]
    assert max(sizes) == 2
    monkeypatch.undo()
    for seed, picture in enumerate(made):
        assert difference(picture, alone(model, wish(seed=seed)).images[0]) <= 1


@pytest.mark.slow
def test_ticks_have_no_more_rows_than_are_compiled(
    engine: SlotEngine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks, sizes = model._networks, []
    run = networks.tick

    def tick(state: Any, known: Any, text: Any, told: Any, residuals: Any) -> Any:
        sizes.append(told.reading.slot.shape[1])
        return run(state, known, text, told, residuals)

    monkeypatch.setattr(networks, "tick", tick)
    engine.allow(2)
    for ticket in [engine.submit(wish(seed=seed), client=str(seed)) for seed in range(4)]:
        ticket.result(60.0)
    assert set(sizes) == {2}
    engine.allow(4)
    for ticket in [engine.submit(wish(seed=seed, steps=9), client="one") for seed in range(4)]:
        ticket.result(60.0)
    assert max(sizes) == 4


@pytest.mark.slow
def test_once_a_size_is_compiled_no_mixture_of_requests_compiles_anything(model: Model) -> None:
    pipeline = Pipeline(model)
    pipeline.warm_up()
    for _ in pipeline.warm_up_series([4]):
        pass
    before = model.devices.compilations
    engine = SlotEngine(model, most_rows=4, result_bytes=0)
    engine.start()
    control = {"name": "canny", "map": drawing(0)}
    mixture = [
        {"guidance_scale": 0.0, "controls": [control]},
        {"guidance_scale": 3.0},
        {"guidance_scale": 3.0, "guidance_end": 0.5, "controls": [{**control, "end": 0.5}]},
        {"guidance_scale": 0.0, "num_images": 4, "preview_every": 1},
        {"guidance_scale": 0.0, "init_image": drawing(1), "controls": [control]},
    ]
    for repeated in range(3):
        tickets = [
            engine.submit(wish(seed=10 * repeated + at, steps=4 + at, **fields), client=str(at))
            for at, fields in enumerate(mixture)
        ]
        for ticket in tickets:
            ticket.result(60.0)
    engine.stop()
    assert model.devices.compilations == before


def test_what_breaks_in_a_tick_fails_its_requests_and_the_engine_goes_on(
    engine: SlotEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = engine._model._networks

    def broken(*_: Any) -> Any:
        raise RuntimeError("a wire came loose")

    monkeypatch.setattr(networks, "tick", broken)
    with pytest.raises(RuntimeError, match="a wire came loose"):
        engine.submit(wish()).result(60.0)
    monkeypatch.undo()
    assert len(engine.submit(wish()).result(60.0).images) == 1


def test_a_full_queue_says_when_to_come_back(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SlotEngine(model, limits=Limits(waiting=2, per_client=2))
    tickets = [engine.submit(wish(seed=seed), client="one") for seed in range(2)]
    with pytest.raises(QueueFull) as caught:
        engine.submit(wish(seed=3), client="other")
    assert caught.value.retry_after > 0
    engine.start()
    for ticket in tickets:
        ticket.result(60.0)
    engine.stop()


def test_stopping_finishes_what_it_can_and_hands_back_the_rest(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = SlotEngine(model)
    engine.start()
    done = engine.submit(wish())
    engine.stop(patience=60.0)
    assert len(done.result(0.0).images) == 1
    with pytest.raises(Interrupted, match="takes no more requests"):
        engine.submit(wish())

    engine = SlotEngine(model)
    go_on = held(engine, monkeypatch)
    engine.start()
    tickets = [engine.submit(wish(seed=seed)) for seed in range(6)]
    go_on.reached.wait(60)  # pyright: ignore[reportAttributeAccessIssue]
    stopping = threading.Thread(target=engine.stop, kwargs={"patience": 0.0})
    stopping.start()
    for ticket in tickets:
        with pytest.raises(Interrupted):
            ticket.result(60.0)
    go_on.set()
    stopping.join(60)
    assert not stopping.is_alive()


@pytest.mark.slow
def test_the_very_same_request_again_is_answered_without_a_tick(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = SlotEngine(model)
    engine.start()
    control = {"name": "canny", "map": drawing(1)}
    first = engine.submit(wish(controls=[control])).result(60.0)
    ticks: list[Any] = []
    run = model._networks.tick
    monkeypatch.setattr(model._networks, "tick", lambda *a: (ticks.append(1), run(*a))[1])
    again = engine.submit(wish(controls=[{**control, "map": drawing(1)}], preview_every=1))
    assert again.result(60.0).images[0] is first.images[0]
    assert ticks == []
    other = engine.submit(wish(controls=[{**control, "map": drawing(2)}])).result(60.0)
    assert ticks
    assert difference(other.images[0], first.images[0]) > 1
    engine.stop()


def test_a_strength_of_zero_is_answered_at_once(engine: SlotEngine) -> None:
    result = engine.submit(wish(init_image=drawing(0), strength=0.0)).result(0.0)
    assert difference(result.images[0], drawing(0)) == 0


def test_closing_what_follows_a_request_cancels_it(
    engine: SlotEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = held(engine, monkeypatch)
    run = engine.generate(wish(steps=50))
    assert isinstance(next(run), Queued)
    go_on.reached.wait(60)  # pyright: ignore[reportAttributeAccessIssue]
    run.close()
    assert engine.waiting == 0
    go_on.set()


def test_before_a_person_presses_they_can_be_told_how_long_it_takes(
    engine: SlotEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = engine.foresee(wish())
    go_on = held(engine, monkeypatch)
    for seed in range(12):
        engine.submit(wish(seed=seed, steps=20), client="one")
    busy = engine.foresee(wish(steps=20), client="one")
    assert (idle.position, idle.waiting) == (1, 1)
    assert busy.seconds > idle.seconds > 0
    assert busy.position <= busy.waiting
    go_on.set()
