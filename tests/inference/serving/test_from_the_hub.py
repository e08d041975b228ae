"""ControlNets of a service that lie on the Hub: fetched by its real client while others run."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import pytest

from gallery.practice.small_hub import SmallHub, serve
from inference.checkpoints import save_bundle, save_component
from inference.errors import ControlNetUnavailable
from inference.model import Model
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Queued, Result
from inference.serving import engine as engines
from inference.serving import residents
from inference.serving.client import RemoteEngine
from inference.serving.engine import SlotEngine
from inference.serving.http.config import ServiceSettings, read_settings
from inference.serving.http.service import service_of
from inference.serving.opening import open_engine
from tests.inference.serving.mixing import difference, drawing
from tests.inference.serving.served import on_loopback
from tests.tiny import tiny_bundle, tiny_controlnet

pytestmark = pytest.mark.slow
TEAMS = ("ada", "ben", "cleo", "dan")
WEIGHTS = "diffusion_flax_model.msgpack"


@dataclass
class Line:
    """Between the Hub's disk and whoever fetches weights: it may wait, and it may break off."""

    read: Callable[[str, int, int], bytes]
    is_open: threading.Event = field(default_factory=threading.Event)
    breaks_at: int | None = None
    """Behind this byte of a file nothing comes."""
    begun: list[int] = field(default_factory=list)
    """The first byte of each fetch of weights."""

    def __call__(self, digest: str, start: int, stop: int) -> bytes:
        if stop < 10_000:  # a config, or a small part
            return self.read(digest, start, stop)
        self.begun.append(start)
        assert self.is_open.wait(60)
        end = stop if self.breaks_at is None else max(start, min(stop, self.breaks_at))
        return self.read(digest, start, end) if end > start else b""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with its own ControlNets, and a team's each."""
    folder = tmp_path_factory.mktemp("models")
    save_bundle(folder / "base", tiny_bundle(folder))
    for seed, name in enumerate(TEAMS):
        net = tiny_controlnet(name, 20 + seed)
        save_component(folder / name, net.config, net.params)
    return folder


@pytest.fixture(scope="module")
def hub(folder: Path) -> Iterator[SmallHub]:
    """Each team's ControlNet in a repository of theirs, and one in a folder of another."""
    hub = SmallHub()
    for name in TEAMS:
        files = {one.name: one.read_bytes() for one in (folder / name).iterdir()}
        hub.add_model(f"{name}/control", files=files)
        hub.add_model(f"{name}/many", files={f"nets/{at}": text for at, text in files.items()})
    hub.add_model("eve/gated", files={"config.json": b"{}"}, gated=True)
    hub.add_model("eve/private", files={"config.json": b"{}"}, private=True)
    hub.add_model("eve/words", files={"README.md": b"soon"})
    with serve(hub) as address, pytest.MonkeyPatch.context() as patch:
        constants = huggingface_hub.constants
        patch.setattr(constants, "ENDPOINT", address)
        template = address + "/{repo_id}/resolve/{revision}/{filename}"
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        patch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 100)  # seconds, while `Line` waits
        patch.setattr(constants, "HF_HUB_CACHE", str(folder / "cache"))
        yield hub


