"""How a demo's memory grows with its visitors: each a session of its own that makes one picture.

The engine paints (`tests.fake_engine`), so what grows is what the page and its server keep.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from tests.bench.environments import ROOT
from tests.bench.report import Report
from tests.browser import free_port

TAKES = "about half an hour"
WAYS = ("launched", "mounted")
WARM_UP = 200
"""Pictures before the first figure: imports, pools and caches have their size by then."""
BAR_MB = 100
"""Growth by 10,000 pictures."""


def bench(*, pictures: int) -> Report:
    rows = []
    for way in WAYS:
        with serving(way) as (server, address):
            visit(address, 0, WARM_UP)
            before = resident(server)
            visit(address, WARM_UP, WARM_UP + pictures // 2)
            half = resident(server)
            visit(address, WARM_UP + pictures // 2, WARM_UP + pictures)
            after = resident(server)
        figures = (before, half - before, after - half, after - before)
        rows.append((way, *(f"{value:.0f}" for value in figures)))
    return Report(
        f"Memory of a demo over {pictures} pictures, each in a session of its own",
        ("MB", f"after {WARM_UP}", "first half", "second half", "growth"),
        rows,
        (f"The bar is {BAR_MB} MB for 10,000 pictures.",),
    )


@contextmanager
def serving(way: str) -> Iterator[tuple[psutil.Process, str]]:
    """A painted demo in a process of its own, served in this way."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.painted_demo", way, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None, "a pipe was asked for"
        try:
            address = server.stdout.readline().strip()
            assert address, "the demo did not start"
            yield psutil.Process(server.pid), address
        finally:
            server.terminate()


def visit(address: str, first: int, last: int) -> None:
    """Visitors `first` to `last`, one after another, as the page asks for each."""
    config = httpx.get(f"{address}config", timeout=60).json()
    make = next(each for each in config["dependencies"] if each["api_name"] == "generate_1")
    values = {each["id"]: each["props"].get("value") for each in config["components"]}
    data = [values[component] for component in make["inputs"]]
    with httpx.Client(base_url=f"{address}gradio_api", timeout=60) as http:
        for number in range(first, last):
            session = f"visitor-{number}"
            data[1], data[3] = "a box", number
            body = {
                "data": data,
                "fn_index": make["id"],
                "session_hash": session,
                "event_data": {"job": secrets.token_hex(16)},
            }
            http.post("/queue/join", json=body).raise_for_status()
            with http.stream("GET", f"/queue/data?session_hash={session}") as stream:
                ended = [line for line in stream.iter_lines() if "process_completed" in line][-1]
            answer = json.loads(ended.removeprefix("data: "))
            assert '"phase": "done"' in json.dumps(answer["output"]), answer


def resident(server: psutil.Process) -> float:
    """Megabytes in memory."""
    return server.memory_info().rss / 2**20
