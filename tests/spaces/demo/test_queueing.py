"""The queue: so many places in all, so many for one visitor, a sentence for who meets a bound."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import Request
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Page, expect

from spaces.demo import queueing
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.demo.queueing import PER_ADDRESS, PER_SESSION, SESSIONS, BoundedQueue
from spaces.door.visitor import visitor_address
from spaces.host import demos
from spaces.host.serving import listening
from tests.fake_engine import FakeEngine
from tests.spaces.demo.visitor import press

CONFIG = DemoConfig(title="Test", description="A test.", control=None)
FULL = "The queue holds at most 12 jobs and is full"
YOURS = f"One visitor may have {PER_SESSION} jobs in the queue, and you have as many"
NETWORK = f"One network address may have {PER_ADDRESS} jobs in the queue"


class HeldEngine(FakeEngine):
    """Works on a request until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def generate(self, request: Any, *, client: str = "") -> Any:
        while not self.let_go.wait(0.02):
            yield next(iter(super().generate(request)))
        yield from super().generate(request)


@pytest.fixture
def engine() -> Iterator[HeldEngine]:
    held = HeldEngine()
    yield held
    held.let_go.set()


@contextlib.contextmanager
def mounted(demo: gr.Blocks) -> Iterator[str]:
    with listening("127.0.0.1", None) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                demos.mounted(demo, "/"), log_level="warning", timeout_graceful_shutdown=1
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(params=["launched", "mounted"])
def address(
    request: pytest.FixtureRequest, served: Callable[..., str], engine: HeldEngine
) -> Iterator[str]:
    """A demo in each way of serving; its engine is let go before it ends."""
    demo = build_demo(CONFIG, engine)
    if request.param == "launched":
        yield served(demo)
        engine.let_go.set()
        return
    with mounted(demo) as at:
        yield at
        engine.let_go.set()


