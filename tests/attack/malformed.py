"""Calls that are none: each gets a sentence, and the log one line."""

import json
from typing import Any

import httpx

from tests.attack import calls
from tests.attack.registry import attack, hold
from tests.attack.targets import Target

DEEP = "[" * 50_000
BODIES = ("", "{", "null", "[]", "1", '"a"', DEEP, "{}", '{"data": 1}', '{"data": {}}')
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**300,
    float("nan"),
    "\ud800",
    "a" * 100_000,
    [],
    {},
    [[[[]]]],
    {"path": None},
    {"meta": None, "path": "a"},
    {"meta": {"_type": 5}, "path": {"path": "a"}},
)


def sentence(answer: httpx.Response) -> str:
    """What an error says, in the demo's shape or the gallery's."""
    error = json.loads(answer.text).get("error")
    return str(error["message"] if isinstance(error, dict) else error or "")


@attack("bodies that are no calls, to every door")
def odd_bodies(target: Target) -> None:
    before = len(target.log())
    sent = 0
    with target.client() as client:
        for path in ("call/generate", "run/info", "api/x", "queue/join", "cancel", "call/v2/x"):
            for body in BODIES:
                answer = client.post(
                    f"{target.api}/{path}",
                    content=body,
                    headers={"Content-Type": "application/json"},
                )
                sent += 1
                what = f"{body[:20]!r} to {path}"
                hold(400 <= answer.status_code < 500, f"{what}: {answer.status_code}")
                said = sentence(answer)
                hold(len(said) > 20, f"{what} was answered {answer.text[:200]}")
    written = target.log()[before:]
    hold("Traceback" not in written, "the log has a traceback")
    hold(written.count("\n") <= sent, f"{sent} calls wrote {written.count(chr(10))} lines")


@attack("odd values for every input of every event")
def odd_values(target: Target) -> None:
    before, sent = len(target.log()), 0
    with target.client() as client:
        for event in list(calls.events(client, target))[:12]:
            for value in ODD:
                answer = calls.join(client, target, event.number, [value] * len(event.inputs))
                sent += 1
                what = f"{str(value)[:30]!r} for {event.name}"
                hold('"error":null' not in answer.replace(" ", ""), f"{what} was answered null")
                hold(bool(answer.strip()), f"{what} was not answered")
    written = target.log()[before:]
    hold(
        "Traceback" not in written,
        f"the log has a traceback: {written.partition('Traceback')[2][-900:]}",
    )
    hold(len(written) < 1000 * sent, f"{sent} calls wrote {len(written):,} bytes")


@attack("endpoints, events and sessions that there are not")
def unknown_names(target: Target) -> None:
    before = len(target.log())
    with target.client() as client:
        for method, path in (
            ("POST", "call/magic"),
            ("POST", "run/magic"),
            ("POST", "call/v2/magic"),
            ("POST", "component_server"),
            ("POST", "process_recording"),
            ("POST", "vibe-edit"),
            ("GET", "call/generate/no-such-event"),
            ("GET", "call/generate/no%0Asuch-event"),
            ("GET", "deep_link?session_hash=a"),
            ("GET", "custom_component/a/client/component/index.js"),
            ("GET", "../monitoring"),
        ):
            answer = client.request(method, f"{target.api}/{path}", json={"data": []})
            hold(answer.status_code == 404, f"{path} was answered {answer.status_code}")
            hold(len(sentence(answer)) > 20, f"{path} was answered {answer.text[:200]}")
        calls.stream(client, f"{target.api}/queue/data?session_hash=no-such-session")
    hold("Traceback" not in target.log()[before:], "the log has a traceback")
