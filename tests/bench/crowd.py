"""Fifty people who ask the embedded model's demo for a picture at one moment, as its page does.

Each hears of a place in the queue or that the picture is being made, then how long it takes, and
then has it. Measured is from the press of the button: until the first word, until the picture, and
how far the seconds that were told lay from those that it took.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import httpx
import psutil

from tests.bench.live import serving
from tests.bench.report import Report

TAKES = "a minute, and the demo's start"
SECONDS = 600
MB = 1_000_000
SETTLED = 3


@dataclass
class Person:
    """Seconds since the press. `told` are pairs: when it was said, and how much longer it is."""

    number: int
    word: float | None = None
    picture: float | None = None
    place: int | None = None
    told: list[tuple[float, float]] = field(default_factory=list)
    error: str = ""

    def ask(self, client: httpx.Client, number: int, data: list[Any]) -> None:
        """Presses the button, and listens to the end."""
        session = secrets.token_hex(8)
        body = {"fn_index": number, "data": data, "session_hash": session, "event_data": {}}
        began = time.monotonic()
        client.post("gradio_api/queue/join", json=body).raise_for_status()
        for message in _messages(client, session):
            now = time.monotonic() - began
            self._hear(message, now)
            if message["msg"] == "process_completed":
                self.error = str(message["output"].get("error") or "")
                self.picture = now if message["success"] else None
                return

    def _hear(self, message: dict[str, Any], now: float) -> None:
        if message["msg"] == "estimation" and message.get("rank") is not None:
            self.place = self.place or message["rank"] + 1
            self.word = self.word or now
        elif message["msg"] in ("process_starts", "process_generating"):
            self.word = self.word or now
            for facts in _facts(message):
                self.place = self.place or facts.get("position")
                if (left := facts.get("seconds_left")) is not None:
                    self.told.append((now, left))

    @property
    def missed(self) -> float | None:
        """Seconds by which the first estimate was wrong; None without one."""
        if self.picture is None or not self.told:
            return None
        now, left = self.told[0]
        return abs(now + left - self.picture)


def bench(*, people: int) -> Report:
    with serving() as (address, _):
        server = _serves(address)
        with httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as client:
            number, data = _button(client)
            Person(0).ask(client, number, data(0))  # what is loaded late is there
        rest = _memory(server)
        crowd, peak = _crowd(address, people, number, data, server)
        time.sleep(SETTLED)
        left = _memory(server)
    there = [one for one in crowd if one.picture is not None]
    pictures = sorted(one.picture for one in there if one.picture is not None)
    words = [one.word for one in crowd if one.word is not None]
    told = [one for one in there if one.told]
    missed = [one.missed for one in told if one.missed is not None]
    gaps = [later - sooner for sooner, later in pairwise(pictures)]
    rows = [
        ("people who had a picture", f"{len(there)} of {people}"),
        ("who were told a place, or that it begins", f"{len(words)} of {people}"),
        ("who were told how long it takes", f"{len(told)} of {people}"),
        ("seconds to the first word, median and last", _two(words)),
        ("seconds to the picture, median and last", _two(pictures)),
        ("seconds by which the first estimate missed, median and most", _two(missed)),
        ("longest time without a picture for anybody, s", f"{max(gaps, default=0):.2f}"),
        ("memory at rest, at most, and afterwards, MB", _three(rest, peak, left)),
    ]
    errors = sorted({one.error for one in crowd if one.error})
    return Report(f"{people} people press at once", ("", ""), rows, errors)


def _crowd(
    address: str, people: int, number: int, data: Any, server: psutil.Process
) -> tuple[list[Person], int]:
    """All of them, with what they heard, and the most memory that was held meanwhile."""
    crowd = [Person(seed) for seed in range(1, people + 1)]
    together = threading.Barrier(people)
    highest, over = [0], threading.Event()

    def press(one: Person) -> None:
        with httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as client:
            together.wait()
            one.ask(client, number, data(one.number))

    def watch() -> None:
        while not over.wait(0.1):
            highest.append(_memory(server))

    watching = threading.Thread(target=watch)
    watching.start()
    with ThreadPoolExecutor(people) as threads:
        list(threads.map(press, crowd))
    over.set()
    watching.join()
    return crowd, max(highest)


def _button(client: httpx.Client) -> tuple[int, Any]:
    """The number of /generate, and what it is given for a seed."""
    config = client.get("config").json()
    number = next(one["id"] for one in config["dependencies"] if one["api_name"] == "generate")
    told = client.get("gradio_api/info").json()["named_endpoints"]["/generate"]["parameters"]
    usual = {one["parameter_name"]: one.get("parameter_default") for one in told}

    def data(seed: int) -> list[Any]:
        return list({**usual, "prompt": "a red apple", "seed": seed}.values())

    return number, data


def _messages(client: httpx.Client, session: str) -> Iterator[dict[str, Any]]:
    with client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def _facts(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was told of progress, whole or as what changed since the last."""
    for value in (message.get("output") or {}).get("data") or ():
        if isinstance(value, dict):
            yield value
        elif isinstance(value, list) and value and all(isinstance(one, list) for one in value):
            yield {path[0]: new for _, path, new in value if len(path) == 1}


def _serves(address: str) -> psutil.Process:
    """The process that listens there: a child of this one."""
    port = httpx.URL(address).port
    for child in psutil.Process().children(recursive=True):
        if any(one.laddr.port == port for one in child.net_connections() if one.status == "LISTEN"):
            return child
    raise RuntimeError(f"no process of ours listens at {address}")


def _memory(server: psutil.Process) -> int:
    processes = [server, *server.children(recursive=True)]
    return sum(process.memory_info().rss for process in processes)


def _two(values: list[float]) -> str:
    return f"{median(values):.2f}, {max(values):.2f}" if values else "–"


def _three(rest: int, peak: int, left: int) -> str:
    return f"{rest // MB}, {peak // MB}, {left // MB}"
