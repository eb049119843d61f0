"""Where spans go: an OTLP endpoint over HTTP, if the operator names one."""

from config.settings import OperationsSettings, SettingsInvalid


def configure(settings: OperationsSettings, service: str) -> None:
    """Send spans to ``SKINGEN_TRACES_URL`` in the background; without it nothing is traced.

    Args:
        settings: Names the endpoint.
        service: Which process this is, such as ``bots-telegram``.

    Raises:
        SettingsInvalid: The 'traces' extra is not installed.
    """
    if settings.traces_url is None:
        return
    try:
        # An extra: most installations trace nothing, and it brings protobuf along.
        from opentelemetry import trace  # noqa: PLC0415
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsInvalid(
            "SKINGEN_TRACES_URL needs the 'traces' extra: pip install 'skingen-bot[traces]'."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": f"skingen-{service}"}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=str(settings.traces_url)))
    )
    trace.set_tracer_provider(provider)
