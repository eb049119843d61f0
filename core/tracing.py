"""Spans across processes, by OpenTelemetry: a turn is one trace from update to delivered answer.

Without a configured exporter every call is the library's no-op. Names and attributes are kinds and
numbers; exceptions are not recorded, since their messages may quote a person. A trace's parent
travels inside jobs and replies as a W3C ``traceparent``, which holds random ids alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_TRACER: Final = trace.get_tracer("skingen")
_W3C: Final = TraceContextTextMapPropagator()


@contextmanager
def span(name: str, parent: str = "", **facts: str | int) -> Iterator[None]:
    """Trace a block.

    Args:
        name: Of the stage.
        parent: What `current` gave in another process; empty goes on with this one's span.
        facts: Kinds and numbers, nothing of a person.
    """
    context = _W3C.extract({"traceparent": parent}) if parent else None
    with _TRACER.start_as_current_span(
        name,
        context=context,
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,
    ) as own:
        try:
            yield
        except Exception as error:
            own.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def current() -> str:
    """Return the open span, for `span` in another process; empty when there is none."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent", "")
