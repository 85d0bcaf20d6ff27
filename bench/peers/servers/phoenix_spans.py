"""Spans for Phoenix, as an instrumented agent sends them: `URL FIRST COUNT TOGETHER`. Each is a session of its own.

OTLP over HTTP, `TOGETHER` a request, one request after another. Prints the monotonic clock just before each.
"""

import sys
import time
import urllib.request
from secrets import token_bytes

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

_SAID = ("Where is my order?", "It left yesterday and arrives tomorrow between nine and noon.")


def span(number: int) -> Span:
    """One turn of a conversation."""
    now = time.time_ns()
    told = {
        "session.id": f"seed-{number}", "openinference.span.kind": "CHAIN", "input.value": _SAID[0],
        "output.value": _SAID[1], "user.id": f"u{number}",
    }  # fmt: skip
    attributes = [KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in told.items()]
    return Span(
        trace_id=token_bytes(16), span_id=token_bytes(8), name="turn", start_time_unix_nano=now - 1_000_000,
        end_time_unix_nano=now, attributes=attributes,
    )  # fmt: skip


def send(url: str, spans: list[Span]) -> None:
    """One request."""
    request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])])
    headers = {"Content-Type": "application/x-protobuf"}
    body = request.SerializeToString()
    print(time.monotonic(), flush=True)
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/traces", body, headers)):
        """Taken."""


if __name__ == "__main__":
    url, (first, count, together) = sys.argv[1], map(int, sys.argv[2:])
    for start in range(first, first + count, together):
        send(url, [span(number) for number in range(start, min(start + together, first + count))])
