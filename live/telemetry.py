"""Logs and metrics. Logs tell of connections and decisions, never what people said.

At INFO: start, stop, sign-ins, hubs that come and go, the store and the bus coming back. At WARNING: the store or the
bus away, a viewer cut off, work of a dead hub. At ERROR: what needs a person. One line each: time, level, module,
sentence.
"""

import logging
from collections import Counter as Tally
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def log_to_stderr(level: str = "INFO") -> None:
    """Set up logging for a process of ours."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("hypercorn").setLevel("WARNING")
    logging.getLogger("pymongo").setLevel("WARNING")


class Metrics:
    """The metrics of one hub. What others already count is read when asked for (`watch`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.results = Counter(
            "live_ingest_events", "Events by what became of them.", ["status"], registry=self.registry
        )
        self.ack_seconds = Histogram(
            "live_ingest_ack_seconds", "From receipt to durable, by request.", registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        )  # fmt: skip
        self.cuts = Counter(
            "live_viewer_cuts", "Sockets that the hub closed, by close code.", ["code"], registry=self.registry
        )
        self.requests = Counter("live_http_requests", "Requests by status.", ["status"], registry=self.registry)

    def settled(self, statuses: Iterable[str]) -> None:
        """Events got their results."""
        for status, count in Tally(statuses).items():
            self.results.labels(status).inc(count)

    def watch(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A gauge that is read when the metrics are."""
        Gauge(name, about, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self.registry)
