"""The service's routes: what is refused and in which words, and whose a job is."""

import asyncio
import base64
import io
import json
import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from inference.errors import QueueFull
from inference.png import read_parameters
from inference.request import GenerationRequest, Queued
from inference.serving.counts import Budget, Counts, Occupancy
from inference.serving.http.body import Bodies
from inference.serving.http.events import stream
from inference.serving.http.heads import PatientHttp
from inference.serving.http.jobs import Job
from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from inference.serving.ticket import Ticket
from tests.inference.serving.painted import PaintedEngine, painted, tell_steps
from tests.inference.serving.served import on_loopback
from tests.inference.strange_files import TOO_LARGE


@pytest.fixture
def painter() -> PaintedEngine:
    return PaintedEngine()


@pytest.fixture
def service(painter: PaintedEngine) -> Service:
    return Service(painter)


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with on_loopback(service) as url, httpx.Client(base_url=url, timeout=120) as http:
        yield http


def picture(size: tuple[int, int] = (32, 32), colour: str = "white") -> str:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def told(answer: httpx.Response, status: int) -> str:
    """The sentence of an error, whose shape is the one of all errors."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) - {"field"} == {"code", "message"}
    assert "Traceback" not in answer.text
    assert "; " in error["message"]
    return error["message"]


BOMB = TOO_LARGE["png of 3,600 million pixels"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


BAD = {
    "a field that there is not": ({"promt": "a"}, "a request has no field 'promt'"),
    "text for a number": ({"steps": "many"}, "steps must be a whole number from 1 to 200"),
    "too many steps": ({"steps": 10**30}, "steps must be a whole number from 1 to 200"),
    "too many pictures": ({"num_images": 9}, "number of images must be a whole number from 1 to 8"),
    "a prompt that is a number": ({"prompt": 3}, "prompt must be a text"),
    "a prompt with half a character": ({"prompt": "\ud800"}, "which is none"),
    "a sampler that is a list": ({"sampler": []}, "sampler must be as the service's OpenAPI"),
    "an odd width": ({"width": "wide"}, "width must be as the service's OpenAPI"),
    "guidance the wrong way": ({"guidance_start": 0.9, "guidance_end": 0.1}, "swap them"),
    "controls that are none": ({"controls": "canny"}, "controls must be a list of at most 3"),
    "too many controls": ({"controls": [{}] * 4}, "controls must be a list of at most 3, got 4"),
    "a control that is none": ({"controls": [7]}, "a control must be an object with name and map"),
    "a control without a map": ({"controls": [{"name": "canny"}]}, "map must be as"),
    "a path for a map": (
        {"controls": [{"name": "canny", "map": "/etc/passwd"}]},
        "control map must be a PNG file in base64",
    ),
    "a path that is base64": (
        {"controls": [{"name": "canny", "map": "etcpasswd/AA"}]},
        "control map must be a PNG, JPEG, WebP or GIF picture",
    ),
    "a number for a picture": ({"init_image": 7}, "start image must be a PNG file in base64"),
    "a picture that is too small": ({"init_image": picture((3, 3))}, "at least 16×16 pixels"),
    "a picture that breaks off": ({"init_image": picture()[:60]}, "start image must be"),
    "a picture of too many bytes": ({"init_image": "A" * 2**24}, "must have at most 8 MB"),
    "a mask alone": ({"mask": picture()}, "a mask must come with the start image"),
    "a mask of another size": (
        {"init_image": picture((32, 32)), "mask": picture((32, 40))},
        "mask must be as large as the start image, 32×32, got 32×40",
    ),
    "a mask that covers nothing": (
        {"init_image": picture((32, 32)), "mask": picture((32, 32), "black")},
        "mask must be white where the picture is painted anew",
    ),
    "a mask of too many pixels": (
        {"init_image": picture(), "mask": base64.b64encode(BOMB).decode()},
        "mask must have at most",
    ),
    "a mask that is a list": ({"init_image": picture(), "mask": [0, 1]}, "mask must be a PNG"),
    "a strength that is no number": ({"strength": "NaN"}, "strength must be a number from 0 to 1"),
    "another's control": (
        {"controls": [{"name": "hue", "map": picture()}]},
        "control must be one of canny",
    ),
    "a client that is a number": ({"client": 3}, "client must be a text of at most 100"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/estimate"])
def test_what_cannot_be_done_is_refused_in_one_sentence(
    http: httpx.Client, path: str, case: str
) -> None:
    body, words = BAD[case]
    answer = http.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert words in told(answer, 422)
    assert answer.json()["error"]["field"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"seed": ' + b"9" * 9000 + b"}"],
)
def test_a_body_that_is_no_object_is_refused(http: httpx.Client, content: bytes) -> None:
    answer = http.post(
        "/v1/jobs", content=content, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert "must be a JSON object" in told(answer, 422)


def test_a_form_of_some_page_is_refused(http: httpx.Client) -> None:
    assert "must be application/json" in told(http.post("/v1/jobs", data={"prompt": "a"}), 415)


def test_a_body_is_bounded_in_bytes_whether_it_says_how_long_it_is_or_not(
    painter: PaintedEngine,
) -> None:
    service = Service(painter, bodies=Bodies(most_bytes=1000))
    json_head = {"Content-Type": "application/json"}
    with on_loopback(service) as url, httpx.Client(base_url=url, timeout=120) as http:
        for content in (b" " * 1001, iter([b" " * 600, b" " * 600])):
            answer = http.post("/v1/jobs", content=content, headers=json_head)
            assert "at most" in told(answer, 413)
    assert painter.tickets == []


def test_a_body_is_bounded_in_seconds(painter: PaintedEngine) -> None:
    with on_loopback(Service(painter, bodies=Bodies(seconds=0.0))) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=120) as line:
            line.sendall(
                b"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 10\r\n\r\n{"
            )
            assert line.recv(65536).startswith(b"HTTP/1.1 408")


def test_a_head_is_bounded_in_bytes_and_in_seconds(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size, status in ((10_000, 200), (60_000, 400), (10_000_000, 400)):
        with httpx.Client(base_url=http.base_url, timeout=120) as other:
            answer = _unless_cut(lambda: other.get("/healthz", headers={"X-Long": "a" * size}))  # noqa: B023
        assert answer is None or answer.status_code == status
        assert answer is not None or size == 10_000_000  # it hangs up while that is being sent
        if answer is not None and status == 400:
            assert "a request's head must be" in told(answer, 400)
    monkeypatch.setattr(PatientHttp, "head_seconds", 0.0)
    host, port = http.base_url.host, http.base_url.port
    assert port is not None
    for begun in (b"", b"GET /healthz HTTP/1.1\r\nHost: a"):
        with socket.create_connection((host, port), timeout=120) as line:
            line.sendall(begun)
            assert line.recv(100) == b""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/jobs", 405),
        ("GET", "/v1/jobs/nothing/events", 404),
        ("DELETE", "/v1/jobs/nothing", 404),
        ("GET", "/v1/jobs/nothing/images/0", 404),
        ("GET", f"/v1/jobs/{'a' * 65}/events", 422),
    ],
)
def test_what_is_not_there_is_said_in_the_same_shape(
    http: httpx.Client, method: str, path: str, status: int
) -> None:
    told(http.request(method, path), status)


def test_what_nobody_foresaw_is_told_in_one_sentence(
    http: httpx.Client, painter: PaintedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    painter.error = RuntimeError("/srv/secret.py broke")
    with caplog.at_level(logging.CRITICAL + 1):
        answer = http.post("/v1/jobs", json={})
    assert "secret" not in told(answer, 500)


def test_a_full_queue_says_when_to_come_back(http: httpx.Client, painter: PaintedEngine) -> None:
    painter.error = QueueFull("the queue holds 2 requests, got one more; wait", retry_after=6.2)
    answer = http.post("/v1/jobs", json={})
    assert "the queue holds 2" in told(answer, 503)
    assert answer.headers["Retry-After"] == "7"


def test_an_estimate_is_a_place_and_seconds(http: httpx.Client) -> None:
    answer = http.post("/v1/estimate", json={"steps": 4})
    assert answer.json() == {"position": 2, "waiting": 3, "seconds": 4.5}


def test_a_picture_is_a_png_that_tells_how_it_was_made(http: httpx.Client, tmp_path: Path) -> None:
    made = http.post("/v1/jobs", json={"seed": 4, "num_images": 2})
    assert made.status_code == 201
    assert "event: result" in http.get(made.json()["events"]).text
    job = made.headers["Location"]
    answer = http.get(f"{job}/images/1")
    assert answer.headers["Content-Type"] == "image/png"
    (tmp_path / "one.png").write_bytes(answer.content)
    assert read_parameters(tmp_path / "one.png") == {"model": "painted", "seed": 5}
    assert "has 2 pictures" in told(http.get(f"{job}/images/2"), 404)
    told(http.get(f"{job}/images/8"), 422)
    told(http.get(f"{job}/images/-1"), 422)


def test_before_it_is_done_a_job_has_no_pictures_and_cancelling_it_twice_is_harmless(
    http: httpx.Client, painter: PaintedEngine
) -> None:
    painter.paints = False
    made = http.post("/v1/jobs", json={}).json()
    job = f"/v1/jobs/{made['id']}"
    assert "once it is done" in told(http.get(f"{job}/images/0"), 409)
    for _ in range(2):
        assert http.delete(job).status_code == 204
    text = http.get(made["events"]).text
    assert "event: failed" in text
    assert '"code": "cancelled"' in text
    assert "once it is done" in told(http.get(f"{job}/images/0"), 409)


def test_events_go_on_behind_any_that_came(http: httpx.Client) -> None:
    events = http.post("/v1/jobs", json={}).json()["events"]

    def numbers(last: str | None) -> list[int]:
        head = {} if last is None else {"Last-Event-ID": last}
        lines = http.get(events, headers=head).text.splitlines()
        return [int(line[4:]) for line in lines if line.startswith("id: ")]

    whole = numbers(None)
    assert len(whole) == 4  # three steps and the result; a place in line is no longer true by then
    for at, number in enumerate(whole):
        assert numbers(str(number)) == whole[at + 1 :]
    for odd in ("-1", "1.5", "x", "9" * 30):
        assert "Last-Event-ID must be" in told(
            http.get(events, headers={"Last-Event-ID": odd}), 422
        )


def test_a_place_in_line_that_is_no_longer_true_is_not_told() -> None:
    job, ticket = Job("", lambda: 0.0), _ticket()
    job.follow(ticket)
    ticket.tell(Queued(3, 3, 3.0))
    ticket.tell(Queued(2, 3, 2.0))
    assert [one.update for one in job.since(0)] == [Queued(2, 3, 2.0)]
    tell_steps(ticket, 1)
    assert [one.number for one in job.since(0)] == [3]
    assert job.since(3) == []


def test_a_stream_shows_that_somebody_is_there_while_nothing_happens() -> None:
    async def first() -> str:
        job = Job("", lambda: 0.0)
        job.follow(_ticket())
        following = stream(job, 0, beat=0.0)
        text = await anext(following)
        await following.aclose()  # pyright: ignore[reportAttributeAccessIssue]
        return text

    assert asyncio.run(first()) == ":\n\n"


def test_so_many_may_follow_one_job(http: httpx.Client, service: Service) -> None:
    events = http.post("/v1/jobs", json={}).json()["events"]
    (job,) = service.jobs._jobs.values()
    job._wake = [lambda: None] * 8
    answer = http.get(events)
    assert "at most 8 may follow one job" in told(answer, 429)
    assert answer.headers["Retry-After"] == "1"


def test_a_job_belongs_to_the_key_that_made_it_and_an_ended_key_is_ended_at_once(
    painter: PaintedEngine, tmp_path: Path
) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    one, other = keys.make("one"), keys.make("other")
    with (
        on_loopback(Service(painter, KeyFile(tmp_path / "keys.json"))) as url,
        httpx.Client(base_url=url, timeout=120) as http,
    ):
        made = http.post("/v1/jobs", json={}, headers=bearer(one)).json()
        assert http.get(made["events"], headers=bearer(one)).status_code == 200
        for path in ("events", "images/0"):
            answer = http.get(f"/v1/jobs/{made['id']}/{path}", headers=bearer(other))
            assert "there is no such job here" in told(answer, 404)
        answer = http.delete(f"/v1/jobs/{made['id']}", headers=bearer(other))
        told(answer, 404)
        keys.end("one")
        answer = http.get(made["events"], headers=bearer(one))
        assert "not known, or was ended" in told(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/info"),
        ("POST", "/v1/estimate"),
        ("POST", "/v1/jobs"),
        ("GET", "/v1/jobs/a/events"),
        ("DELETE", "/v1/jobs/a"),
        ("GET", "/v1/jobs/a/images/0"),
        ("GET", "/metrics"),
    ],
)
def test_without_a_key_nothing_is_told(
    painter: PaintedEngine, tmp_path: Path, method: str, path: str
) -> None:
    KeyFile(tmp_path / "keys.json").make("somebody")
    with on_loopback(Service(painter, KeyFile(tmp_path / "keys.json"))) as url:
        for head in ({}, bearer("guess"), {"Authorization": "Basic YTpi"}):
            answer = httpx.request(method, url + path, headers=head)
            assert "must be Bearer and a key" in told(answer, 401)
        assert httpx.get(f"{url}/healthz").status_code == 200


def test_a_key_has_a_rate_and_a_number_of_jobs_at_once(
    painter: PaintedEngine, tmp_path: Path
) -> None:
    keys, now = KeyFile(tmp_path / "keys.json"), [0.0]
    slow = keys.make("slow", per_minute=2)
    narrow = keys.make("narrow", at_once=1)
    painter.paints = False
    service = Service(painter, keys)
    service.jobs.clock = lambda: now[0]
    with on_loopback(service) as url, httpx.Client(base_url=url, timeout=120) as http:
        for _ in range(2):
            assert http.post("/v1/estimate", json={}, headers=bearer(slow)).status_code == 200
        answer = http.post("/v1/estimate", json={}, headers=bearer(slow))
        assert "2 times a minute" in told(answer, 429)
        assert answer.headers["Retry-After"] == "30"
        now[0] = 30.0
        assert http.post("/v1/estimate", json={}, headers=bearer(slow)).status_code == 200

        assert http.post("/v1/jobs", json={"seed": -1}, headers=bearer(narrow)).status_code == 422
        assert http.post("/v1/jobs", json={}, headers=bearer(narrow)).status_code == 201
        answer = http.post("/v1/jobs", json={}, headers=bearer(narrow))
        assert "1 jobs at once" in told(answer, 429)
        painter.tickets[0].end(painted(painter.tickets[0].request))
        assert http.post("/v1/jobs", json={}, headers=bearer(narrow)).status_code == 201


def test_without_keys_a_page_that_leads_its_name_here_is_refused(http: httpx.Client) -> None:
    answer = http.get("/v1/info", headers={"Host": "evil.example"})
    assert "asked by its address here" in told(answer, 400)


def test_it_is_ready_once_it_is_warm_and_no_longer_when_it_stops(
    http: httpx.Client, service: Service
) -> None:
    assert "is warming up" in told(http.get("/readyz"), 503)
    service.is_warm.set()
    assert http.get("/readyz").json() == {"status": "ready"}
    service.is_stopping.set()
    assert "is stopping" in told(http.get("/readyz"), 503)
    assert http.get("/healthz").json() == {"status": "ok"}


def test_the_figures_are_those_of_the_engine(http: httpx.Client, painter: PaintedEngine) -> None:
    painter.counts = Counts(
        waiting=3,
        running=2,
        slots=8,
        slots_taken=5,
        ticks=7,
        tick_seconds=1.5,
        images=4,
        failures=1,
        compilations=9,
        residents=Occupancy(
            resident=2,
            loading=1,
            device_bytes=300,
            host_bytes=500,
            budget=Budget(device=350),
            loads=6,
            drops=4,
            failures=1,
        ),
    )
    answer = http.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = dict(line.split(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    assert lines == {
        "engine_jobs_waiting": "3.0",
        "engine_jobs_running": "2.0",
        "engine_slots": "8.0",
        "engine_slots_taken": "5.0",
        "engine_ticks_total": "7.0",
        "engine_tick_seconds_total": "1.5",
        "engine_images_total": "4.0",
        "engine_failures_total": "1.0",
        "engine_compilations_total": "9.0",
        "engine_controlnets_resident": "2.0",
        "engine_controlnets_loading": "1.0",
        "engine_controlnets_device_bytes": "300.0",
        "engine_controlnets_host_bytes": "500.0",
        "engine_controlnets_loads_total": "6.0",
        "engine_controlnets_drops_total": "4.0",
        "engine_controlnets_failures_total": "1.0",
        "engine_controlnets_device_budget_bytes": "350.0",
    }


def _unless_cut(ask: Callable[[], httpx.Response]) -> httpx.Response | None:
    try:
        return ask()
    except httpx.TransportError:
        return None


def _ticket() -> Ticket:
    return Ticket(0, GenerationRequest(), lambda _: None)
