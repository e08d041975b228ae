"""The service as it is run, on a real model: the same pictures through HTTP, and a clean end."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.checkpoints import save_bundle
from inference.errors import EngineUnavailable, InvalidRequest
from inference.model import Model
from inference.request import GenerationRequest, Progress, Result
from inference.serving.client import RemoteEngine
from inference.serving.engine import SlotEngine
from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from tests.inference.serving.mixing import difference, drawing
from tests.inference.serving.served import on_loopback
from tests.tiny import tiny_bundle

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_bundle(folder / "tiny", tiny_bundle(folder))
    return folder / "tiny"


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return Model.load(str(folder), slots=4)


@contextmanager
def served(model: Model) -> Iterator[tuple[SlotEngine, RemoteEngine]]:
    """One engine, as it is in this process and as it is through HTTP."""
    here = SlotEngine(model, result_bytes=0)
    here.start()
    with on_loopback(Service(here)) as url:
        there = RemoteEngine(url)
        try:
            yield here, there
        finally:
            there.close()
            here.stop(patience=0.0)


def wish(**fields: Any) -> GenerationRequest:
    return GenerationRequest(**{"prompt": "a cat", "steps": 3, **fields})


def last(updates: Any) -> Result:
    *_, result = updates
    assert isinstance(result, Result)
    return result


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": 3, "num_images": 2},
        {"controls": [{"name": "canny", "map": drawing(1), "scale": 0.5}]},
        {"init_image": drawing(2), "strength": 0.5, "sampler": "euler_ancestral"},
        {"width": 48, "height": 32, "guidance_scale": 1.0},
    ],
    ids=["seeds", "control", "start image", "size"],
)
def test_a_request_gives_the_same_picture_through_http_as_in_the_process(
    model: Model, fields: dict[str, Any]
) -> None:
    with served(model) as (here, there):
        assert there.info == here.info
        near, far = (last(engine.generate(wish(**fields))) for engine in (here, there))
    assert far.seeds == near.seeds
    assert far.parameters == near.parameters
    for one, other in zip(near.images, far.images, strict=True):
        assert difference(one, other) <= 1


def test_what_the_model_cannot_do_is_refused_in_the_same_words(model: Model) -> None:
    with served(model) as (here, there):
        for fields in ({"sampler": "magic"}, {"width": 33}, {"steps": 0.5}):
            said = []
            for engine in (here, there):
                with pytest.raises(InvalidRequest) as caught:
                    last(engine.generate(wish(**fields)))
                said.append((str(caught.value), caught.value.field))
            assert said[0] == said[1]


def test_closing_over_http_frees_the_engine(model: Model) -> None:
    with served(model) as (here, there):
        run = there.generate(wish(steps=200, num_images=4))
        next(run)
        run.close()
        assert here.waiting == 0


def test_the_figures_count_ticks_pictures_and_compilations(model: Model) -> None:
    with served(model) as (here, there):
        before = here.counts
        last(there.generate(wish(num_images=2)))
        after = here.counts
    assert after.images - before.images == 2
    assert after.ticks - before.ticks >= 3
    assert after.tick_seconds > before.tick_seconds
    assert after.compilations > 0
    assert (after.waiting, after.running) == (0, 0)


@contextmanager
def command(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "inference", "serve", "--port", "0", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
        assert found is not None
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def test_stopped_midway_the_command_finishes_what_it_accepted_and_takes_nothing_more(
    folder: Path, tmp_path: Path
) -> None:
    token = KeyFile(tmp_path / "keys.json").make("team")
    options = ("--model", str(folder), "--keys", str(tmp_path / "keys.json"))
    with command(*options) as (process, url):
        head = {"Authorization": f"Bearer {token}"}
        while httpx.get(f"{url}/readyz", timeout=60).status_code != 200:
            pass
        compiled = _compilations(url, head)
        engine = RemoteEngine(url, token)
        last(engine.generate(wish(steps=2, num_images=3)))
        assert _compilations(url, head) == compiled

        run = engine.generate(wish(steps=150, num_images=2))
        while not isinstance(next(run), Progress):
            pass
        process.send_signal(signal.SIGTERM)
        while httpx.get(f"{url}/readyz", timeout=60).status_code != 503:
            pass
        refused = httpx.post(f"{url}/v1/jobs", json={}, headers=head, timeout=60)
        assert refused.status_code == 503
        assert len(last(run).images) == 2
        assert process.wait(60) == 0
        gone = RemoteEngine(url, token, pauses=())
        with pytest.raises(EngineUnavailable):
            gone.info
        gone.close()
        engine.close()


def _compilations(url: str, head: dict[str, str]) -> str:
    text = httpx.get(f"{url}/metrics", headers=head, timeout=60).text
    found = re.search(r"^engine_compilations_total (\S+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_from_a_file_it_serves_more_controlnets_than_its_memory_holds(
    folder: Path, tmp_path: Path
) -> None:
    beside = sorted(one.name for one in folder.glob("controlnet-*"))
    size = sum(file.stat().st_size for file in (folder / beside[0]).glob("*.msgpack"))
    config = tmp_path / "service.toml"
    config.write_text(
        f"model = {str(folder)!r}\n"
        f"[controlnets.deep-sea]\nsource = {str(folder / beside[0])!r}\nannotator = 'canny'\n"
        f"[memory]\ndevice_gib = {1.5 * size / 2**30}\n"
    )
    with command("--config", str(config)) as (_, url):
        while httpx.get(f"{url}/readyz", timeout=60).status_code != 200:
            time.sleep(0.1)
        engine = RemoteEngine(url)
        assert engine.info.annotators == {"deep-sea": "canny"}
        compiled = _compilations(url, {})
        for name in ("canny", "deep-sea", "hue"):
            control = {"name": name, "map": drawing(1)}
            assert len(last(engine.generate(wish(controls=[control]))).images) == 1
        assert _compilations(url, {}) == compiled
        figures = httpx.get(f"{url}/metrics", timeout=60).text
        for line in (
            "engine_controlnets_resident 1.0",
            "engine_controlnets_loads_total 2.0",
            "engine_controlnets_drops_total 2.0",
        ):
            assert line in figures
        engine.close()
