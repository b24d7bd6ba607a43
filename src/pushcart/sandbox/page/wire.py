"""What goes over the wire, line by line: pushes, the order system's log, mails and SMS."""

from __future__ import annotations

from typing import Any

import httpx
from django.conf import settings

from pushcart.webhooks.models import Attempt

# At the first look; after that, whatever came in a second.
_MOST = 100
_http = httpx.Client(timeout=3, trust_env=False)


def pushes(after: int) -> tuple[list[dict[str, Any]], int]:
    """The tries after the one of this number as lines of the wire, and the number of the last."""
    news = Attempt.objects.filter(pk__gt=after).select_related("delivery__event").order_by("-pk")[:_MOST]
    found = list(reversed(news))
    return [_push(attempt) for attempt in found], found[-1].pk if found else after


def order_system(after: int) -> tuple[list[dict[str, Any]], int]:
    """What the retailer's order system has noted.

    Raises:
        httpx.HTTPError: it does not answer.
    """
    return _lines(_news(f"http://127.0.0.1:{settings.PORT + 3}/log", after), after, _noted)


def letters(after: int) -> tuple[list[dict[str, Any]], int]:
    """The mails and SMS that the providers took.

    Raises:
        httpx.HTTPError: the outbox does not answer.
    """
    return _lines(_news(f"http://127.0.0.1:{settings.PORT + 2}/letters", after), after, _letter)


def _push(attempt: Attempt) -> dict[str, Any]:
    event = attempt.delivery.event if attempt.delivery else None
    about = (
        f"{event.type} seq {event.sequence}" if event and event.sequence else event.type if event else "endpoint.check"
    )
    answer = attempt.answer or "(no body)"
    more = f"{attempt.verb} {attempt.url}\n{attempt.request_headers}\n\n{attempt.status or attempt.error}\n{answer}"
    return {
        "kind": "push",
        "at": attempt.at.isoformat(),
        "cart": event.cart_hash if event else "",
        "text": f"{attempt.verb} {about} → {attempt.status or attempt.error} in {attempt.total_us / 1000:.0f} ms",
        "more": more,
        "good": attempt.error == "",
    }


def _noted(entry: dict[str, Any]) -> dict[str, Any]:
    text = entry["text"]
    return {
        "kind": "store",
        "at": entry["at"],
        "cart": entry["hash"] or "",
        "text": text,
        "more": "",
        "good": "said no" not in text and "refused" not in text,
    }


def _letter(letter: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": letter["channel"],
        "at": letter["at"],
        "cart": "",
        "text": f"{letter['recipient']}: {letter['subject'] or letter['text']}",
        "more": letter["text"] if letter["subject"] else "",
        "good": True,
    }


def _news(url: str, after: int) -> list[dict[str, Any]]:
    answer = _http.get(url, params={"after": after})
    found: list[dict[str, Any]] = answer.raise_for_status().json()
    return found


def _lines(news: list[dict[str, Any]], after: int, line: Any) -> tuple[list[dict[str, Any]], int]:
    return [line(entry) for entry in news[-_MOST:]], news[-1]["number"] if news else after