class Visitor:
    """One session, as the page has it."""

    def __init__(self, address: str, name: str, **headers: str) -> None:
        self.http = httpx.Client(base_url=f"{address}gradio_api", headers=headers, timeout=60)
        self.name = name
        config = httpx.get(f"{address}config", timeout=60).json()
        self.index = next(
            each["id"] for each in config["dependencies"] if each["api_name"] == "generate"
        )
        self.fields = [
            each["parameter_default"]
            for each in self.http.get("/info").json()["named_endpoints"]["/generate"]["parameters"]
        ]

    def join(self) -> str:
        """Puts one job in the queue; its number."""
        body = {
            "data": ["a box", *self.fields[1:]],
            "fn_index": self.index,
            "session_hash": self.name,
        }
        answer = self.http.post("/queue/join", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["event_id"]

    def ends(self) -> dict[str, dict[str, Any]]:
        """Reads until every job of the session has ended: what each ended with."""
        ended = {}
        with self.http.stream("GET", f"/queue/data?session_hash={self.name}") as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line else {}
                if message.get("msg") == "process_completed":
                    ended[message["event_id"]] = message
        return ended


def errors(ended: dict[str, dict[str, Any]], jobs: list[str]) -> list[str | None]:
    return [ended[job]["output"].get("error") for job in jobs]


@pytest.mark.slow
def test_one_session_has_so_many_places_and_another_comes_in_all_the_same(
    address: str, engine: HeldEngine
) -> None:
    greedy, other = Visitor(address, "greedy"), Visitor(address, "other")
    jobs = [greedy.join() for _ in range(PER_SESSION + 3)]
    theirs = other.join()
    engine.let_go.set()
    assert errors(other.ends(), [theirs]) == [None]
    told = errors(greedy.ends(), jobs)
    assert told[:PER_SESSION] == [None] * PER_SESSION
    assert all(str(each).startswith(YOURS) for each in told[PER_SESSION:])


@pytest.mark.slow
def test_the_queue_is_full_at_a_number_however_many_sessions_come(
    address: str, engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "IN_ALL", 12)
    visitors = [Visitor(address, f"visitor-{number}") for number in range(13)]
    jobs = [visitor.join() for visitor in visitors]
    last = errors(visitors[-1].ends(), jobs[-1:])[0]
    assert last is not None
    assert last.startswith(FULL)
    engine.let_go.set()
    assert errors(visitors[0].ends(), jobs[:1]) == [None]


@pytest.mark.slow
def test_a_program_reads_the_sentence(
    address: str, engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "IN_ALL", 12)
    jobs = [Visitor(address, f"visitor-{number}").join() for number in range(12)]
    assert len(jobs) == 12
    client = Client(address, verbose=False)
    with pytest.raises(AppError, match=FULL):
        client.predict(prompt="a box", api_name="/generate")
    called = httpx.post(
        f"{address}gradio_api/call/generate", json={"data": ["a box"]}, timeout=60
    ).json()
    answer = httpx.get(f"{address}gradio_api/call/generate/{called['event_id']}", timeout=60).text
    assert answer.startswith("event: error")
    assert FULL in answer
    client.close()


@pytest.mark.slow
def test_many_sessions_of_one_address_share_its_places(address: str, engine: HeldEngine) -> None:
    home = {"X-Forwarded-For": "203.0.114.7"}
    visitors = [Visitor(address, f"home-{number}", **home) for number in range(PER_ADDRESS + 1)]
    jobs = [visitor.join() for visitor in visitors]
    elsewhere = Visitor(address, "elsewhere", **{"X-Forwarded-For": "203.0.114.8"})
    theirs = elsewhere.join()
    engine.let_go.set()
    told = errors(visitors[-1].ends(), jobs[-1:])[0]
    assert told is not None
    assert told.startswith(NETWORK)
    assert errors(elsewhere.ends(), [theirs]) == [None]


@pytest.mark.slow
def test_nothing_goes_past_the_queue(address: str) -> None:
    for way in ("run", "api"):
        answer = httpx.post(
            f"{address}gradio_api/{way}/generate", json={"data": ["a box"]}, timeout=60
        )
        assert answer.status_code == 404, way


@pytest.mark.slow
def test_who_asks_and_never_reads_is_refused_outright_in_the_end(
    address: str, engine: HeldEngine
) -> None:
    deaf = Visitor(address, "deaf")
    for _ in range(2 * PER_SESSION):
        deaf.join()
    body = {"data": ["a box", *deaf.fields[1:]], "fn_index": deaf.index, "session_hash": "deaf"}
    answer = deaf.http.post("/queue/join", json=body)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["detail"].startswith(YOURS)


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_says_that_the_queue_is_full_where_the_picture_would_be(
    page: Page, served: Callable[..., str], engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "IN_ALL", 12)
    address = served(build_demo(CONFIG, engine))
    for number in range(12):
        Visitor(address, f"visitor-{number}").join()
    page.goto(address)
    page.wait_for_selector(".stage")
    press(page, "a box")
    words = page.locator(".stage .words")
    expect(words).to_contain_text(FULL)
    expect(page.locator("#make")).to_be_visible()
    expect(page.locator(".toast-body")).to_have_count(0)
    engine.let_go.set()


def asked_by(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1)})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.114.7", (), "203.0.114.7"),
        ("203.0.114.7", ("203.0.114.9",), "203.0.114.7"),
        ("10.1.2.3", ("203.0.114.9",), "203.0.114.9"),
        ("10.1.2.3", ("203.0.114.1, 203.0.114.9, 10.4.4.4",), "203.0.114.9"),
        ("10.1.2.3", ("nonsense",), None),
        ("127.0.0.1", (), None),
        ("testclient", (), None),
        ("::1", ("2606:4700::1111",), "2606:4700::1111"),
    ],
)
def test_an_address_is_what_connects_or_what_the_nearest_proxy_saw(
    peer: str, forwarded: tuple[str, ...], address: str | None
) -> None:
    assert visitor_address(asked_by(peer, *forwarded)) == address


@pytest.mark.slow
@pytest.mark.parametrize("way", ["launched", "mounted"])
def test_gradio_keeps_the_state_of_so_many_sessions(way: str, served: Callable[..., str]) -> None:
    demo = build_demo(CONFIG, FakeEngine())
    with contextlib.ExitStack() as stack:
        address = served(demo) if way == "launched" else stack.enter_context(mounted(demo))
        with httpx.Client(base_url=f"{address}gradio_api", timeout=60) as http:
            for number in range(SESSIONS + 10):
                body = {"data": [], "session_hash": f"visitor-{number}"}
                http.post("/run/info", json=body).raise_for_status()
    assert len(demo.state_holder.session_data) == SESSIONS


class Watch:
    """A clock that tests move."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.slow
def test_answers_that_nobody_fetches_are_kept_for_a_while(
    address: str, engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch()
    monkeypatch.setattr(queueing, "time", watch)
    queues: list[BoundedQueue] = []
    forget = BoundedQueue._forget_unread

    def watched(queue: BoundedQueue, now: float) -> None:
        queues.append(queue)
        forget(queue, now)

    monkeypatch.setattr(BoundedQueue, "_forget_unread", watched)
    engine.let_go.set()
    once, reader = Visitor(address, "once"), Visitor(address, "reader")
    once.join()
    reader.join()
    reader.ends()
    assert "once" in queues[0].pending_messages_per_session
    watch.now += queueing.SECONDS_UNREAD + 1
    reader.join()
    assert set(queues[0].pending_messages_per_session) == {"reader"}
    assert set(queues[0].pending_event_ids_session) == {"reader"}
    reader.ends()
