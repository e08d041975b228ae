"""Traces: a job's life as spans, in the caller's trace, without a word of what was asked for."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from inference.errors import InvalidRequest, NotFinite
from inference.request import GenerationRequest
from inference.serving.client import RemoteEngine
from inference.serving.http import traces as module
from inference.serving.http.config import ServiceSettings, TraceSettings
from inference.serving.http.service import Service, service_of
from inference.serving.http.traces import Traces, open_traces
from tests.inference.serving.painted import PaintedEngine, painted, tell_steps
from tests.inference.serving.served import on_loopback

ROOT = Path(__file__).parents[4]
SECRET = "a walrus in a teacup"
CALLER = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def painter() -> PaintedEngine:
    return PaintedEngine()


@pytest.fixture
def kept() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def url(painter: PaintedEngine, kept: InMemorySpanExporter) -> Iterator[str]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with on_loopback(Service(painter, traces=Traces(provider))) as url:
        yield url


def ask(url: str, heads: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    body = {"prompt": SECRET, "negative_prompt": SECRET, **fields}
    return httpx.post(f"{url}/v1/jobs", json=body, headers=heads, trust_env=False)


def spans(kept: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    """By their names, once the job's has ended."""
    while True:
        found = {span.name: span for span in kept.get_finished_spans()}
        if "job" in found:
            return found
        time.sleep(0.005)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str, str]:
    """The trace, the span, and the one that it is within."""
    assert span.context is not None
    within = "" if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}", within


def test_a_job_is_queued_ticks_and_finishes_within_its_callers_trace(
    url: str, kept: InMemorySpanExporter, painter: PaintedEngine
) -> None:
    painter.paints = False
    ask(url, {"traceparent": f"00-{CALLER}-{PARENT}-01"}, steps=3, num_images=2)
    (ticket,) = painter.tickets
    tell_steps(ticket, 1, 2, 3)
    ticket.end(painted(ticket.request))
    found = spans(kept)
    assert list(found) == ["queued", "ticks", "finish", "job"]
    trace, job, within = ids(found["job"])
    assert (trace, within) == (CALLER, PARENT)
    for name in ("queued", "ticks", "finish"):
        assert ids(found[name])[::2] == (CALLER, job)
    assert attributes(found["queued"]) == {"engine.position": 1, "engine.estimate": 2.5}
    steps = [dict(event.attributes or {}) for event in found["ticks"].events]
    assert steps == [{"step": step, "steps": 3} for step in (1, 2, 3)]
    told = attributes(found["job"])
    assert told["engine.outcome"] == "done"
    assert told["engine.images"] == 2
    assert told["engine.key"] == "local"
    for one, next_one in (("queued", "ticks"), ("ticks", "finish")):
        assert found[one].end_time == found[next_one].start_time


def test_no_span_has_a_word_of_what_was_asked_for_or_the_id_of_a_job(
    url: str, kept: InMemorySpanExporter, painter: PaintedEngine
) -> None:
    name = ask(url).json()["id"]
    painter.error = InvalidRequest(f"prompt must be another, got {SECRET}; say it", field="x")
    assert ask(url).status_code == 422
    told = "".join(span.to_json() for span in kept.get_finished_spans())
    assert "invalid_request" in told
    for word in ("walrus", "teacup", name):
        assert word not in told


def test_a_clients_own_span_goes_on_at_the_service(url: str, kept: InMemorySpanExporter) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("a program")
    engine = RemoteEngine(url)
    with tracer.start_as_current_span("a visit") as visit:
        list(engine.generate(GenerationRequest(prompt=SECRET)))
    list(engine.generate(GenerationRequest(prompt=SECRET)))
    engine.close()
    first, second = (span for span in kept.get_finished_spans() if span.name == "job")
    context = visit.get_span_context()
    assert ids(first)[::2] == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert ids(second)[2] == ""


@pytest.mark.parametrize(
    "heads",
    [
        {"traceparent": "00-" + "0" * 32 + f"-{PARENT}-01"},
        {"traceparent": f"ff-{CALLER}-{PARENT}-01"},
        {"traceparent": f"00-{CALLER}-{PARENT}-01-more"},
        {"traceparent": "a" * 20_000},
        {"traceparent": "00-" + "é" * 32 + f"-{PARENT}-01".encode("latin-1").decode()},
        {"tracestate": "a=1," * 5_000},
    ],
    ids=["zeros", "version", "longer", "long", "letters", "state alone"],
)
def test_a_head_that_is_no_traceparent_begins_a_new_trace(
    url: str, kept: InMemorySpanExporter, heads: dict[str, str]
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in heads.items()}
    answer = httpx.post(f"{url}/v1/jobs", json={}, headers=raw, trust_env=False)
    assert answer.status_code == 201
    trace, _, within = ids(spans(kept)["job"])
    assert within == ""
    assert trace != CALLER


