"""Stripe's own page on which a customer enters a card: `/v1/checkout/sessions`, in the mode `setup`."""

from __future__ import annotations

from typing import Any

from stripe.params import checkout

from pushcart.sandbox.stripe import events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed, Refusal
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.resources import setup_intents
from pushcart.sandbox.stripe.store import new_id

LASTS = 24 * 3600


def create(call: Call) -> dict[str, Any]:
    if call.params.get("mode") != "setup":
        raise Malformed("The payment double plays Checkout in the mode setup.", param="mode")
    for name in ("success_url", "currency"):
        if name not in call.params:
            raise Malformed(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if "customer" in call.params:
        call.store.read(call.account, "customer", call.params["customer"], param="customer")
    session = _blank(call)
    session["setup_intent"] = setup_intents.create(_for_intent(call))["id"]
    session["url"] = f"{call.base_url}/checkout/{session['id']}"
    return call.store.insert(call.account, session, due_at=session["expires_at"])


def retrieve(call: Call) -> dict[str, Any]:
    return _read(call)


def many(call: Call) -> dict[str, Any]:
    where = {name: call.params.get(name) for name in ("customer", "status")}
    return listing.listed(call, "checkout.session", url="/v1/checkout/sessions", where=where)


def expire(call: Call) -> dict[str, Any]:
    session = _read(call)
    if session["status"] != "open":
        raise Refusal(
            400,
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}.",
        )
    return expired(call, session)


def expired(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    """Its page works no longer: after a day, or on request."""
    after = call.store.save({**session, "status": "expired", "url": None})
    call.store.due(after["id"], None)
    events.tell(call, "checkout.session.expired", after)
    return after


def completed(call: Call, session: dict[str, Any]) -> dict[str, Any]:
    """The card was entered, and authenticated where its bank wanted that."""
    after = call.store.save({**session, "status": "complete", "url": None})
    call.store.due(after["id"], None)
    events.tell(call, "checkout.session.completed", after)
    return after


def _read(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "checkout.session", call.path["id"], param="session")


def _for_intent(call: Call) -> Call:
    """The set-up intent behind the page belongs to the same customer."""
    params = {
        "allowed_payment_method_types": ["card"],
        "metadata": call.params.get("setup_intent_data", {}).get("metadata", {}),
    }
    if "customer" in call.params:
        params["customer"] = call.params["customer"]
    return Call(
        call.store, call.account, call.platform, call.base_url, params, request_id=call.request_id, now=call.now
    )


def _blank(call: Call) -> dict[str, Any]:
    absent = (
        *("after_expiration", "allow_promotion_codes", "amount_subtotal", "amount_total"),
        *("billing_address_collection", "client_reference_id", "client_secret", "collected_information", "consent"),
        *("consent_collection", "currency_conversion", "customer_account", "customer_creation", "customer_details"),
        *("customer_email", "discounts", "invoice", "invoice_creation", "locale", "origin_context", "payment_intent"),
        *("payment_link", "payment_method_configuration_details", "permissions", "recovered_from"),
        *("saved_payment_method_options", "setup_intent", "shipping_address_collection", "shipping_cost"),
        *("submit_type", "subscription", "total_details", "wallet_options"),
    )
    return {
        "id": new_id("cs_test"),
        "object": "checkout.session",
        **dict.fromkeys(absent),
        "allowed_payment_method_types": call.params.get("allowed_payment_method_types"),
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": call.params.get("cancel_url"),
        "client_reference_id": call.params.get("client_reference_id"),
        "created": call.now,
        "currency": call.params["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer": call.params.get("customer"),
        "expires_at": call.now + LASTS,
        "livemode": False,
        "metadata": merged({}, call.params),
        "mode": "setup",
        "payment_method_collection": "always",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": call.params["success_url"],
        "ui_mode": "hosted_page",
        "url": None,
    }


_ONE = "/v1/checkout/sessions/{id}"

ROUTES = [
    Route(
        "POST",
        "/v1/checkout/sessions",
        create,
        checkout.SessionCreateParams,
        frozenset(
            {"allowed_payment_method_types", "cancel_url", "client_reference_id", "currency", "customer", "expand"}
            | {"metadata", "mode", "setup_intent_data", "success_url"}
        ),
    ),
    Route("GET", "/v1/checkout/sessions", many, checkout.SessionListParams, listing.PAGING | {"customer", "status"}),
    Route("GET", _ONE, retrieve, checkout.SessionRetrieveParams, frozenset({"expand"})),
    Route("POST", f"{_ONE}/expire", expire, checkout.SessionExpireParams, frozenset({"expand"})),
]
