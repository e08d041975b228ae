"""Residents: more ControlNets than memory holds, each loaded while others run, within its bytes."""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import pytest

from inference.batch import SIZES
from inference.checkpoints import save_bundle, save_component, sources_beside
from inference.errors import ControlNetUnavailable, InvalidRequest
from inference.model import Model
from inference.models.controlnet import ControlNetModel
from inference.models.denoiser_config import ControlNetConfig
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Progress, Queued, Result
from inference.serving import loader
from inference.serving.engine import SlotEngine
from inference.serving.residents import Budget, Known, Residents
from inference.serving.scheduler import PATIENCE
from tests.inference.serving.mixing import difference, drawing
from tests.tiny import random_params, tiny_bundle, tiny_controlnet

pytestmark = pytest.mark.slow
TEAMS = ("ada", "ben", "cleo", "dan")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with canny and hue beside it, four teams' ControlNets, a large one, broken ones."""
    folder = tmp_path_factory.mktemp("models")
    save_bundle(folder / "base", tiny_bundle(folder))
    nets = [tiny_controlnet(name, 20 + seed) for seed, name in enumerate(TEAMS)]
    for net in nets:
        save_component(folder / net.name, net.config, net.params)
    config = nets[0].config
    large = replace(config, conditioning_embedding_out_channels=(64, 96))
    save_component(folder / "large", large, random_params(ControlNetModel(large), 30))
    foreign = ControlNetConfig(**{**vars(config), "cross_attention_dim": 8})
    save_component(folder / "foreign", foreign, random_params(ControlNetModel(foreign), 31))
    save_component(folder / "torn", config, nets[0].params)
    (torn,) = (folder / "torn").glob("*.msgpack")
    torn.write_bytes(torn.read_bytes()[:100])
    return folder


@pytest.fixture(scope="module")
def known(folder: Path) -> dict[str, Known]:
    beside = {name: Known(source) for name, source in sources_beside(str(folder / "base")).items()}
    others = (*TEAMS, "large", "foreign", "torn", "nowhere")
    return {**beside, **{name: Known(str(folder / name)) for name in others}}


@pytest.fixture(scope="module")
def model(folder: Path, known: dict[str, Known]) -> Model:
    """With one ControlNet there, and what ticks of four rows need compiled."""
    model = Model.load(str(folder / "base"), to_come=tuple(known), slots=4)
    Residents(model, known).load_first()
    pipeline = Pipeline(model)
    pipeline.warm_up()
    for _ in pipeline.warm_up_series(SIZES[2:3]):
        pass
    return model


@pytest.fixture(scope="module")
def alone(folder: Path, known: dict[str, Known]) -> Callable[[GenerationRequest], Result]:
    """What a model gives that has them all."""
    sources = {name: known[name].source for name in (*TEAMS, "large")}
    pipeline = Pipeline(Model.load(str(folder / "base"), controlnets=sources, slots=4))

    def generate(request: GenerationRequest) -> Result:
        *_, result = pipeline.generate(request)
        assert isinstance(result, Result)
        return result

    return generate


@contextmanager
def serving(
    model: Model,
    known: dict[str, Known],
    *,
    room: float | None = None,
    host: float | None = None,
    is_started: bool = True,
) -> Iterator[SlotEngine]:
    """With a budget for so many ControlNets of the usual shape."""
    for name in model.controlnets.names:
        model.controlnets.unload(name)
    Residents(model, known).load_first()
    size = model.controlnets.bytes("canny")
    device, memory = (None if count is None else int(count * size) for count in (room, host))
    engine = SlotEngine(
        model,
        residents=Residents(model, known, Budget(device, memory)),
        most_rows=4,
        result_bytes=0,
    )
    if is_started:
        engine.start()
    try:
        yield engine
    finally:
        engine.stop(patience=0.0)


def wish(*names: str, **fields: Any) -> GenerationRequest:
    controls = [{"name": name, "map": drawing(len(name))} for name in names]
    return GenerationRequest(**{"prompt": "a cat", "steps": 3, "controls": controls, **fields})


