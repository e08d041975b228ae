"""An engine's service for a long time under too much work: no job lost, no growth, no compilation.

Requests arrive at 110 % of what it can do (nine in ten 4 steps and one picture, one in ten 50
guided steps and four; three ControlNets). Of those that are accepted, one in five is cancelled on
its way, and of one in ten the client vanishes and looks later what became of it; one request in
twenty is malformed. More than is done cannot be: what the full queue refuses has to say when to
come back.
"""

import asyncio
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from statistics import median, quantiles
from tempfile import NamedTemporaryFile

import httpx
import numpy as np
import psutil
from PIL import Image

from inference.serving.engine import RESULT_BYTES
from tests.bench.environments import ROOT
from tests.bench.report import Report
from tests.bench.simulation.load import Arrival, is_short, mixed
from tests.bench.simulation.machine import TWO_CORES
from tests.browser import free_port

TAKES = "as long as --seconds says, and two minutes"
LOAD = 1.1
CANCELLED, VANISHED, MALFORMED = 0.2, 0.1, 0.05
SETTLED = 120.0
"""Seconds after which memory is to stay what it is, once the stores of pictures are full."""
GROWTH_BAR = 50e6
"""Bytes, from then on."""
AWAY = (2.0, 20.0)
"""Seconds for which a client is away that vanished."""
KEPT_MEGABYTES = 48
"""Of pictures that nobody has fetched: for longer than a client is away."""
FILLED = (KEPT_MEGABYTES * 2**20 + RESULT_BYTES) // (512 * 512 * 3)
"""Pictures that fill this and what is kept of results, in case they are asked for again."""
LOOK = 5.0
"""Seconds between two looks at the service's figures."""
JSON = {"Content-Type": "application/json"}
BAD: tuple[bytes, ...] = (
    b"",
    b"[]",
    b"{",
    b'{"steps": 0}',
    b'{"prompt": 7}',
    b'{"seed": -1}',
    b'{"sampler": "none such"}',
    b'{"controls": [{"name": "canny", "map": "no picture"}]}',
    b'{"controls": [{"name": "nobody", "map": ""}]}',
    b'{"width": 17}',
    b"[" * 5000,
)


@dataclass
class Tally:
    """What became of everything."""

    ends: Counter[str] = field(default_factory=Counter)
    """Of accepted jobs: result, cancelled, failed, lost."""
    refused: Counter[str] = field(default_factory=Counter)
    """Answers to what was not accepted, by status; with `!` where a bound did not say when to come
    back, or a word was missing."""
    seconds: list[float] = field(default_factory=list)
    """Of short requests, from asking to the picture."""
    memory: list[tuple[float, int, int]] = field(default_factory=list)
    """Seconds since the beginning, pictures that were made, and the service's bytes."""
    compilations: list[float] = field(default_factory=list)


def bench(*, seconds: int) -> Report:
    with serving() as (process, url):
        tally = asyncio.run(_endure(process, url, seconds))
    return report(tally, seconds)


@contextmanager
def serving() -> Iterator[tuple[psutil.Process, str]]:
    """The embedded model's service. What it keeps of jobs that are done is soon as much as it may
    be, so that what grows later is something else."""
    port = free_port()
    with NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(f"port = {port}\n[kept]\nmegabytes = {KEPT_MEGABYTES}\n")
        settings.flush()
        line = [sys.executable, "-m", "inference", "serve", "--config", settings.name]
        process = psutil.Popen(line, cwd=ROOT)
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_until_warm(process, url)
            yield process, url
        finally:
            process.terminate()
            process.wait(60)


def _wait_until_warm(process: psutil.Popen, url: str) -> None:
    while True:
        try:
            if httpx.get(f"{url}/readyz", timeout=10).is_success:
                return
        except httpx.HTTPError:
            pass
        if process.poll() is not None:
            raise RuntimeError(f"the service must start, got an end with {process.poll()}")
        time.sleep(0.5)


async def _endure(process: psutil.Process, url: str, seconds: int) -> Tally:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as client:
        visitors, tally = Visitors(client), Tally()
        rate = LOAD / await visitors.mean_seconds()
        arrivals = mixed(count=round(rate * seconds), rate=rate, lane=TWO_CORES.lane)
        watching = asyncio.create_task(_watch(process, client, tally))
        began = time.monotonic()
        async with asyncio.TaskGroup() as everybody:
            for arrival in arrivals:
                await asyncio.sleep(max(0.0, began + arrival.at - time.monotonic()))
                everybody.create_task(visitors.visit(arrival, tally))
        watching.cancel()
        await _look(process, client, tally, began)
    return tally


async def _watch(process: psutil.Process, client: httpx.AsyncClient, tally: Tally) -> None:
    began = time.monotonic()
    while True:
        await _look(process, client, tally, began)
        await asyncio.sleep(LOOK)


async def _look(
    process: psutil.Process, client: httpx.AsyncClient, tally: Tally, began: float
) -> None:
    lines = (await client.get("/metrics")).text.splitlines()
    compiled, made = (
        float(line.split()[1])
        for name in ("compilations", "images")
        for line in lines
        if line.startswith(f"engine_{name}_total ")
    )
    tally.compilations.append(compiled)
    tally.memory.append((time.monotonic() - began, int(made), process.memory_info().rss))


