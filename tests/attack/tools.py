"""The tools for language models: other people's files, odd messages, and far too many calls."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from spaces.demo.queueing import IN_ALL
from tests.attack.files import paths, require_nothing_told
from tests.attack.listening import listening
from tests.attack.malformed import BODIES, ODD
from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import Target

HEADERS = {"Content-Type": "application/json", "Accept": "text/event-stream, application/json"}
CROWD = IN_ALL + 24


@attack("paths and addresses as the pictures of tools", ways=DEMOS)
def pictures_of_others(target: Target) -> None:
    with listening() as (port, came), target.client() as client:
        addresses = [
            f"http://127.0.0.1:{port}/a.png",
            f"HTTP://localhost:{port}/gradio_api/file=a.png",
            f"http://127.0.0.1:{port}/gradio_api/file=http://127.0.0.1:{port}/a.png",
            f"data:image/png,http://127.0.0.1:{port}/a.png",
            f"{target.api}/file={target.secret}",
        ]
        for value in [*paths(target), *addresses]:
            for tool, more in (("control_map", {}), ("generate", {"prompt": "a box"})):
                answer = called(client, target, tool, {**more, "picture": value})
                if value:  # with an empty one there is no picture, which is no secret
                    hold('"isError":true' in answer, f"{value[:60]!r} was taken by {tool}")
                require_nothing_told(target, answer, value, tool)
        hold(not came, f"{len(came)} addresses were asked")
    hold(not target.shown_secret(), "the secret was copied to where files are served from")


@attack("messages that are none, and odd arguments of every tool", ways=DEMOS)
def odd_messages(target: Target) -> None:
    before, sent = len(target.log()), 0
    with target.client() as client:
        for body in BODIES:
            answer = _post(client, target, body)
            sent += 1
            hold(answer.status_code in (200, 400), f"{body[:20]!r}: {answer.status_code}")
            hold('"error"' in answer.text, f"{body[:20]!r} was answered {answer.text[:200]}")
        for key in ("jsonrpc", "id", "method", "params"):
            for value in ODD:
                message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", key: value}
                answer = _post(client, target, json.dumps(message))
                sent += 1
                hold(answer.status_code < 500, f"{key} {value!r:.30}: {answer.status_code}")
        for tool in _tools(client, target):
            for name in tool["inputSchema"]["properties"]:
                for value in ODD:
                    answer = called(client, target, tool["name"], {"prompt": "a", name: value})
                    sent += 1
                    what = f"{value!r:.30} for {name} of {tool['name']}"
                    hold("isError" in answer or '"error"' in answer, f"{what}: {answer[:200]}")
                    hold("broke" not in answer, f"{what} is called a fault of ours")
    written = target.log()[before:]
    hold("Traceback" not in written, f"the log has a traceback: {written[-900:]}")
    hold(len(written) < 1000 * sent, f"{sent} calls wrote {len(written):,} bytes")


@attack("far more calls of tools than the queue holds, which hang up", ways=DEMOS)
def crowd_of_calls(target: Target) -> None:
    job = {"prompt": "a box", "steps": 200, "num_images": 4}
    is_full = threading.Event()

    def one(_: int) -> None:
        with (
            target.client(seconds=60) as client,
            client.stream(
                "POST", f"{target.api}/mcp", content=_call(job, 1), headers=HEADERS
            ) as it,
        ):
            for line in it.iter_lines():
                if "The queue holds at most" in line:
                    is_full.set()
                if is_full.is_set():
                    break

    with ThreadPoolExecutor(CROWD) as crowd:
        list(crowd.map(one, range(CROWD)))
    hold(is_full.is_set(), f"{CROWD} long calls were all taken")
    with target.client(seconds=60) as client:  # the places of those who hung up are free
        answer = called(client, target, "generate", {"prompt": "a box", "steps": 1})
        hold("seeds" in answer, f"the next one was answered {answer[-200:]}")


@attack("a picture in a message that is larger than a message may be", ways=DEMOS)
def large_message(target: Target) -> None:
    before = target.memory()
    with target.client() as client:
        picture = "data:image/png;base64," + "A" * 30_000_000
        answer = called(client, target, "control_map", {"picture": picture})
        hold("at most 8 MB" in answer, f"it was answered {answer[:200]}")
    grown = (target.memory() - before) / 10**6
    hold(grown < 100, f"{grown:.0f} MB of it are held in memory")


def called(client: httpx.Client, target: Target, tool: str, arguments: dict[str, Any]) -> str:
    """What a tool's call is answered; the last event of it."""
    answer = _post(client, target, _call(arguments, None, tool=tool))
    hold(answer.status_code < 500, f"{tool} was answered {answer.status_code}")
    return answer.text


def _post(client: httpx.Client, target: Target, body: str) -> httpx.Response:
    return client.post(f"{target.api}/mcp", content=body, headers=HEADERS)


def _call(arguments: dict[str, Any], progress: int | None, *, tool: str = "generate") -> str:
    meta = {"progressToken": progress}
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def _tools(client: httpx.Client, target: Target) -> list[dict[str, Any]]:
    listed = _post(client, target, '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}')
    return listed.json()["result"]["tools"]
