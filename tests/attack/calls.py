"""Talking to Gradio as a program does, without any library that would be polite."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.attack.targets import Target

MOST = 5_000_000
"""Bytes of an answer that are read."""
SECONDS = 30


@dataclass(frozen=True)
class Event:
    """An event of the page: its number, and the component of each input."""

    number: int
    name: str
    inputs: tuple[str, ...]
    queued: bool


def events(client: httpx.Client, target: Target) -> Iterator[Event]:
    """All events that take something, by the page's own configuration."""
    config = client.get(f"{target.address}{target.below}/config").json()
    types = {component["id"]: component["type"] for component in config["components"]}
    for one in config["dependencies"]:
        if one["inputs"] and one["backend_fn"]:
            inputs = tuple(types[component] for component in one["inputs"])
            yield Event(one["id"], str(one["api_name"]), inputs, one["queue"] is not False)


def upload(client: httpx.Client, target: Target, content: bytes, name: str = "a.png") -> str:
    """What the server calls a file that was uploaded."""
    answer = client.post(f"{target.api}/upload", files={"files": (name, content)})
    answer.raise_for_status()
    (named,) = answer.json()
    return named


def file(path: Any, **more: Any) -> dict[str, Any]:
    """A file value as Gradio's clients send it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def join(client: httpx.Client, target: Target, number: int, data: Any) -> str:
    """All that is answered to an event of the page."""
    session = secrets.token_hex(8)
    body = {"fn_index": number, "data": data, "session_hash": session, "event_data": {}}
    begun = post(client, target, "queue/join", body)
    if begun.status_code != 200:
        return begun.text
    return begun.text + stream(client, f"{target.api}/queue/data?session_hash={session}")


def run(client: httpx.Client, target: Target, event: Event, data: Any) -> str:
    """All that is answered to a call past the queue."""
    body = {"fn_index": event.number, "data": data, "session_hash": secrets.token_hex(8)}
    return post(client, target, f"run/{event.name}", {**body, "event_data": {}}).text


def call(
    client: httpx.Client, target: Target, name: str, data: Any, *, seconds: float = SECONDS
) -> str:
    """All that is answered to a call of an endpoint."""
    begun = post(client, target, f"call/{name}", {"data": data})
    if begun.status_code != 200:
        return begun.text
    number = begun.json()["event_id"]
    return begun.text + stream(client, f"{target.api}/call/{name}/{number}", seconds=seconds)


def fields(client: httpx.Client, target: Target, **ours: Any) -> list[Any]:
    """What /generate takes, by its own defaults but for `ours`."""
    return _fields(client, target, "/generate", {"prompt": "a box", **ours})


def control_map(
    client: httpx.Client,
    target: Target,
    picture: Any,
    annotator: str = "none",
    *,
    seconds: float = SECONDS,
) -> str:
    """All that /control_map answers to a picture."""
    ours = {"picture": picture, "annotator": annotator}
    data = _fields(client, target, "/control_map", ours)
    return call(client, target, "control_map", data, seconds=seconds)


def _fields(client: httpx.Client, target: Target, endpoint: str, ours: dict[str, Any]) -> list[Any]:
    told = client.get(f"{target.api}/info").json()["named_endpoints"][endpoint]
    values = {one["parameter_name"]: one.get("parameter_default") for one in told["parameters"]}
    return list({**values, **ours}.values())


def post(client: httpx.Client, target: Target, path: str, body: Any) -> httpx.Response:
    """A POST of JSON as Python writes it: lone surrogates and NaN included."""
    headers = {"Content-Type": "application/json"}
    return client.post(f"{target.api}/{path}", content=json.dumps(body), headers=headers)


def stream(client: httpx.Client, address: str, *, seconds: float = SECONDS) -> str:
    """A stream of events to its end, or as long as it may take."""
    ends, text = time.monotonic() + seconds, ""
    with client.stream("GET", address) as answer:
        for chunk in answer.iter_text():
            text += chunk
            if len(text) > MOST or time.monotonic() > ends:
                break
    return text
