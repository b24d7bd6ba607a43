"""What the log says of pushes: each that failed, and at the level `debug` each that arrived."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pushcart.webhooks.engine.record import Result

log = structlog.get_logger("webhooks")


def tell(results: Iterable[Result]) -> None:
    """Writes a line for each attempt that is to be told; at the usual level an arrival costs nothing."""
    arrivals = log.is_enabled_for(logging.DEBUG)
    for result in results:
        if result.answer is not None and (arrivals or result.answer.error):
            _tell(result)


def _tell(result: Result) -> None:
    claimed, answer = result.claimed, result.answer
    if answer is None:
        return
    say = log.info if answer.error else log.debug
    trace_id = {"trace_id": claimed.traceparent.split("-")[1]} if claimed.traceparent else {}
    say(
        "webhooks.refused" if answer.error else "webhooks.delivered",
        event_id=claimed.uid,
        event_type=claimed.event_type,
        cart=claimed.cart_hash,
        endpoint=claimed.endpoint_id,
        delivery=claimed.id,
        status=answer.status,
        error=answer.error,
        took_ms=round(answer.total_us / 1000, 1),
        **trace_id,
    )
