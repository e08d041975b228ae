"""Carried heads: the trace of this program, as a request to another one carries it on."""

import sys


def trace_heads() -> dict[str, str]:
    """W3C's `traceparent` and `tracestate` of the span that is current here; nothing where there is
    none. Nobody has begun a span where OpenTelemetry was not imported, and it is not for this."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    heads: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(heads)
    return heads
