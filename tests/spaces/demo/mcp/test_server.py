"""A demo's endpoints as tools, asked by the protocol's own client in both of its eras."""

import base64
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from PIL import Image

from spaces.demo.config import DemoConfig
from spaces.demo.mcp.results import MAX_LOOKED_AT
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine, colour_of
from tests.spaces.demo.mcp.model import ERAS, Era, call, said, visit

CONFIG = DemoConfig(title="From a photo", description="It paints icons.", control="canny")


@pytest.fixture(scope="module")
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture(scope="module")
def demo(served: Callable[..., str], engine: FakeEngine) -> str:
    return served(build_demo(CONFIG, engine))


@pytest.fixture
def sent(square: Path) -> str:
    """A picture as a model sends it."""
    return f"data:image/png;base64,{base64.b64encode(square.read_bytes()).decode()}"


def posted(demo: str, message: Any, **headers: str) -> httpx.Response:
    address = f"{demo}gradio_api/mcp"
    return httpx.post(address, json=message, headers=headers, timeout=120, trust_env=False)


def asked(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@pytest.mark.parametrize("era", ERAS)
def test_every_endpoint_is_a_tool_with_words_for_each_parameter(demo: str, era: Era) -> None:
    tools = {tool.name: tool for tool in visit(demo, Client.list_tools, era=era).tools}
    assert set(tools) == {"generate", "control_map", "info"}
    for tool in tools.values():
        assert tool.description
        for name, parameter in tool.input_schema["properties"].items():
            assert " " in parameter["description"], name
    generate = tools["generate"].input_schema
    assert generate["required"] == ["prompt"]
    assert generate["properties"]["steps"]["default"] == 6
    assert "no other address is fetched" in generate["properties"]["picture"]["description"]


@pytest.mark.parametrize("era", ERAS)
def test_a_picture_is_made_and_can_be_looked_at_and_fetched(demo: str, era: Era, sent: str) -> None:
    result = call(demo, "generate", era=era, prompt="a box", picture=sent, seed=3, num_images=2)
    looked_at = [one for one in result.content if one.type == "image"]
    assert not result.is_error
    assert len(looked_at) == 2
    facts = result.structured_content
    assert json.loads(said(result)) == facts
    assert facts["seeds"] == [3, 4]
    for address, seed in zip(facts["pictures"], facts["seeds"], strict=True):
        with Image.open(io.BytesIO(httpx.get(address, trust_env=False).content)) as picture:
            assert picture.getpixel((1, 1)) == colour_of(seed)
    with Image.open(io.BytesIO(base64.b64decode(looked_at[0].data))) as small:
        assert small.size == (512, 512)


def test_a_picture_that_was_made_here_is_handed_in_by_its_address(demo: str, sent: str) -> None:
    made = call(demo, "control_map", picture=sent).structured_content
    again = call(demo, "generate", prompt="a box", picture=made["pictures"][0], annotator="none")
    assert not again.is_error


@pytest.mark.slow
def test_who_wants_to_hear_is_told_how_far_it_is(served: Callable[..., str]) -> None:
    config = DemoConfig(title="Words", description="It paints.")
    demo = served(build_demo(config, FakeEngine(seconds_per_step=0.05)))
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert progress == len(told) + 1
        told.append(str(message))

    asking = {"prompt": "a box", "steps": 4}
    visit(demo, lambda client: client.call_tool("generate", asking, progress_callback=hear))
    assert [one for one in told if one.startswith("Step")] == [
        f"Step {step} of 4." for step in range(1, 5)
    ]


def test_who_asks_for_no_stream_gets_the_answer_as_json(demo: str, sent: str) -> None:
    message = asked("tools/call", name="control_map", arguments={"picture": sent})
    answer = posted(demo, message, Accept="application/json").json()
    assert answer["id"] == 1
    assert answer["result"]["structuredContent"]["pictures"]


@pytest.mark.slow
def test_who_hangs_up_has_the_engine_stopped(served: Callable[..., str]) -> None:
    engine = FakeEngine(seconds_per_step=0.2)
    demo = served(build_demo(DemoConfig(title="Words", description="It paints."), engine))
    message = asked("tools/call", name="generate", arguments={"prompt": "a box", "steps": 200})
    with httpx.stream(
        "POST",
        f"{demo}gradio_api/mcp",
        json={**message, "params": {**message["params"], "_meta": {"progressToken": 1}}},
        headers={"Accept": "text/event-stream, application/json"},
        timeout=120,
        trust_env=False,
    ) as answer:
        next(line for line in answer.iter_lines() if "Step 1" in line)
    ends = time.monotonic() + 30
    while engine.cancelled == 0 and time.monotonic() < ends:
        time.sleep(0.02)
    assert (engine.cancelled, engine.finished) == (1, 0)


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("generate", {"steps": 1000}, "steps must be a whole number from 1 to 200, got 1000"),
        ("generate", {"prompt": "  "}, "prompt must say"),
        ("generate", {"prompt": 5}, "prompt must be text, got 5"),
        ("generate", {"magic": 1}, 'got "magic" too; send those'),
        (
            "generate",
            {"picture": None},
            "picture must be an upload, a drawing or a photo, got none",
        ),
        ("generate", {"picture": 5}, "picture must be text, got 5"),
        ("generate", {"picture": "http://127.0.0.1:1/a.png"}, "no other address is fetched"),
        ("generate", {"picture": "/etc/passwd"}, "picture must be a picture that is here"),
        ("generate", {"picture": "data:image/png;base64,é"}, "picture must be in base64"),
        ("generate", {"picture": "data:image/png;base64,AAAA"}, "got a file that is none"),
        ("control_map", {}, 'got no "picture"; send those'),
    ],
)
def test_a_wrong_argument_is_answered_in_one_sentence(
    demo: str, sent: str, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    usual = {"prompt": "a box", "picture": sent} if tool == "generate" else {}
    result = call(demo, tool, **{**usual, **arguments})
    assert result.is_error
    assert sentence in said(result)
    assert len(said(result)) < 600


def test_a_tool_that_there_is_not_is_answered_with_those_that_there_are(demo: str) -> None:
    with pytest.raises(MCPError, match='no tool "magic"; there are generate, control_map, info'):
        call(demo, "magic")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": 1}, -32600),
        ({"jsonrpc": "2.0", "id": {}, "method": "ping"}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, -32601),
        (asked("tools/call", name=5), -32602),
        (asked("tools/call", name="info", arguments=[]), -32602),
    ],
)
def test_a_message_that_is_none_is_refused_in_one_sentence(
    demo: str, message: dict[str, Any], code: int
) -> None:
    answer = posted(demo, message).json()
    assert answer["error"]["code"] == code
    assert len(answer["error"]["message"]) > 20


