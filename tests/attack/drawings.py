"""Drawings that are followed: pixels that are none, or gigabytes, and more of them than is fair."""

import base64
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from spaces.demo.live import MAX_BODY
from tests.attack.malformed import BODIES, ODD, sentence
from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import Target

MB = 10**6
SIDE = 64
AT_ONCE = 60
JSON = {"content-type": "application/json"}


def drawing(rows: bytes = b"\xff" * SIDE * SIDE, **other: Any) -> dict[str, Any]:
    """A blank one, but for what is given."""
    data = base64.b64encode(zlib.compress(rows)).decode()
    return {"width": SIDE, "height": SIDE, "channels": 1, "data": data, **other}


def follow(client: httpx.Client, target: Target, **other: Any) -> httpx.Response:
    """Asks for the picture of a drawing."""
    asked = {
        "session_hash": "a",
        "turn": 1,
        "draft": True,
        "fields": {"prompt": "a box"},
        "drawing": drawing(),
        **other,
    }
    return client.post(
        f"{target.address}{target.below}/live", content=json.dumps(asked), headers=JSON
    )


@attack("drawings that are none, and bodies that are no calls", ways=DEMOS)
def strange_drawings(target: Target) -> None:
    whole = drawing()
    strange: list[dict[str, Any]] = [
        *({"drawing": value} for value in ODD),
        *({"drawing": {**whole, "width": value}} for value in ODD),
        *({"drawing": {**whole, "channels": value}} for value in (*ODD, 2, 4)),
        *({"drawing": {**whole, "data": value}} for value in ODD),
        {"drawing": drawing(b"\0" * (SIDE * SIDE - 1))},
        {"drawing": drawing(b"\0" * (SIDE * SIDE + 1))},
        {"drawing": {**whole, "data": whole["data"][:-8]}},
        *({"session_hash": value} for value in (*ODD, "a/b")),
        *({"turn": value} for value in ODD),
        *({"fields": {"prompt": value}} for value in (5, None, "\ud800", ["a"])),
    ]
    before = len(target.log())
    with target.client() as client:
        for other in strange:
            answer = follow(client, target, **other)
            what = f"{str(other)[:80]} was answered {answer.status_code}"
            hold(answer.status_code in (400, 413, 422), what)
            hold(len(sentence(answer)) > 20, f"{what} without a sentence")
        for body in BODIES:
            answer = client.post(f"{target.address}{target.below}/live", content=body, headers=JSON)
            hold(400 <= answer.status_code < 500, f"{body[:20]!r}: {answer.status_code}")
        for fields in (*ODD, {"seed": "\ud800", "steps": 10**300, "sampler": ["a"]}):
            if not isinstance(fields, dict):
                fields = {"steps": fields, "prompt": "a box"}
            answer = follow(client, target, fields={"prompt": "a box", **fields})
            hold(answer.status_code == 200, f"{str(fields)[:60]}: {answer.text[:200]}")
    hold("Traceback" not in target.log()[before:], "the log has a traceback")


@attack("a drawing that unpacks to a gigabyte, many times at once", ways=DEMOS)
def unpacking(target: Target) -> None:
    packing = zlib.compressobj(9)
    bomb = b"".join(packing.compress(bytes(MB)) for _ in range(700)) + packing.flush()
    data = base64.b64encode(bomb).decode()
    hold(len(data) < MAX_BODY, "this one is not let in at all")
    rest, highest = target.memory(), 0

    def send(number: int) -> int:
        with target.client(seconds=60) as client:
            bad = drawing(data=data, width=1024, height=1024, channels=3)
            return follow(client, target, session_hash=f"s{number}", drawing=bad).status_code

    with ThreadPoolExecutor(8) as crowd:
        for status in crowd.map(send, range(16)):
            hold(status in (400, 422, 429), f"it was answered {status}")
            highest = max(highest, target.memory())
    hold(highest - rest < 200 * MB, f"it rose {(highest - rest) // MB} MB above rest")
    with target.client() as client:
        hold(follow(client, target).status_code == 200, "nobody else is painted for")


@attack("a body without an end", ways=DEMOS)
def endless(target: Target) -> None:
    with target.client() as client:
        answer = client.post(
            f"{target.address}{target.below}/live",
            content=b'{"drawing": "' + b"a" * 2 * MAX_BODY,
            headers=JSON,
        )
        hold(answer.status_code == 413, f"it was answered {answer.status_code}")
        hold("at most" in sentence(answer), f"it was answered {answer.text[:200]}")


@attack("one session asks for many drawings at once, and so do many", ways=DEMOS)
def flood(target: Target) -> None:
    def ask(session: str) -> int:
        with target.client(seconds=60) as client:
            return follow(client, target, session_hash=session, draft=False).status_code

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        for sessions in (["greedy"] * AT_ONCE, [f"s{number}" for number in range(AT_ONCE)]):
            answers = set(crowd.map(ask, sessions))
            hold(answers <= {200, 429, 503}, f"they were answered {answers}")
            hold(200 in answers, f"nobody was painted for: {answers}")
            hold(len(set(sessions)) > 1 or 429 in answers, "one session had all that it asked for")
    with target.client() as client:
        hold(follow(client, target).status_code == 200, "places are not given back")
