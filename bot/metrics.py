"""What is counted for Prometheus. Labels are few and never a person or a dossier."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

WRITER_QUEUE = Gauge("hailong_writer_queue", "Pieces of work that wait for the writer", registry=REGISTRY)
OUTBOX = Gauge("hailong_outbox", "Messages not yet finished", ["channel", "state"], registry=REGISTRY)
SENT = Counter("hailong_sent_total", "Messages by how sending went", ["channel", "answer"], registry=REGISTRY)
REQUESTS = Histogram(
    "hailong_request_seconds", "Time to answer a request", ["route", "status"], registry=REGISTRY
)