class Visitors:
    """Those who ask, each in their own way."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._random = Random(0)
        self._alone: dict[bool, float] = {}
        lines = np.random.default_rng(0).random((64, 64)) < 0.1
        stream = BytesIO()
        Image.fromarray(np.repeat(lines[:, :, None] * np.uint8(255), 3, 2)).save(stream, "PNG")
        self._map = base64.b64encode(stream.getvalue()).decode()

    async def mean_seconds(self) -> float:
        """Of a request of the mixed work, one at a time."""
        works = mixed(count=300, rate=1.0, lane=TWO_CORES.lane)
        spent = self._alone
        for short in (True, False):
            arrival = next(one for one in works if is_short(one.work) == short)
            runs = []
            for _ in range(5 if short else 2):
                began = time.monotonic()
                await self._end(await self._accepted(arrival))
                runs.append(time.monotonic() - began)
            spent[short] = median(runs)
        return 0.9 * spent[True] + 0.1 * spent[False]

    async def visit(self, arrival: Arrival, tally: Tally) -> None:
        way = self._random.random()
        if self._random.random() < MALFORMED:
            body = self._random.choice(BAD)
            answer = await self._client.post("/v1/jobs", content=body, headers=JSON)
            tally.refused[_described(answer)] += 1
            return
        began = time.monotonic()
        answer = await self._client.post("/v1/jobs", json=self._body(arrival))
        if answer.status_code != 201:
            tally.refused[_described(answer)] += 1
            return
        job = answer.json()["id"]
        if way < CANCELLED:
            await asyncio.sleep(self._random.uniform(0, self._alone[is_short(arrival.work)]))
            await self._client.delete(f"/v1/jobs/{job}")
        elif way < CANCELLED + VANISHED:
            async with self._client.stream("GET", f"/v1/jobs/{job}/events") as events:
                async for _ in events.aiter_bytes():
                    break
            await asyncio.sleep(self._random.uniform(*AWAY))
        end = await self._end(job)
        tally.ends[end] += 1
        if way >= CANCELLED + VANISHED and end == "result" and is_short(arrival.work):
            tally.seconds.append(time.monotonic() - began)

    async def _accepted(self, arrival: Arrival) -> str:
        answer = await self._client.post("/v1/jobs", json=self._body(arrival))
        return answer.raise_for_status().json()["id"]

    async def _end(self, job: str) -> str:
        """How a job ended, as its events say."""
        told = await self._client.get(f"/v1/jobs/{job}/events")
        last = told.text.strip().rpartition("\n\n")[2].splitlines() if told.is_success else []
        parts = dict(line.split(": ", 1) for line in last if ": " in line)
        match parts.get("event"):
            case "result":
                return "result"
            case "failed":
                code = json.loads(parts["data"])["error"]["code"]
                return code if code == "cancelled" else f"failed: {code}"
            case _:
                return "lost"

    def _body(self, arrival: Arrival) -> dict[str, object]:
        work = arrival.work
        ((name, _, _),) = work.controls
        return {
            "prompt": "a red apple, flat icon",
            "seed": work.job + self._random.randrange(1_000_000),
            "steps": len(work.rows),
            "num_images": work.images,
            "guidance_scale": 3.0 if work.rows[0] == 2 else 1.0,
            "controls": [{"name": name, "map": self._map}],
            "client": work.client,
        }


def _described(answer: httpx.Response) -> str:
    """The status, marked where the answer is not as it should be."""
    try:
        is_said = bool(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        is_said = False
    is_dated = answer.status_code not in (429, 503) or "retry-after" in answer.headers
    return f"{answer.status_code}{'' if is_said and is_dated else '!'}"


def report(tally: Tally, seconds: int) -> Report:
    accepted, refused = sum(tally.ends.values()), sum(tally.refused.values())
    settled = [size for at, made, size in tally.memory if at >= SETTLED and made >= FILLED]
    grown = f"{(tally.memory[-1][2] - settled[0]) / 1e6:.0f}" if settled else "not settled"
    compiled = tally.compilations[-1] - tally.compilations[0]
    bad = sum(count for end, count in tally.ends.items() if end not in ("result", "cancelled"))
    unclear = sum(count for what, count in tally.refused.items() if what.endswith("!"))
    broken = sum(count for what, count in tally.refused.items() if what.startswith("500"))
    p95 = quantiles(tally.seconds, n=20)[-1] if len(tally.seconds) > 1 else float("nan")
    ends = ", ".join(f"{count} {end}" for end, count in sorted(tally.ends.items()))
    answers = ", ".join(f"{count} {what}" for what, count in sorted(tally.refused.items()))
    return Report(
        f"{seconds} seconds at {LOAD:.0%} of what the embedded model's service can do",
        ("", "found", "bar"),
        (
            ("accepted jobs without an end", str(bad), "0"),
            ("refusals without a word or a time", str(unclear + broken), "0"),
            ("compilations", f"{compiled:.0f}", "0"),
            ("growth of memory, MB", grown, f"{GROWTH_BAR / 1e6:.0f}"),
        ),
        (
            f"{accepted} accepted: {ends}",
            f"{refused} refused or malformed: {answers}",
            f"short requests that were followed: median {median(tally.seconds):.1f} s, "
            f"95 in 100 within {p95:.1f} s",
        ),
    )