def copies(model: Model, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many ControlNets' buffers are alive on the device, at each moment that one is added."""
    alive = [
        weakref.ref(jax.tree.leaves(model.controlnets._loaded[name].params)[0])
        for name in model.controlnets.names
    ]
    counted: list[int] = []
    place = model.place

    def placed(*arguments: Any, **options: Any) -> Any:
        made = place(*arguments, **options)
        alive.append(weakref.ref(jax.tree.leaves(made.params)[0]))
        counted.append(sum(one() is not None for one in alive))
        return made

    monkeypatch.setattr(model, "place", placed)
    return counted


def test_many_controlnets_share_a_budget_for_two_and_each_picture_is_what_it_is_alone(
    model: Model,
    known: dict[str, Known],
    alone: Callable[[GenerationRequest], Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = copies(model, monkeypatch)
    names = [(one,) for one in (*TEAMS, "canny", "hue")] + [("ada", "ben"), ("cleo", "hue"), ()]
    requests = [wish(*some, seed=seed) for seed, some in enumerate(names * 2)]
    with serving(model, known, room=2.5, host=3.5) as engine:
        tickets = [
            engine.submit(request, client=f"client {seed % 4}")
            for seed, request in enumerate(requests)
        ]
        for ticket in tickets:
            for _ in ticket.updates():
                now = engine.counts.residents
                assert now.device_bytes <= (now.budget.device or 0)
                assert now.host_bytes <= (now.budget.host or 0)
        made = [ticket.result() for ticket in tickets]
        now = engine.counts.residents
    assert max(counted) == 2
    assert now.loads >= 6
    assert now.drops >= 4
    for request, result in zip(requests, made, strict=True):
        assert difference(result.images[0], alone(request).images[0]) <= 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torn", "diffusion_flax_model.msgpack"),
        ("foreign", "with cross_attention_dim 16, got 8; choose one"),
        ("nowhere", "which is no folder here"),
    ],
)
def test_one_that_cannot_be_loaded_fails_its_own_requests_with_its_message(
    model: Model, known: dict[str, Known], name: str, said: str
) -> None:
    with serving(model, known, room=2.5, is_started=False) as engine:
        bad = [engine.submit(wish(name, seed=seed)) for seed in range(2)]
        good = engine.submit(wish("ada"), client="other")
        engine.start()
        for ticket in bad:
            with pytest.raises(ControlNetUnavailable, match=said):
                ticket.result(60.0)
        assert len(good.result(60.0).images) == 1
        with pytest.raises(ControlNetUnavailable, match=said):  # at once, for a while
            engine.submit(wish(name))
        assert engine.counts.residents.failures == 1
        assert engine.counts.failures == 2


def test_a_source_that_never_answers_keeps_nobody_else_waiting(
    model: Model, known: dict[str, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, load = threading.Event(), loader.load_controlnet

    def slow(source: str, **options: Any) -> Any:
        if source == known["dan"].source:
            assert go_on.wait(60)
        return load(source, **options)

    monkeypatch.setattr(loader, "load_controlnet", slow)
    with serving(model, known, room=2.5) as engine:
        waits = engine.submit(wish("dan"), client="dan")
        for names in ((), ("canny",), ("ada",), ()):
            engine.submit(wish(*names), client="other").result(60.0)
        told = next(waits.updates())
        assert isinstance(told, Queued)
        assert (told.position, waits.is_done) == (1, False)
        assert engine.counts.residents.loading == 1
        go_on.set()
        assert len(waits.result(60.0).images) == 1


def test_an_endless_stream_for_one_keeps_a_request_for_another_waiting_for_a_bounded_time(
    model: Model, known: dict[str, Known]
) -> None:
    steps, ended, is_busy = 4, threading.Event(), threading.Event()
    with serving(model, known, room=1.5) as engine:

        def stream(client: str) -> None:
            for seed in range(10_000):
                if ended.is_set():
                    return
                engine.submit(wish("canny", steps=steps, seed=seed), client=client).result(60.0)
                is_busy.set()

        streams = [threading.Thread(target=stream, args=(f"client {at}",)) for at in range(3)]
        for one in streams:
            one.start()
        assert is_busy.wait(60)
        before = engine.counts.ticks
        other = engine.submit(wish("ben"), client="ben")
        begun = next(update for update in other.updates() if isinstance(update, Progress))
        waited = engine.counts.ticks - before
        other.result(60.0)
        ended.set()
        for one in streams:
            one.join(60)
            assert not one.is_alive()
    assert begun.step == 1
    assert waited <= PATIENCE + 4 * steps + 4 * 3  # its patience, four seats' images, and turns


def test_one_of_another_shape_is_compiled_for_beside_the_ticks(
    model: Model, known: dict[str, Known], alone: Callable[[GenerationRequest], Result]
) -> None:
    with serving(model, known) as engine:
        result = engine.submit(wish("large")).result(60.0)
    assert result.compile_seconds == 0.0
    assert difference(result.images[0], alone(wish("large")).images[0]) <= 1


def test_one_that_is_larger_than_was_thought_waits_until_there_is_room_for_it(
    model: Model, known: dict[str, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = copies(model, monkeypatch)
    with serving(model, known, room=2.05) as engine:  # two of the usual shape
        for names in (("canny",), ("large",), ("canny",)):
            engine.submit(wish(*names)).result(60.0)
    assert max(counted) == 1
    with (
        serving(model, known, room=1.01) as engine,
        pytest.raises(ControlNetUnavailable, match=r"large must fit in .* of device memory, got "),
    ):
        engine.submit(wish("large")).result(60.0)


def test_two_that_turn_out_too_large_together_are_refused_and_either_goes_alone(
    model: Model, known: dict[str, Known]
) -> None:
    with serving(model, known, room=2.05) as engine:
        with pytest.raises(InvalidRequest, match="must fit in device memory together"):
            engine.submit(wish("large", "ada")).result(60.0)
        for name in ("large", "ada"):
            engine.submit(wish(name)).result(60.0)


def test_what_is_in_host_memory_comes_from_there(
    model: Model, known: dict[str, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    load = loader.load_controlnet

    def counted(source: str, **options: Any) -> Any:
        read.append(Path(source).name)
        return load(source, **options)

    with serving(model, known, room=1.5) as engine:
        monkeypatch.setattr(loader, "load_controlnet", counted)
        for name in ("ada", "ben", "ada", "ben"):
            engine.submit(wish(name)).result(60.0)
    assert read == ["ada", "ben"]


def test_the_estimate_counts_what_has_to_be_loaded_first(
    model: Model, known: dict[str, Known], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(model, known) as engine:
        monkeypatch.setattr(engine._residents, "_speeds", {True: 1000.0, False: 1000.0})
        there, to_come = (engine.foresee(wish(name)) for name in ("canny", "ben"))
    assert to_come.seconds > there.seconds + 10


def test_pinned_ones_must_fit_and_are_never_dropped(folder: Path, known: dict[str, Known]) -> None:
    pinned = {**known, "ada": replace(known["ada"], is_pinned=True)}
    model = Model.load(
        str(folder / "base"),
        controlnets={"ada": known["ada"].source},
        to_come=tuple(known),
        slots=4,
    )
    size = model.controlnets.bytes("ada")
    with pytest.raises(InvalidRequest, match=r"pinned ControlNets must fit in .* got "):
        Residents(model, pinned, Budget(size - 1))
    residents = Residents(model, pinned, Budget(2 * size + 1))
    assert residents.pinned == {"ada"}


def test_each_tells_which_annotator_makes_its_maps(model: Model, known: dict[str, Known]) -> None:
    told = {**known, "ada": replace(known["ada"], annotator="canny")}
    engine = SlotEngine(model, residents=Residents(model, told))
    assert engine.info.annotators == {"ada": "canny"}
    assert set(engine.info.controls) == set(known)
    with pytest.raises(InvalidRequest, match="annotator"):
        Residents(model, {**known, "ada": replace(known["ada"], annotator="magic")})
