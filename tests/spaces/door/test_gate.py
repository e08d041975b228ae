"""What strangers send to a demo, and what they are told: one sentence, and one line in the log."""

import io
import json
import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.door import uploads
from spaces.host.demos import mounted
from tests.fake_engine import FakeEngine
from tests.spaces.door.told import JSON, is_sentence

FILE = {"_type": "gradio.FileData"}


def number(client: TestClient, name: str) -> int:
    events = client.get("/config").json()["dependencies"]
    return next(one["id"] for one in events if one["api_name"] == name)


@pytest.fixture
def picture(client: TestClient) -> dict[str, Any]:
    """One that was handed in."""
    content = io.BytesIO()
    Image.new("RGB", (32, 32), "white").save(content, "PNG")
    sent = client.post("/gradio_api/upload", files={"files": ("a.png", content.getvalue())})
    return {"path": sent.json()[0], "meta": FILE}


def asked(client: TestClient, **changed: Any) -> list[Any]:
    """What /generate takes, by its own defaults."""
    told = client.get("/gradio_api/info").json()["named_endpoints"]["/generate"]["parameters"]
    values = {one["parameter_name"]: one.get("parameter_default") for one in told}
    assert set(changed) <= set(values)
    return list({**values, "prompt": "a box", **changed}.values())


