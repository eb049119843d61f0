"""One turn is one trace, across processes, and holds nothing of a person."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from config import traces
from config.settings import OperationsSettings
from core import tracing


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Collect spans of this test alone."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_TRACER", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_parent_travels_as_text(spans: InMemorySpanExporter) -> None:
    """What another process continues belongs to the same trace, below the span it came from."""
    with tracing.span("receive", platform="telegram"):
        carried = tracing.current()
    with tracing.span("work", carried, model="vlm"):
        pass

    receive, work = spans.get_finished_spans()
    assert work.context.trace_id == receive.context.trace_id
    assert work.parent is not None
    assert work.parent.span_id == receive.context.span_id
    assert carried.count("-") == 3


def test_exceptions_leave_their_kind_alone(spans: InMemorySpanExporter) -> None:
    """A message may quote a person: only the kind of a failure is recorded."""
    with pytest.raises(ValueError, match="my rash"), tracing.span("work"):
        raise ValueError("my rash is on my arm")

    (span,) = spans.get_finished_spans()
    assert span.status.description == "ValueError"
    assert span.events == ()
    assert "rash" not in span.to_json()


def test_nothing_is_traced_without_an_endpoint() -> None:
    """The usual installation carries no parent and sends nothing."""
    traces.configure(OperationsSettings(), "test")

    with tracing.span("receive"):
        assert tracing.current() == ""
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)


@pytest.mark.parametrize("broken", ["nonsense", "00-zz-zz-01", "\x00" * 55])
def test_broken_parent_begins_a_new_trace(spans: InMemorySpanExporter, broken: str) -> None:
    """A record with a parent that is none does not disturb the work."""
    with tracing.span("work", broken):
        pass

    (span,) = spans.get_finished_spans()
    assert span.parent is None
