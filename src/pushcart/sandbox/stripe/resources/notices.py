"""What happened and who is told: `/v1/events` and `/v1/webhook_endpoints`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from stripe import params

from pushcart.sandbox.stripe import listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.store import new_id


def event(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "event", call.path["id"])


def events(call: Call) -> dict[str, Any]:
    wanted = call.params.get("types") or call.params.get("type")
    if isinstance(wanted, str) and wanted.endswith("*"):
        wanted = _kinds(call, wanted[:-1]) or ["none"]
    return listing.listed(call, "event", url="/v1/events", where={"type": wanted})


def create_endpoint(call: Call) -> dict[str, Any]:
    _check_url(call.params["url"])
    secret = new_id("whsec")
    endpoint = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": call.params.get("api_version"),
        "application": None,
        "created": call.now,
        "description": call.params.get("description") or None,
        "enabled_events": call.params["enabled_events"],
        "livemode": False,
        "metadata": merged({}, call.params),
        "status": "enabled",
        "url": call.params["url"],
    }
    hidden = {"connect": call.params.get("connect", False), "secret": secret}
    call.store.insert(call.account, endpoint, hidden=hidden)
    # Shown this once, as Stripe does.
    return {**endpoint, "secret": secret}


def endpoint(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "webhook_endpoint", call.path["id"])


def modify_endpoint(call: Call) -> dict[str, Any]:
    before = endpoint(call)
    after = {**before, "metadata": merged(before["metadata"], call.params)}
    if "url" in call.params:
        _check_url(call.params["url"])
    for name in ("url", "enabled_events", "description"):
        if name in call.params:
            after[name] = call.params[name] or None
    if "disabled" in call.params:
        after["status"] = "disabled" if call.params["disabled"] else "enabled"
    return call.store.save(after)


def delete_endpoint(call: Call) -> dict[str, Any]:
    call.store.delete(endpoint(call)["id"])
    return {"id": call.path["id"], "object": "webhook_endpoint", "deleted": True}


def endpoints(call: Call) -> dict[str, Any]:
    return listing.listed(call, "webhook_endpoint", url="/v1/webhook_endpoints")


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refusal(400, "Not a valid URL", code="url_invalid", param="url")


def _kinds(call: Call, prefix: str) -> list[str]:
    rows = call.store.db.execute(
        "SELECT DISTINCT json_extract(body, '$.type') AS kind FROM objects WHERE object = 'event' AND account = ?",
        (call.account,),
    )
    return [row["kind"] for row in rows if row["kind"].startswith(prefix)]


_ENDPOINT = "/v1/webhook_endpoints/{id}"

ROUTES = [
    Route("GET", "/v1/events", events, params.EventListParams, listing.PAGING | {"type", "types"}),
    Route("GET", "/v1/events/{id}", event, params.EventRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        "/v1/webhook_endpoints",
        create_endpoint,
        params.WebhookEndpointCreateParams,
        frozenset({"api_version", "connect", "description", "enabled_events", "metadata", "url", "expand"}),
    ),
    Route(
        "GET",
        "/v1/webhook_endpoints",
        endpoints,
        params.WebhookEndpointListParams,
        listing.PAGING - {"created"},
    ),
    Route("GET", _ENDPOINT, endpoint, params.WebhookEndpointRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        _ENDPOINT,
        modify_endpoint,
        params.WebhookEndpointModifyParams,
        frozenset({"description", "disabled", "enabled_events", "metadata", "url", "expand"}),
    ),
    Route("DELETE", _ENDPOINT, delete_endpoint),
]