@pytest.fixture
def line(hub: SmallHub, monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line(hub.store.read)
    line.is_open.set()
    monkeypatch.setattr(hub.store, "read", line)
    return line


@pytest.fixture(scope="module")
def settings(folder: Path, hub: SmallHub) -> ServiceSettings:
    """A service.toml whose budget holds one ControlNet on the device, and two behind it."""
    size = (folder / "ada" / WEIGHTS).stat().st_size
    sources = {
        "ada": "ada/control",
        "ben": "ben/many@main:nets",
        "cleo": "cleo/control",
        "dan": "dan/control",
        "gone": "eve/nothing",
        "gated": "eve/gated",
        "private": "eve/private",
        "words": "eve/words",
    }
    nets = "".join(
        f"[controlnets.{name}]\nsource = '{source}'\nannotator = 'canny'\n"
        for name, source in sources.items()
    )
    memory = f"device_gib = {1.5 * size / 2**30}\nhost_gib = {2.5 * size / 2**30}\n"
    path = folder / "service.toml"
    path.write_text(f"model = '{folder / 'base'}'\n[memory]\n{memory}{nets}")
    return read_settings(path, {})


@pytest.fixture(scope="module")
def engine(settings: ServiceSettings) -> Iterator[SlotEngine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "ROWS_ON_CPU", (2, 2))  # a larger tick is compiled for nothing here
        engine, _ = open_engine(settings)
    engine.start()
    yield engine
    engine.stop(patience=0.0)


@pytest.fixture(scope="module")
def there(engine: SlotEngine, settings: ServiceSettings) -> Iterator[RemoteEngine]:
    """The service that the file describes, as a Space asks it."""
    with on_loopback(service_of(engine, settings)) as url:
        remote = RemoteEngine(url)
        yield remote
        remote.close()


def wish(*names: str, **fields: Any) -> GenerationRequest:
    controls = [{"name": name, "map": drawing(1)} for name in names]
    return GenerationRequest(**{"prompt": "a cat", "steps": 2, "controls": controls, **fields})


def made(there: RemoteEngine, request: GenerationRequest) -> Result:
    *_, result = there.generate(request)
    assert isinstance(result, Result)
    return result


def test_one_that_lies_on_the_hub_is_loaded_while_others_run_and_comes_back_from_host_memory(
    there: RemoteEngine, engine: SlotEngine, hub: SmallHub, line: Line, folder: Path
) -> None:
    sources = there.info.sources
    assert (sources["ada"], sources["ben"]) == ("ada/control", "ben/many")
    line.is_open.clear()
    waits = engine.submit(wish("ada"), client="ada")
    for seed in range(3):  # others, while it is on its way
        made(there, wish(seed=seed))
    assert isinstance(next(waits.updates()), Queued)
    assert engine.counts.residents.loading == 1
    line.is_open.set()
    first = waits.result(120.0)

    before = engine.counts.residents
    made(there, wish("ben"))
    fetched = len(line.begun)
    assert fetched == 2
    again = made(there, wish("ada", seed=7))
    after = engine.counts.residents
    assert len(line.begun) == fetched  # from host memory, and nothing from the Hub
    assert (after.loads - before.loads, after.drops - before.drops) == (2, 2)
    assert after.device_bytes <= (after.budget.device or 0)
    assert after.host_bytes <= (after.budget.host or 0)

    here = Pipeline(Model.load(str(folder / "base"), controlnets={"ada": str(folder / "ada")}))
    for result, request in ((first, wish("ada")), (again, wish("ada", seed=7))):
        *_, alone = here.generate(request)
        assert isinstance(alone, Result)
        assert difference(result.images[0], alone.images[0]) <= 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone", "eve/nothing must be a model on the Hub, got no such repository, or a private"),
        ("private", "eve/private must be a model on the Hub, got no such repository, or a privat"),
        ("gated", "eve/gated must be a model on the Hub, got a gated repository; accept its terms"),
        ("words", "eve/words must hold a config.json, got .*README.md; "),
    ],
    ids=["gone", "private", "gated", "words"],
)
def test_one_that_is_missing_or_refused_fails_its_own_job_with_its_sentence(
    there: RemoteEngine, engine: SlotEngine, name: str, said: str
) -> None:
    failures = engine.counts.residents.failures
    with pytest.raises(ControlNetUnavailable, match=said) as caught:
        made(there, wish(name))
    assert "\n" not in str(caught.value)
    assert len(made(there, wish("ada")).images) == 1
    assert engine.counts.residents.failures == failures + 1


def test_one_that_comes_by_half_fails_its_own_job_and_is_fetched_when_asked_for_again(
    there: RemoteEngine, engine: SlotEngine, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.breaks_at = 20_000
    with pytest.raises(ControlNetUnavailable, match="dan/control must be downloaded from the Hub"):
        made(there, wish("dan"))
    assert len(made(there, wish("ada")).images) == 1
    assert len(line.begun) > 1  # it was not given up at once
    line.breaks_at = None
    monkeypatch.setattr(residents, "RETRY_SECONDS", 0.0)
    assert len(made(there, wish("dan")).images) == 1


def test_a_hub_that_is_away_fails_what_was_never_fetched_and_nothing_else(
    there: RemoteEngine, engine: SlotEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(there, wish("ben"))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ControlNetUnavailable, match="no connection and nothing in the cache"):
        made(there, wish("cleo"))
    for name in ("ada", "ben", "dan"):  # one at least is read anew, from the cache of the client
        assert len(made(there, wish(name)).images) == 1
