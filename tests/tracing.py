"""Spans kept in memory, for the test that asks for them; every other test runs without an SDK."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pushcart.kit import traces

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def _provider() -> tuple[TracerProvider, InMemorySpanExporter]:
    """One for the session: a tracer keeps the first provider that it met."""
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Traces are recorded; `get_finished_spans()` has them."""
    provider, exporter = _provider()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    traces.recording.cache_clear()
    exporter.clear()
    yield exporter
    monkeypatch.undo()
    traces.recording.cache_clear()