@pytest.mark.parametrize(
    ("outcome", "told"),
    [("cancelled", None), ("failed", "not_finite")],
)
def test_what_ends_otherwise_says_how(
    url: str, kept: InMemorySpanExporter, painter: PaintedEngine, outcome: str, told: str | None
) -> None:
    painter.paints = False
    name = ask(url).json()["id"]
    tell_steps(painter.tickets[0], 1)
    if outcome == "cancelled":
        httpx.delete(f"{url}/v1/jobs/{name}", trust_env=False)
    else:
        painter.tickets[0].end(NotFinite("pictures must be finite, got none that is"))
    found = spans(kept)
    assert list(found) == ["queued", "ticks", "job"]
    assert attributes(found["job"])["engine.outcome"] == outcome
    assert attributes(found["job"]).get("error.type") == told
    assert (found["job"].status.status_code is StatusCode.ERROR) == (outcome == "failed")


def test_ticks_begin_when_the_first_image_took_its_slot(
    url: str, kept: InMemorySpanExporter, painter: PaintedEngine
) -> None:
    painter.paints = False
    ask(url)
    (ticket,) = painter.tickets
    time.sleep(0.02)  # so that there is something between the two
    ticket.begun = time.monotonic()
    taken = time.time_ns()
    time.sleep(0.02)
    tell_steps(ticket, 1, 2, 3)
    ticket.end(painted(ticket.request))
    begun = spans(kept)["ticks"].start_time
    assert begun is not None
    assert abs(begun - taken) < 15_000_000


def test_the_collector_is_sent_what_there_is_and_none_keeps_anybody_waiting(
    painter: PaintedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: futures.Future[bytes] = futures.Future()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.set_result(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever).start()
        endpoint = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        told = {"endpoint": endpoint, "name": "sprint"}
        service = service_of(painter, ServiceSettings.model_validate({"traces": told}))
        with on_loopback(service) as url:
            ask(url)
        assert service.traces is not None
        service.traces.close()
        collector.shutdown()
    (sent,) = ExportTraceServiceRequest.FromString(received.result(60)).resource_spans
    assert "sprint" in {one.value.string_value for one in sent.resource.attributes}
    names = [span.name for span in sent.scope_spans[0].spans]
    assert set(names) == {"queued", "ticks", "finish", "job"}

    monkeypatch.setattr(module, "SENDING", 0.2)
    away = open_traces(TraceSettings(endpoint=endpoint))  # nobody is there any more
    with on_loopback(Service(painter, traces=away)) as url:
        assert ask(url).status_code == 201
    assert away is not None
    away.close()


def test_part_of_the_jobs_is_traced_and_all_whose_caller_wants_it(painter: PaintedEngine) -> None:
    never = open_traces(TraceSettings(endpoint="http://127.0.0.1:9/v1/traces", part=0.0))
    assert never is not None
    provider, kept = never._provider, InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with on_loopback(Service(painter, traces=never)) as url:
        ask(url)
        assert kept.get_finished_spans() == ()
        ask(url, {"traceparent": f"00-{CALLER}-{PARENT}-01"})
        assert ids(spans(kept)["job"])[0] == CALLER


def test_without_its_package_it_is_told_which(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter", None)
    assert open_traces(TraceSettings()) is None
    with pytest.raises(InvalidRequest, match="needs the package opentelemetry-exporter-otlp"):
        open_traces(TraceSettings(endpoint="http://127.0.0.1:4318/v1/traces"))


@pytest.mark.slow
def test_off_nothing_of_it_is_loaded() -> None:
    script = """
import sys
from inference.serving.http.app import build_app
from inference.serving.http.config import ServiceSettings
from inference.serving.http.service import service_of
from inference.serving.client import RemoteEngine
from tests.inference.serving.painted import PaintedEngine
service = service_of(PaintedEngine(), ServiceSettings())
build_app(service)
assert service.traces is None
assert not [name for name in sys.modules if name.startswith(("opentelemetry.sdk", "requests"))]
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