def test_a_version_that_is_not_known_is_answered_with_those_that_are(demo: str) -> None:
    error = posted(demo, asked("tools/list"), **{"MCP-Protocol-Version": "1999-01-01"}).json()
    assert "2026-07-28" in error["error"]["data"]["supported"]
    modern = {"MCP-Protocol-Version": "2026-07-28", "MCP-Method": "tools/call"}
    meta = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}
    assert posted(demo, asked("tools/list", **meta), **modern).json()["error"]["code"] == -32020
    assert posted(demo, asked("tools/list"), **modern).json()["error"]["code"] == -32602


def test_a_browser_is_told_how_the_address_is_asked(demo: str) -> None:
    for method in ("GET", "DELETE"):
        answer = httpx.request(method, f"{demo}gradio_api/mcp", trust_env=False)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        assert "POST alone" in answer.json()["error"]
    plain = {"Content-Type": "text/plain"}  # which another site's page can send unasked
    answer = httpx.post(f"{demo}gradio_api/mcp", content="{}", headers=plain, trust_env=False)
    assert answer.status_code == 415


def test_gradios_page_about_its_api_finds_the_tools(demo: str) -> None:
    address = f"{demo}gradio_api/mcp/schema"
    told = httpx.get(address, trust_env=False).json()
    assert [tool["name"] for tool in told] == ["generate", "control_map", "info"]
    chosen = httpx.get(address, params={"tools": "info,magic"}, trust_env=False).json()
    assert [tool["name"] for tool in chosen] == ["info"]


@pytest.mark.slow
def test_an_answer_of_many_large_pictures_stays_below_what_clients_take(
    served: Callable[..., str],
) -> None:
    config = DemoConfig(title="Words", description="It paints.")
    demo = served(build_demo(config, FakeEngine(size=(512, 512))))
    result = call(demo, "generate", prompt="a box", num_images=8)
    assert len(result.structured_content["pictures"]) == 8
    assert len(result.model_dump_json()) < MAX_LOOKED_AT + 50_000


@pytest.mark.slow
def test_many_at_once_wait_for_each_other_and_all_get_theirs(demo: str, sent: str) -> None:
    seeds: list[int] = []

    def one(seed: int) -> None:
        result = call(demo, "generate", prompt="a box", picture=sent, seed=seed)
        seeds.extend(result.structured_content["seeds"])

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seeds) == list(range(6))
