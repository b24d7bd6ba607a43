"""Traces by the OpenTelemetry API, from the request that brings an order to the push that tells of it.

Where no SDK is set up no span is made, and all that is done is to carry a caller's own `traceparent` (W3C Trace
Context) along. Spans never name a query or a body: those hold people's names and card tokens.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from opentelemetry import context, trace
from opentelemetry.trace import NoOpTracerProvider, ProxyTracerProvider, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from django.http import HttpRequest, HttpResponse
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

_HEADER = "traceparent"
_WITHOUT_SDK = (ProxyTracerProvider, NoOpTracerProvider)
_SERVER_ERROR = 500
_w3c = TraceContextTextMapPropagator()
# It finds the provider that is set up later, too.
_tracer = trace.get_tracer("pushcart")


@cache
def recording() -> bool:
    """Whether somebody set an SDK up, so that spans go somewhere: before the first request, or never."""
    return not isinstance(trace.get_tracer_provider(), _WITHOUT_SDK)


def current() -> str:
    """The present span as a `traceparent` (55 characters); empty where there is none."""
    return _written(trace.get_current_span())


def begin(name: str, traceparent: str, **attributes: Any) -> Span:
    """A span of a call to somebody else, below the one that `traceparent` names. `end` it."""
    return _tracer.start_span(name, _below(traceparent), kind=SpanKind.CLIENT, attributes=attributes)


def header(span: Span) -> str:
    """What a call within this span carries as its `traceparent`."""
    return _written(span)


def end(span: Span, *, error: str = "", **attributes: Any) -> None:
    """Ends a span; `error` is a word such as `timeout` or `http_503`, empty where all went well."""
    span.set_attributes(attributes)
    if error:
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR, error))
    span.end()


def link(traceparent: str, **attributes: Any) -> None:
    """Ties the present span to another one, of another trace perhaps."""
    other = trace.get_current_span(_below(traceparent)).get_span_context()
    if other.is_valid:
        trace.get_current_span().add_link(other, attributes)


def describe(**attributes: Any) -> None:
    """Attributes of the present span, where there is one that is recorded."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes(attributes)


def add_trace_id(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: a log line within a trace names it."""
    here = trace.get_current_span().get_span_context()
    if here.is_valid:
        line.setdefault("trace_id", f"{here.trace_id:032x}")
    return line


class Traced:
    """Django middleware: a request continues its caller's trace, in a span of its own where spans are recorded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get(_HEADER, "")
        if recording() and not trace.get_current_span().is_recording():
            return self._in_a_span(request, told)
        if not told or trace.get_current_span().get_span_context().is_valid:
            return self._get_response(request)
        with _carrying(told):
            return self._get_response(request)

    def _in_a_span(self, request: HttpRequest, told: str) -> HttpResponse:
        method = request.method or "GET"
        with _tracer.start_as_current_span(
            method, _below(told), kind=SpanKind.SERVER, attributes={"http.request.method": method}
        ) as span:
            response = self._get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""
            span.update_name(f"{method} /{route}")
            span.set_attributes({"http.route": f"/{route}", "http.response.status_code": response.status_code})
            if response.status_code >= _SERVER_ERROR:
                span.set_status(Status(StatusCode.ERROR))
            return response


@contextmanager
def _carrying(traceparent: str) -> Iterator[None]:
    token = context.attach(_below(traceparent))
    try:
        yield
    finally:
        context.detach(token)


def _below(traceparent: str) -> Context:
    """A context whose present span is the one named; what can't be read names none."""
    return _w3c.extract({_HEADER: traceparent}, context.Context())


def _written(span: Span) -> str:
    here = span.get_span_context()
    if not here.is_valid:
        return ""
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"
