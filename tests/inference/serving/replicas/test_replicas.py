"""Replicas as they are served: real ones of Ray Serve, killed, grown, and none left behind."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from inference.errors import InferenceError, InvalidRequest
from inference.request import GenerationRequest, Progress, Result
from inference.serving.client import RemoteEngine
from tests.fake_engine import colour_of

ROOT = Path(__file__).parents[4]
MARK = "REPLICAS_OF_A_TEST"
"""In the environment of all that a test starts, and by it found and ended."""
CONFIG = """
port = 0
patience = 20
[replicas]
least = 1
most = 2
jobs = 2
grow_after = 1
cpus = 0.1
"""
STRANGER = """
import sys
from ray._raylet import GcsClient
for port in sys.argv[1:]:
    try:
        GcsClient(address=f"127.0.0.1:{port}").internal_kv_keys(b"", None, timeout=10)
        print("in")
    except Exception as error:
        print(type(error).__name__)
"""
pytestmark = pytest.mark.slow


def marked(mark: str) -> list[psutil.Process]:
    """All processes of one test that have not ended."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get(MARK) == mark
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:  # it has ended just now, or is somebody else's
            continue
    return found


@dataclass(frozen=True)
class Served:
    url: str
    engine: RemoteEngine
    command: subprocess.Popen[str]
    mark: str

    def replicas(self) -> dict[int, psutil.Process]:
        """The processes that are ready, by id."""
        found = {}
        for process in marked(self.mark):
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if "ray::ServeReplica" in line and "initialize" not in line:
                found[process.pid] = process
        return found

    def figure(self, name: str) -> float:
        text = httpx.get(f"{self.url}/metrics", timeout=60, trust_env=False).text
        found = re.search(rf"^engine_{name} (\S+)$", text, re.MULTILINE)
        assert found is not None
        return float(found[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    config = tmp_path_factory.mktemp("replicas") / "service.toml"
    config.write_text(CONFIG)
    mark = uuid.uuid4().hex
    command = subprocess.Popen(
        [sys.executable, "-m", "tests.inference.serving.replicas.painter", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1", "HOME": str(config.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert command.stdout is not None
        lines = iter(command.stdout.readline, "")
        url = next(found[0] for line in lines if (found := re.search(r"http://[\d.]+:\d+", line)))
        engine = RemoteEngine(url)
        yield Served(url, engine, command, mark)
        engine.close()
    finally:
        command.kill()
        command.communicate()
        for process in marked(mark):
            process.kill()


def wish(*names: str, **fields: Any) -> GenerationRequest:
    controls = [{"name": name, "map": Image.new("RGB", (64, 64))} for name in names]
    return GenerationRequest(**{"prompt": "a cat", "steps": 3, "controls": controls, **fields})


def made(served: Served, request: GenerationRequest) -> Result:
    *_, result = served.engine.generate(request)
    assert isinstance(result, Result)
    return result


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 240
    while not is_so():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


def test_jobs_that_wait_bring_another_replica(served: Served) -> None:
    assert len(served.replicas()) == 1
    ended = threading.Event()

    def visit(seed: int) -> None:
        while not ended.is_set():
            made(served, wish(seed=seed, steps=50))

    with ThreadPoolExecutor(8) as visitors:
        visits = [visitors.submit(visit, seed) for seed in range(8)]
        try:
            until(lambda: len(served.replicas()) == 2)
        finally:
            ended.set()
        for one in visits:
            one.result()


def test_jobs_go_where_their_controlnet_is(served: Served) -> None:
    """With room for one on each, two stay where they are, however often they are asked for."""

    def are_settled() -> bool:
        before = served.figure("controlnets_loads_total")
        for name in ("canny", "depth"):
            made(served, wish(name))
        return served.figure("controlnets_loads_total") == before

    until(are_settled)
    before = served.figure("controlnets_loads_total")
    with ThreadPoolExecutor(4) as visitors:
        wanted = [wish(name, seed=seed) for seed in range(8) for name in ("canny", "depth")]
        list(visitors.map(lambda request: made(served, request), wanted))
    assert served.figure("controlnets_loads_total") == before  # at random, one in two loads


def test_what_is_wrong_is_told_as_one_engine_tells_it(served: Served) -> None:
    with pytest.raises(InvalidRequest, match="control must be known") as caught:
        made(served, wish("magic"))
    assert caught.value.field == "control"


def test_who_has_no_token_of_theirs_is_not_let_in_to_ray(served: Served) -> None:
    """Its ports are open to the whole network, and what comes through them is run."""
    (gcs,) = (one for one in marked(served.mark) if one.name() == "gcs_server")
    ports = {one.laddr.port for one in gcs.net_connections() if one.status == psutil.CONN_LISTEN}
    assert ports
    for mode in ("token", "disabled"):
        tried = subprocess.run(
            [sys.executable, "-c", STRANGER, *map(str, ports)],
            env={**os.environ, "RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": "a" * 64},
            capture_output=True,
            text=True,
            check=False,
        )
        assert set(tried.stdout.split()) == {"AuthenticationError"}, tried.stderr


def test_closing_frees_the_replica_too(served: Served) -> None:
    run = served.engine.generate(wish(steps=200))
    while not isinstance(next(run), Progress):
        pass
    run.close()
    until(lambda: served.figure("jobs_running") == 0)


def test_a_replica_killed_under_load_loses_nobody_a_picture(served: Served) -> None:
    until(lambda: len(served.replicas()) == 2)
    begun, begun_anew = threading.Semaphore(0), threading.Event()

    def visit(seed: int) -> Result | InferenceError:
        result, starts = None, 0
        try:
            for update in served.engine.generate(wish(seed=seed, steps=100)):
                if isinstance(update, Progress) and update.step == 1:
                    begun.release()
                    starts += 1
                    if starts > 1:
                        begun_anew.set()
                result = update
        except InferenceError as error:
            return error
        assert isinstance(result, Result)
        return result

    with ThreadPoolExecutor(12) as visitors:
        visits = [visitors.submit(visit, seed) for seed in range(12)]
        for _ in visits:
            assert begun.acquire(timeout=120)
        pid, victim = next(iter(served.replicas().items()))
        victim.kill()
        ends = [one.result(timeout=240) for one in visits]
    assert [str(end) for end in ends if not isinstance(end, Result)] == []
    for seed, end in enumerate(ends):
        assert isinstance(end, Result)
        assert end.images[0].getpixel((0, 0)) == colour_of(seed)
    assert begun_anew.is_set()
    assert pid not in served.replicas()
    assert len(made(served, wish()).images) == 1


def test_stopped_it_finishes_what_it_accepted_and_leaves_no_process_behind(served: Served) -> None:
    run = served.engine.generate(wish(steps=100))
    while not isinstance(next(run), Progress):
        pass
    served.command.send_signal(signal.SIGTERM)
    *_, result = run
    assert isinstance(result, Result)
    assert served.command.wait(120) == 0
    until(lambda: marked(served.mark) == [])
