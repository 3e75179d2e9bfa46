"""What is counted for Prometheus. Labels are few and never a person or a dossier."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

WRITER_QUEUE = Gauge("hailong_writer_queue", "Pieces of work that wait for the writer", registry=REGISTRY)
OUTBOX = Gauge("hailong_outbox", "Messages not yet finished", ["channel", "state"], registry=REGISTRY)
SENT = Counter("hailong_sent_total", "Messages by how sending went", ["channel", "answer"], registry=REGISTRY)
REQUESTS = Histogram(
    "hailong_request_seconds", "Time to answer a request", ["route", "status"], registry=REGISTRY
)
ZALO_EVENTS = Counter(
    "hailong_zalo_events_total",
    "Deliveries of the Zalo Official Account by what became of them",
    ["fate"],
    registry=REGISTRY,
)
ZALO_SIGNATURES = Counter(
    "hailong_zalo_signatures_total",
    "Right signatures of Zalo by where the timestamp stood: body or header",
    ["timestamp"],
    registry=REGISTRY,
)
ZALO_CALLS = Counter(
    "hailong_zalo_calls_total", "Calls of Zalo by its code, 0 when fine", ["code"], registry=REGISTRY
)
ZALO_BUTTONS = Gauge(
    "hailong_zalo_buttons", "1 while Zalo takes buttons, 0 once it has refused them", registry=REGISTRY
)