def streamed(client: TestClient, name: str, data: Any) -> Any:
    """What a call ends with."""
    content = json.dumps({"data": data})  # with NaN and lone surrogates, as Python writes them
    begun = client.post(f"/gradio_api/call/{name}", content=content, headers=JSON)
    assert begun.status_code == 200, begun.text
    told = client.get(f"/gradio_api/call/{name}/{begun.json()['event_id']}").text
    kind, _, content = told.strip().split("\n\n")[-1].partition("\n")
    return kind, json.loads(content.removeprefix("data: "))


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring",
        "/docs",
        "/gradio_api/vibe-code",
        "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/proxy=https://huggingface.co/",
        "/gradio_api/custom_component/a/client/component/index.js",
        "/gradio_api/runs",
        "/gradio_api/stream/a/b/1/playlist.m3u8",
        "/gradio_api/upload_progress?upload_id=a",
        "/gradio_api/dev/reload",
        "/gradio_api/file/etc/passwd",
        "/pwa_icon",
        "/no/such/page",
        "/gradio_api/no_such_thing",
    ],
)
def test_what_a_demo_does_not_use_is_not_there(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.request(method, path, json={} if method != "GET" else None)
        assert answer.status_code == 404, (method, answer.text)
        assert is_sentence(answer.json()["error"])


@pytest.mark.parametrize(
    "path",
    ["process_recording", "component_server", "vibe-edit", "vibe-code", "run-history/connect"],
)
def test_gradios_own_tools_are_not_there(client: TestClient, path: str) -> None:
    assert client.post(f"/gradio_api/{path}", json={}).status_code == 404


def test_who_sends_a_file_while_many_do_is_told_when_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UNDER_WAY", 1000)
    answer = client.post("/gradio_api/upload", files={"files": ("a.png", b"x" * 2000)})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert is_sentence(answer.json()["error"])
    monkeypatch.undo()
    answer = client.post("/gradio_api/upload", files={"files": ("a.png", b"x" * 2000)})
    assert answer.status_code == 200, "what was refused is not under way any more"
    assert "retry-after" not in answer.headers


def test_one_address_has_its_share_of_what_is_being_sent(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "OF_ONE_ADDRESS", 1000)
    file = {"files": ("a.png", b"x" * 2000)}
    theirs = {"X-Forwarded-For": "203.0.114.7"}
    answer = client.post("/gradio_api/upload", files=file, headers=theirs)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert is_sentence(answer.json()["error"])
    answer = client.post("/gradio_api/upload", files=file)
    assert answer.status_code == 200, "nobody knows whose that is"
    monkeypatch.setattr(uploads, "OF_ONE_ADDRESS", 4000)
    for _ in range(3):
        answer = client.post("/gradio_api/upload", files=file, headers=theirs)
        assert answer.status_code == 200, "what was sent is not under way any more"


def test_unknown_endpoints_and_events_are_told(client: TestClient) -> None:
    for kind in ("call", "call/v2", "run", "api"):
        answer = client.post(f"/gradio_api/{kind}/magic", json={"data": []})
        assert answer.status_code == 404
        assert answer.json()["error"] == (
            'there is no endpoint "magic"; there are /control_map, /generate, /info'
        )
    answer = client.get("/gradio_api/call/info/0123456789abcdef")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("there is no call of this number")
    for wrong in (-1, 10**9, "0", 1.5, True, [0]):
        body = {"fn_index": wrong, "data": [], "session_hash": "abc"}
        answer = client.post("/gradio_api/queue/join", json=body)
        assert answer.status_code == 404, wrong
        assert is_sentence(answer.json()["error"])


def test_a_call_past_the_queue_is_refused_as_others_are(client: TestClient) -> None:
    answer = client.post("/gradio_api/run/info", json={"data": ["more"]})
    assert answer.status_code == 400
    assert answer.json()["error"] == "this call takes 0 values, got 1; send, in this order: none"
    answer = client.post("/gradio_api/run/generate", json={"data": asked(client)})
    assert answer.status_code == 404
    assert "send it to /gradio_api/call/generate" in answer.json()["error"]


def test_an_answer_is_fetched_once(client: TestClient) -> None:
    begun = client.post("/gradio_api/call/generate", json={"data": asked(client)}).json()[
        "event_id"
    ]
    path = f"/gradio_api/call/generate/{begun}"
    assert "event: complete" in client.get(path).text
    assert client.get(path).status_code == 404


def test_who_listens_for_a_session_that_is_over_is_told_so_as_gradios_page_expects(
    client: TestClient,
) -> None:
    told = client.get("/gradio_api/queue/data?session_hash=over").text
    message = json.loads(told.removeprefix("data: "))
    assert message["msg"] == "unexpected_error"
    assert message["session_not_found"] is True


VALUES = (
    ("prompt", 5, "prompt must be text, got 5"),
    ("prompt", ["a"], "prompt must be text, got a list"),
    ("prompt", {"a": 1}, "prompt must be text, got an object"),
    ("prompt", True, "prompt must be text, got true"),
    ("prompt", "\ud800", 'prompt must be text, got "\\ud800"'),
    ("prompt", None, "prompt must say"),
    ("prompt", "\0" * 100, None),
    ("picture", "/etc/passwd", "picture must be a file that was uploaded here, got text"),
    ("picture", 5, "picture must be a file that was uploaded here, got 5"),
    ("picture", [], "picture must be a file that was uploaded here, got a list"),
    ("picture", {}, "cannot be read"),
    ("picture", {"path": "x"}, "picture must be a file that was uploaded here and is still"),
    ("picture", {"path": 5, "meta": FILE}, "got 5"),
    ("picture", {"path": "x", "meta": "y"}, "and is still kept"),
    ("picture", {"path": "https://a.b/c.png", "meta": FILE}, "addresses are not fetched"),
    ("seed", "many", "seed must be"),
    ("seed", [1], "seed must be a number, got a list"),
    ("seed", {"a": 1}, "seed must be a number, got an object"),
    ("seed", 10**400, "seed must be"),
    ("seed", float("nan"), "seed must be"),
    ("num_images", None, "number of images must be"),
    ("steps", 2.5, "steps must be"),
    ("sampler", 7, "sampler must be text, got 7"),
    ("sampler", "magic", "sampler must be one of"),
    ("sampler", "x" * 100_000, "sampler must be one of"),
    ("karras", "x" * 100_000, "karras spacing must be"),
    ("control", "x" * 100_000, "control must be"),
    ("guidance_scale", 10**400, "guidance scale must be"),
    ("annotator", "x" * 100_000, "annotator must be one of"),
    ("guidance_scale", "x", "guidance scale must be"),
    ("annotator", ["none"], "annotator must be text, got a list"),
)


@pytest.mark.parametrize(
    ("name", "value", "words"), VALUES, ids=[repr(it[:2])[:40] for it in VALUES]
)
def test_a_value_that_does_not_fit_gets_a_sentence_and_no_traceback(
    client: TestClient,
    caplog: pytest.LogCaptureFixture,
    picture: dict[str, Any],
    name: str,
    value: Any,
    words: str | None,
) -> None:
    with caplog.at_level(logging.INFO):
        kind, told = streamed(
            client, "generate", asked(client, **{"picture": picture, name: value})
        )
    if words is not None:
        assert kind == "event: error"
        assert is_sentence(told["error"]), told
        assert words in told["error"]
    assert all(record.exc_info is None for record in caplog.records)


def test_too_few_and_too_many_values_are_told_what_there_is(client: TestClient) -> None:
    most = len(asked(client))
    for sent in ([], asked(client)[:3], [*asked(client), "more"]):
        kind, told = streamed(client, "generate", sent)
        assert kind == "event: error"
        assert (
            f"takes {most} values, got {len(sent)}; send, in this order: prompt, pict"
            in (told["error"])
        )


def test_the_pages_own_events_refuse_what_no_page_sends(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    reader = number(client, "read_picture")
    for value in (5, "text", [1], {"file": "x"}, {"origin": "moon"}, {"file": {"path": "x"}}):
        body = {"fn_index": reader, "data": [value, "automatic"], "session_hash": "abc"}
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        told = client.get("/gradio_api/queue/data?session_hash=abc").text
        (ended,) = (line for line in told.split("\n") if "process_completed" in line)
        message = json.loads(ended.removeprefix("data: "))
        assert message["success"] is False
        assert is_sentence(message["output"]["error"]), message
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.slow
def test_a_fault_of_ours_is_told_without_its_details_and_written_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(FakeEngine):
        def generate(self, request: Any, *, client: str = "") -> Any:
            raise ZeroDivisionError("secret")

    config = DemoConfig(title="A", description="B", control=None)
    with TestClient(mounted(build_demo(config, Broken()), "/")) as client:
        kind, told = streamed(client, "generate", asked(client))
    assert kind == "event: error"
    assert told["error"].startswith("Something broke on this side")
    assert "secret" not in json.dumps(told)
    assert [record.exc_info is not None for record in caplog.records].count(True) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"words": "a"}, 'got "words" too; send those'),
        ({"prompt": "a box", "seed": []}, None),
    ],
)
def test_a_call_by_names_is_held_to_the_names(
    client: TestClient, body: dict[str, Any], words: str | None
) -> None:
    answer = client.post("/gradio_api/call/v2/generate", json=body)
    if words is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert words in answer.json()["error"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=13) | st.dictionaries(
        st.sampled_from(["path", "meta", "url", "file", "origin", "data", "_type", "a"]),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip
CALLS = st.fixed_dictionaries(
    {},
    optional={
        "data": ANYTHING,
        "session_hash": ANYTHING,
        "fn_index": st.integers(-2, 40) | ANYTHING,
        "trigger_id": ANYTHING,
        "event_data": ANYTHING,
        "event_id": ANYTHING,
        "simple_format": ANYTHING,
        "batched": ANYTHING,
        "oauth_token": ANYTHING,
    },
)


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    path=st.sampled_from(
        [
            "call/generate",
            "call/control_map",
            "call/v2/generate",
            "run/info",
            "queue/join",
            "cancel",
        ]
    ),
    body=CALLS | ANYTHING,
)
def test_whatever_is_sent_gets_an_answer_that_says_something(
    client: TestClient, path: str, body: Any
) -> None:
    answer = client.post(
        f"/gradio_api/{path}",
        content=json.dumps(body),
        headers=JSON,
    )
    is_full = answer.status_code == 503 and "retry-after" in answer.headers  # on a busy machine
    assert answer.status_code < 500 or is_full, (answer.status_code, answer.text, body)
    if answer.status_code != 200:
        assert is_sentence(answer.json()["error"]), (answer.text, body)
