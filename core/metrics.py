"""What is counted, for Prometheus. Labels are kinds, never names, ids, texts or tokens.

The metrics are module-level, as the client library means them to be: whoever knows a fact counts it
where it happens, and `core.operations` serves them. A process without that server counts all the
same, which costs a few hundred nanoseconds a call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final, Literal

from prometheus_client import Counter, Gauge, Histogram

Stage = Literal["receive", "vlm", "generator", "store", "deliver"]
"""``receive``: from update to durable. ``vlm``, ``generator``: a batch, pictures included.
``store``: a result handed in. ``deliver``: from claimed outbox row to shown."""

_SECONDS: Final = (0.005, 0.02, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)

TURNS: Final = Counter("skingen_turns", "Messages of people made durable", ["platform"])
JOBS: Final = Counter("skingen_jobs", "Jobs that a worker ended", ["model", "outcome"])
RETRIES: Final = Counter("skingen_job_retries", "Claims of jobs that had been claimed before")
DELIVERIES: Final = Counter("skingen_deliveries", "Outbox rows taken up", ["platform", "outcome"])
FLOOD_WAIT_SECONDS: Final = Counter(
    "skingen_flood_wait_seconds", "Pauses that a platform asked for", ["platform"]
)
TOKENS: Final = Counter("skingen_tokens", "Tokens of finished answers")
PICTURES: Final = Counter("skingen_pictures", "Pictures drawn and badged", ["source"])
ERRORS: Final = Counter("skingen_errors", "Failures by place and kind", ["place", "kind"])
STAGE_SECONDS: Final = Histogram(
    "skingen_stage_seconds", "Time of one stage", ["stage"], buckets=_SECONDS
)
BATCH_JOBS: Final = Histogram(
    "skingen_batch_jobs", "Jobs in one batch", ["model"], buckets=(1, 2, 4, 8, 16, 32, 64)
)
QUEUE_JOBS: Final = Gauge("skingen_queue_jobs", "Jobs that wait", ["model"])
QUEUE_WAIT_SECONDS: Final = Gauge(
    "skingen_queue_wait_seconds", "Estimated wait of a job dispatched now", ["model"]
)
DEAD_LETTERS: Final = Gauge("skingen_dead_letters", "Failed jobs that an operator may requeue")
DEVICE_BYTES: Final = Gauge("skingen_device_bytes", "Memory of the accelerator", ["kind"])
TASKS: Final = Gauge("skingen_tasks", "Tasks of the event loop; they may not grow for ever")
READY: Final = Gauge("skingen_ready", "1 while the process can do its work")


@contextmanager
def timed(stage: Stage) -> Iterator[None]:
    """Observe how long a block takes, however it ends."""
    began_s = perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.labels(stage).observe(perf_counter() - began_s)
