"""Traces: a job's life as spans of OpenTelemetry, sent to a collector. An option of the service.

    job            from when it was asked for to its outcome; a child of the caller's span
    ├── queued     until its first image took a slot
    ├── ticks      until its last step was done; each step is an event
    └── finish     until its pictures are out

Nothing in them is a word of a prompt, or the id of a job, which may be all that guards it. The SDK
is imported where traces are switched on, and only there.
"""

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from inference.errors import Cancelled, InvalidRequest
from inference.request import MAX_STEPS, GenerationRequest, Progress, Queued, Result
from inference.serving.http.config import TraceSettings
from inference.serving.http.problems import code_of
from inference.serving.ticket import Ticket

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SENDING = 5.0
"""Seconds for the collector to take what it is sent, and for the last of it at the end."""
NEEDED = "opentelemetry-exporter-otlp-proto-http"


class Traces:
    """Of one service. What a collector does not take in time is dropped: no job waits for it."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("inference.serving")
        self._carried = TraceContextTextMapPropagator()

    def begin(self, heads: Mapping[str, str], key: str) -> "JobTrace":
        """For a job that this key asks for now; a `traceparent` that is none begins a new trace."""
        told = {name: heads[name] for name in ("traceparent", "tracestate") if name in heads}
        return JobTrace(self._tracer, self._carried.extract(told), key)

    def close(self) -> None:
        """Sends what is left, for as long as `SENDING`."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        closing.join(SENDING)


class JobTrace:
    """Spans of one job, each begun when the one before ends. Told by one thread at a time."""

    def __init__(self, tracer: "Tracer", parent: "Context", key: str) -> None:
        from opentelemetry import trace

        self._trace = trace
        self._tracer = tracer
        kind, told = trace.SpanKind.SERVER, {"engine.key": key}
        self._job = tracer.start_span("job", parent, kind, told)
        self._within = trace.set_span_in_context(self._job)
        self._part: tuple[str, Span] | None = None
        self._ticket: Ticket | None = None
        self._since = time.time_ns()
        self._is_placed = False

    def accepted(self, ticket: Ticket) -> None:
        """Before anything else is told of it."""
        self._ticket = ticket
        self._job.set_attributes(_attributes(ticket.request))
        self._turn_to("queued", time.time_ns())

    def hear(self, update: Queued | Progress | Result | BaseException) -> None:
        """What the job's followers are told."""
        now = time.time_ns()
        match update:
            case Queued():
                self._stands(update, now)
            case Progress():
                self._steps(update, now)
            case Result():
                self._job.set_attribute("engine.seconds", update.seconds)
                self._end("done", now)
            case Cancelled():
                self._end("cancelled", now)
            case error:
                code = code_of(error)
                self._job.set_attribute("error.type", code)
                self._job.set_status(self._trace.StatusCode.ERROR)
                self._end("failed", now)

    def _stands(self, queued: Queued, now: int) -> None:
        """The first place that it was told, in each line that it stood in."""
        if self._part is None or self._part[0] != "queued":
            self._turn_to("queued", now)
        if not self._is_placed and (span := self._current) is not None:
            told = {"engine.position": queued.position, "engine.estimate": queued.seconds}
            span.set_attributes(told)
            self._is_placed = True

    def _steps(self, progress: Progress, now: int) -> None:
        if self._part is None or self._part[0] == "queued":
            self._turn_to("ticks", self._begun(now))
        if (span := self._current) is not None:
            span.add_event("step", {"step": progress.step, "steps": progress.steps}, now)
        if progress.step >= progress.steps:
            self._turn_to("finish", now)

    def _begun(self, now: int) -> int:
        """When its first image took a slot, which is told once a step is done."""
        begun = None if self._ticket is None else self._ticket.begun
        ago = 0 if begun is None else int((time.monotonic() - begun) * 1e9)
        return max(self._since, now - max(ago, 0))

    @property
    def _current(self) -> "Span | None":
        return None if self._part is None else self._part[1]

    def _turn_to(self, name: str, at: int) -> None:
        if (span := self._current) is not None:
            span.end(at)
        self._since, self._is_placed = at, False
        self._part = name, self._tracer.start_span(name, self._within, start_time=at)

    def _end(self, outcome: str, at: int) -> None:
        if (span := self._current) is not None:
            span.end(at)
        self._part = self._ticket = None
        self._job.set_attribute("engine.outcome", outcome)
        self._job.end(at)


def open_traces(settings: TraceSettings) -> Traces | None:
    """None where they are off. Raises InvalidRequest where the SDK is not installed."""
    if settings.endpoint is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
    except ImportError as error:
        raise InvalidRequest(
            f"[traces] needs the package {NEEDED}, got none; install it as requirements.txt pins "
            "it, or leave [traces] out",
            field="traces",
        ) from error
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.part),
        resource=Resource.create({"service.name": settings.name}),
        span_limits=SpanLimits(max_events=2 * MAX_STEPS),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(settings.endpoint, timeout=SENDING)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider)


def _attributes(request: GenerationRequest) -> dict[str, str | int | float | bool | list[str]]:
    """All that decides how long it takes, as far as the caller chose it."""
    told = {
        "engine.images": request.num_images,
        "engine.steps": request.steps,
        "engine.sampler": request.sampler,
        "engine.guidance_scale": request.guidance_scale,
        "engine.width": request.width,
        "engine.height": request.height,
        "engine.upscale": request.upscale,
        "engine.controlnets": [control.name for control in request.controls],
        "engine.from_picture": request.init_image is not None,
    }
    return {name: value for name, value in told.items() if value is not None}
