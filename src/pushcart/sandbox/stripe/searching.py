"""Stripe's search, `status:'succeeded' AND metadata['line']:'7'`: equality of fields, joined by AND.

Its index is as fresh as the data; Stripe's lags up to a minute (docs.stripe.com/search#data-freshness).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import Malformed

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_CLAUSE = re.compile(
    r"""^\s*(?P<field>\w+)(?:\[['"](?P<key>[^'"]+)['"]\])?\s*:\s*(?:(?P<quote>['"])(?P<text>.*?)(?P=quote)|(?P<number>\d+))\s*$"""
)
_FIELDS = frozenset({"amount", "created", "currency", "customer", "metadata", "status", "payment_intent"})


def found(call: Call, kind: str, *, url: str) -> dict[str, Any]:
    """One page of a search; `page` is the number of objects already seen.

    Raises:
        Malformed: the query is none that Stripe, or this double, understands.
    """
    wanted = [_clause(part) for part in re.split(r"\s+AND\s+", call.params["query"], flags=re.IGNORECASE)]
    matches = [
        body
        for body in reversed(call.store.all(kind, account=call.account))
        if all(_meets(body, *each) for each in wanted)
    ]
    start, limit = _page(call), call.params.get("limit", 10)
    more = len(matches) > start + limit
    return {
        "object": "search_result",
        "data": matches[start : start + limit],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "url": url,
    }


def _page(call: Call) -> int:
    page = call.params.get("page", "0")
    if not (page.isascii() and page.isdigit()):
        raise Malformed(f"Invalid page token: {page}", param="page")
    return int(page)


def _clause(text: str) -> tuple[str, str | None, str]:
    match = _CLAUSE.match(text)
    if match is None:
        raise Malformed(f"We were unable to parse your search query: {json.dumps(text)}", param="query")
    if match["field"] not in _FIELDS or (match["field"] == "metadata") != bool(match["key"]):
        raise Malformed(f"Field `{match['field']}` is an unsupported search field.", param="query")
    return match["field"], match["key"], match["text"] if match["number"] is None else match["number"]


def _meets(body: dict[str, Any], field: str, key: str | None, value: str) -> bool:
    present = body.get(field)
    if key is not None and isinstance(present, dict):
        present = present.get(key)
    return present is not None and str(present) == value
