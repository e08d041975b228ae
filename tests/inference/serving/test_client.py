"""The remote engine: the same as one in the process, whatever the line between them does."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from inference.errors import (
    Cancelled,
    EngineUnavailable,
    Interrupted,
    InvalidImage,
    InvalidRequest,
    NotFinite,
    QueueFull,
)
from inference.request import GenerationRequest, Progress, Queued, Result
from inference.serving.client import RemoteEngine
from inference.serving.http.jobs import Jobs
from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from tests.cable import Cable
from tests.inference.serving.painted import INFO, PaintedEngine, painted, tell_steps
from tests.inference.serving.served import on_loopback

ROOT = Path(__file__).parents[3]


@contextmanager
def remote(url: str, key: str | None = None, **options: Any) -> Iterator[RemoteEngine]:
    engine = RemoteEngine(url, key, **{"pauses": (0.0,) * 50, "sleep": lambda _: None, **options})
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture
def painter() -> PaintedEngine:
    return PaintedEngine()


@pytest.fixture
def url(painter: PaintedEngine) -> Iterator[str]:
    with on_loopback(Service(painter)) as url:
        yield url


@pytest.fixture
def engine(url: str) -> Iterator[RemoteEngine]:
    with remote(url) as engine:
        yield engine


@pytest.fixture
def cable(url: str) -> Iterator[Cable]:
    cable = Cable(_port(url))
    yield cable
    cable.close()


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def wish(**fields: Any) -> GenerationRequest:
    return GenerationRequest(**{"prompt": "a cat", **fields})


def test_what_an_engine_can_do_is_told_unchanged(engine: RemoteEngine) -> None:
    assert engine.info == INFO


def test_steps_previews_and_pictures_come_as_they_were_made(engine: RemoteEngine) -> None:
    *_, second, last, result = engine.generate(wish(seed=5, num_images=2))
    assert isinstance(second, Progress)
    assert (second.step, second.steps, second.seconds_left) == (2, 3, 1.0)
    assert second.previews[0].getpixel((0, 0)) == (2, 0, 0)
    assert isinstance(last, Progress)
    assert isinstance(result, Result)
    expected = painted(wish(seed=5, num_images=2))
    assert [each.tobytes() for each in result.images] == [x.tobytes() for x in expected.images]
    for name in ("seeds", "parameters", "notices", "seconds", "compile_seconds", "steps"):
        assert getattr(result, name) == getattr(expected, name)


def test_the_request_arrives_as_it_was_sent(engine: RemoteEngine, painter: PaintedEngine) -> None:
    picture = Image.effect_noise((64, 64), 90).convert("RGB")
    sent = wish(
        negative_prompt="grau, \u2028 \U0001f431",
        seed=3,
        steps=7,
        controls=({"name": "canny", "map": picture, "scale": 0.5, "annotator": "canny"},),
        init_image=picture,
        mask=picture.point(lambda level: 255 * (level > 127)),
        karras=False,
        width=64,
        upscale=2,
    )
    list(engine.generate(sent, client="somebody"))
    came = painter.tickets[0].request
    plain = {"controls": {"__all__": {"map"}}, "init_image": True, "mask": True}
    assert came.model_dump(exclude=plain) == sent.model_dump(exclude=plain)
    assert came.controls[0].map.tobytes() == picture.tobytes()
    assert came.init_image is not None
    assert came.init_image.tobytes() == picture.tobytes()
    assert sent.mask is not None
    assert came.mask is not None
    assert came.mask.tobytes() == sent.mask.tobytes()
    assert "somebody" not in painter.clients[0]
    assert painter.clients[0].startswith("/")
    assert len(painter.clients[0]) == 65


def test_a_picture_goes_no_larger_than_what_is_made(
    engine: RemoteEngine, painter: PaintedEngine
) -> None:
    start, mask = (Image.new("RGB", (640, 320), name) for name in ("red", "white"))
    list(engine.generate(wish(init_image=start, mask=mask)))
    came = painter.tickets[0].request
    for picture in (came.init_image, came.mask):
        assert picture is not None
        assert picture.size == (64, 64)


def test_a_connection_that_drops_midway_is_made_again_and_every_step_comes_once(
    painter: PaintedEngine, cable: Cable
) -> None:
    painter.paints = False
    with remote(f"http://127.0.0.1:{cable.port}") as engine:
        run = engine.generate(wish())
        assert next(run) == Queued(1, 1, 2.5)
        ticket = painter.tickets[0]
        tell_steps(ticket, 1)
        seen = [next(run)]
        cable.cut()
        tell_steps(ticket, 2)
        cable.mend()
        seen.append(next(run))
        cable.cut()
        cable.mend()
        tell_steps(ticket, 3)
        ticket.end(painted(ticket.request))
        *steps, result = run
    told = [update.step for update in (*seen, *steps) if isinstance(update, Progress)]
    assert told == [1, 2, 3]
    assert isinstance(result, Result)


def test_a_service_that_is_away_is_said_to_be_after_so_many_pauses() -> None:
    paused: list[float] = []
    with (
        remote("http://127.0.0.1:1", pauses=(1.0, 2.0), sleep=paused.append) as engine,
        pytest.raises(EngineUnavailable, match="does not right now; try again in a minute"),
    ):
        engine.info
    assert paused == [1.0, 2.0]


def test_a_line_that_stays_cut_is_given_up(painter: PaintedEngine, cable: Cable) -> None:
    painter.paints = False
    with remote(f"http://127.0.0.1:{cable.port}") as engine:
        run = engine.generate(wish())
        next(run)
        cable.cut()
        with pytest.raises(EngineUnavailable, match="try again"):
            next(run)


def test_after_a_restart_the_job_is_said_to_be_lost(painter: PaintedEngine, cable: Cable) -> None:
    painter.paints = False
    with (
        on_loopback(Service(painter)) as restarted,
        remote(f"http://127.0.0.1:{cable.port}") as engine,
    ):
        run = engine.generate(wish())
        next(run)
        cable.cut()
        cable.target = _port(restarted)
        cable.mend()
        with pytest.raises(Interrupted, match="lost with a restart, or is over; ask anew"):
            next(run)


def test_closing_what_follows_a_job_cancels_it(
    engine: RemoteEngine, painter: PaintedEngine
) -> None:
    painter.paints = False
    run = engine.generate(wish())
    next(run)
    run.close()
    with pytest.raises(Cancelled):
        painter.tickets[0].result(120.0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidRequest("steps must be fewer; choose less", field="steps"), InvalidRequest),
        (InvalidImage("control map must be a picture; choose one", field="map"), InvalidImage),
        (QueueFull("the queue is full; come back", retry_after=6.5), QueueFull),
        (Interrupted("the engine ends; ask again"), Interrupted),
    ],
)
def test_a_refusal_is_raised_as_the_engine_raised_it(
    engine: RemoteEngine, painter: PaintedEngine, error: Exception, kind: type[Exception]
) -> None:
    painter.error = error
    with pytest.raises(kind) as caught:
        next(engine.generate(wish()))
    assert type(caught.value) is kind
    assert str(caught.value) == str(error)
    assert getattr(caught.value, "field", None) == getattr(error, "field", None)
    if isinstance(caught.value, QueueFull):
        assert caught.value.retry_after == 7.0


def test_what_fails_midway_is_raised_and_what_broke_is_not_told_in_detail(
    engine: RemoteEngine, painter: PaintedEngine
) -> None:
    painter.paints = False
    for error, kind, words in (
        (NotFinite("a picture must be of finite numbers"), NotFinite, "finite numbers"),
        (RuntimeError("at /srv/secret.py"), EngineUnavailable, "something broke on the service"),
    ):
        run = engine.generate(wish())
        next(run)
        painter.tickets[-1].end(error)
        with pytest.raises(kind, match=words) as caught:
            next(run)
        assert "secret" not in str(caught.value)


def test_without_the_right_key_it_is_told_what_is_wanted(
    painter: PaintedEngine, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    token = keys.make("team")
    with on_loopback(Service(painter, keys)) as url:
        for key in (None, "wrong"):
            with (
                remote(url, key) as engine,
                pytest.raises(EngineUnavailable, match="must be Bearer and a key"),
            ):
                engine.info
        with remote(url, token) as engine:
            assert engine.info == INFO


def test_another_program_behind_the_address_is_said_to_be_one() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with (
            remote(f"http://127.0.0.1:{other.server_port}") as engine,
            pytest.raises(EngineUnavailable, match="got something else; let both be of one"),
        ):
            engine.info
        other.shutdown()


@pytest.mark.parametrize("url", ["", "engine", "ftp://engine", "http://", "http://a b"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="INFERENCE_URL must be the address"):
        RemoteEngine(url)


@pytest.mark.parametrize("key", ["", "a b", "schlüssel", "a\nb"])
def test_a_key_that_cannot_be_one_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(InvalidRequest, match="INFERENCE_KEY must be a key") as caught:
        RemoteEngine("http://127.0.0.1:1", key)
    assert not key or key not in str(caught.value)


def test_many_share_one_remote_engine(engine: RemoteEngine) -> None:
    results: dict[int, Any] = {}

    def ask(seed: int) -> None:
        *_, results[seed] = engine.generate(wish(seed=seed))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {seed: result.seeds for seed, result in results.items()} == {
        seed: (seed,) for seed in range(12)
    }


def test_jobs_that_are_kept_too_long_are_lost_to_who_comes_late(painter: PaintedEngine) -> None:
    painter.paints = False
    now = [0.0]
    jobs = Jobs(seconds=5.0, clock=lambda: now[0])
    with on_loopback(Service(painter, jobs=jobs)) as url, remote(url) as engine:
        run = engine.generate(wish())
        next(run)
        tell_steps(painter.tickets[0], 1)
        next(run)
        painter.tickets[0].end(painted(wish()))
        now[0] = 9.0
        with pytest.raises(Interrupted, match="ask anew"):
            list(run)


@pytest.mark.slow
def test_neither_the_client_nor_a_space_that_uses_it_imports_jax(url: str) -> None:
    code = (
        "import json, os, sys\n"
        "from spaces.demo.embedded import demo_config\n"
        "from spaces.demo.engines import choose_engine\n"
        "from spaces.demo.page import build_demo\n"
        "chosen = choose_engine(os.environ, model='embedded', controlnets={})\n"
        "build_demo(demo_config(chosen.model, chosen.engine.info), chosen.engine)\n"
        "heavy = [m for m in ('jax', 'flax', 'torch') if m in sys.modules]\n"
        "print(json.dumps([chosen.model, heavy]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "INFERENCE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["painted", []]


@pytest.mark.slow
def test_a_space_whose_service_cannot_be_says_so_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "spaces"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "INFERENCE_URL": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: INFERENCE_URL must be the address of a service")
    assert len(done.stderr.splitlines()) == 1
