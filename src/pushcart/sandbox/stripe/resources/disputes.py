"""Chargebacks: `/v1/disputes`. Evidence that says `winning_evidence` or `losing_evidence` does, as Stripe's own."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import disputing, events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.metadata import merged

_OPEN = ("needs_response", "warning_needs_response", "under_review")


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "dispute", call.path["id"])


def modify(call: Call) -> dict[str, Any]:
    before = _open_one(call)
    evidence = call.params.get("evidence") or {}
    submit = call.params.get("submit", True) and bool(evidence)
    details = before["evidence_details"]
    after = {
        **before,
        "metadata": merged(before["metadata"], call.params),
        "evidence": {**before["evidence"], **{name: value or None for name, value in evidence.items()}},
        "evidence_details": {
            **details,
            "has_evidence": details["has_evidence"] or bool(evidence),
            "submission_count": details["submission_count"] + int(submit),
            "submission_method": "manual" if submit else details["submission_method"],
        },
        "status": "under_review" if submit else before["status"],
    }
    call.store.save(after)
    events.tell(call, "charge.dispute.updated", after, before=before)
    said = after["evidence"]["uncategorized_text"] if submit else None
    if said in {"winning_evidence", "losing_evidence"}:
        return disputing.closed(call, after, won=said == "winning_evidence")
    return after


def close(call: Call) -> dict[str, Any]:
    return disputing.closed(call, _open_one(call), won=False)


def many(call: Call) -> dict[str, Any]:
    where = {name: call.params.get(name) for name in ("charge", "payment_intent")}
    return listing.listed(call, "dispute", url="/v1/disputes", where=where)


def _open_one(call: Call) -> dict[str, Any]:
    dispute = retrieve(call)
    if dispute["status"] not in _OPEN:
        raise Refusal(400, "This dispute is already closed")
    return dispute


_ONE = "/v1/disputes/{id}"

ROUTES = [
    Route("GET", "/v1/disputes", many, params.DisputeListParams, listing.PAGING | {"charge", "payment_intent"}),
    Route("GET", _ONE, retrieve, params.DisputeRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        _ONE,
        modify,
        params.DisputeModifyParams,
        frozenset({"evidence", "metadata", "submit", "expand"}),
    ),
    Route("POST", f"{_ONE}/close", close, params.DisputeCloseParams, frozenset({"expand"})),
]
