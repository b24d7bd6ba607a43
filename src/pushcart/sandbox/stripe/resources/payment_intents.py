"""Payments: `/v1/payment_intents`. On a connected account they are direct charges; by hand they are holds."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import charging, events, listing, new_cards, searching
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.confirming import capture_refused, check_can_charge, confirmed, taken
from pushcart.sandbox.stripe.errors import Malformed, Refusal, unexpected_state
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.money import check_amount, check_positive, check_rounded, checked_currency
from pushcart.sandbox.stripe.redirecting import automatic
from pushcart.sandbox.stripe.resources import payment_methods
from pushcart.sandbox.stripe.store import new_id

_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
_CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_PLAIN = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def create(call: Call) -> dict[str, Any]:
    currency = checked_currency(call.params["currency"])
    check_amount(call.params["amount"], currency)
    _check_fee(call, call.params.get("application_fee_amount"), call.params["amount"], call.params["currency"].lower())
    if "off_session" in call.params and not call.params.get("confirm"):
        raise Malformed("You can only set `off_session` when `confirm` is true.", param="off_session")
    check_can_charge(call)
    if "customer" in call.params:
        call.store.read(call.account, "customer", call.params["customer"], param="customer")
    intent = _blank(call, currency)
    if "payment_method_data" in call.params:
        call.params["payment_method"] = new_cards.made(call, call.params.pop("payment_method_data"))["id"]
    if "payment_method" in call.params:
        method = payment_methods.named(call, call.params["payment_method"])
        call.params["payment_method"] = method["id"]
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.store.insert(call.account, intent)
    events.tell(call, "payment_intent.created", intent)
    return confirmed(call, intent) if call.params.get("confirm") else intent


def retrieve(call: Call) -> dict[str, Any]:
    return _read(call)


def many(call: Call) -> dict[str, Any]:
    where = {"customer": call.params.get("customer")}
    return listing.listed(call, "payment_intent", url="/v1/payment_intents", where=where)


def search(call: Call) -> dict[str, Any]:
    return searching.found(call, "payment_intent", url="/v1/payment_intents/search")


def modify(call: Call) -> dict[str, Any]:
    before = _read(call)
    if before["status"] not in _CHANGEABLE and set(call.params) - {"metadata", "description", "expand"}:
        raise unexpected_state(
            f"This PaymentIntent's parameters could not be updated because it has a status of {before['status']}.",
            before,
        )
    after = {**before, **_plain(call), "metadata": merged(before["metadata"], call.params)}
    if "currency" in call.params:
        after["currency"] = checked_currency(call.params["currency"])
    if "amount" in call.params:
        check_amount(call.params["amount"], after["currency"])
        after["amount"] = call.params["amount"]
    if "customer" in call.params:
        after["customer"] = call.store.read(call.account, "customer", call.params["customer"], param="customer")["id"]
    if "application_fee_amount" in call.params:
        after["application_fee_amount"] = call.params["application_fee_amount"] or None
    _check_fee(call, after["application_fee_amount"], after["amount"], after["currency"])
    if "payment_method" in call.params:
        method = payment_methods.named(call, call.params["payment_method"])
        after |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return call.store.save(after)


def confirm(call: Call) -> dict[str, Any]:
    intent = _read(call)
    check_can_charge(call)
    if "capture_method" in call.params:
        intent["capture_method"] = call.params["capture_method"]
    if "receipt_email" in call.params:
        intent["receipt_email"] = call.params["receipt_email"] or None
    return confirmed(call, intent)


def capture(call: Call) -> dict[str, Any]:
    intent = _read(call)
    if intent["status"] == "succeeded":
        raise unexpected_state("This PaymentIntent could not be captured because it has already been captured.", intent)
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            intent,
        )
    amount = call.params.get("amount_to_capture", intent["amount_capturable"])
    check_positive(amount, "amount_to_capture")
    if amount > intent["amount_capturable"]:
        raise Refusal(
            400,
            f"The requested capture amount ({amount}) is greater than the authorized amount "
            f"({intent['amount_capturable']}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    fee = call.params.get("application_fee_amount", intent["application_fee_amount"])
    _check_fee(call, fee, intent["amount"], intent["currency"])
    charge = call.store.read(call.account, "charge", intent["latest_charge"])
    method = call.store.read(call.account, "payment_method", intent["payment_method"])
    card = payment_methods.card_of(call, method)
    if card.capture == "declined":
        raise capture_refused(call, intent, charge, card)
    call.loses_answer = card.capture == "answer_lost"
    intent["metadata"] = merged(intent["metadata"], call.params)
    # Stripe caps the platform's fee at what is captured.
    return taken(call, intent, charge, amount, card, fee=min(fee or 0, amount))


def cancel(call: Call) -> dict[str, Any]:
    intent = _read(call)
    if intent["status"] not in _CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(_CANCELABLE)}.",
            intent,
        )
    return ended(call, intent, call.params.get("cancellation_reason"))


def lapse(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """The hold's seven days are over: since API version 2025-03-31 the reason is `expired`, no more `automatic`."""
    return ended(call, intent, "expired")


def ended(call: Call, intent: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """The intent canceled, and its hold released."""
    if intent["status"] == "requires_capture":
        charge = call.store.read(call.account, "charge", intent["latest_charge"])
        charging.released(call, charge, expired=reason == "expired")
    intent = {
        **intent,
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": call.now,
        "cancellation_reason": reason,
        "next_action": None,
    }
    call.store.save(intent)
    call.store.due(intent["id"], None)
    events.tell(call, "payment_intent.canceled", intent)
    return intent


def _read(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "payment_intent", call.path["id"])


def _plain(call: Call) -> dict[str, Any]:
    return {name: call.params[name] or None for name in _PLAIN if name in call.params}


def _check_fee(call: Call, fee: int | None, amount: int, currency: str) -> None:
    if not fee:
        return
    if not call.connected:
        raise Refusal(
            400,
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if not 0 <= fee <= amount:
        raise Refusal(
            400,
            "The application fee must be a positive amount no greater than the payment's amount.",
            param="application_fee_amount",
        )
    check_rounded(fee, currency, "application_fee_amount")


def _blank(call: Call, currency: str) -> dict[str, Any]:
    identifier = new_id("pi")
    allowed = call.params.get("allowed_payment_method_types")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": call.params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": call.application,
        "application_fee_amount": call.params.get("application_fee_amount") or None,
        "allowed_payment_method_types": allowed,
        "automatic_payment_methods": automatic(call.params.get("automatic_payment_methods"), allowed),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": call.params.get("capture_method", "automatic_async"),
        "client_secret": f"{identifier}_secret_{new_id('s')[2:]}",
        "confirmation_method": call.params.get("confirmation_method", "automatic"),
        "created": call.now,
        "currency": currency,
        "customer": call.params.get("customer"),
        "customer_account": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": merged({}, call.params),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "review": None,
        "source": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        **dict.fromkeys(_PLAIN),
        **_plain(call),
    }


_SHARED = frozenset(
    {"capture_method", "expand", "payment_method", "receipt_email", "payment_method_data", "setup_future_usage"}
)
_CREATED = _SHARED | {
    *_PLAIN,
    "allowed_payment_method_types",
    "amount",
    "currency",
    "application_fee_amount",
    "automatic_payment_methods",
    "confirm",
    "confirmation_method",
    "customer",
    "error_on_requires_action",
    "metadata",
    "off_session",
    "return_url",
}
_MODIFIED = frozenset(
    {*_PLAIN, "amount", "currency", "application_fee_amount", "customer", "metadata", "payment_method", "expand"}
)
_CONFIRMED = (_SHARED - {"setup_future_usage"}) | {"error_on_requires_action", "off_session", "return_url"}
_CAPTURED = frozenset({"amount_to_capture", "application_fee_amount", "metadata", "expand"})
_ONE = "/v1/payment_intents/{id}"

ROUTES = [
    Route("POST", "/v1/payment_intents", create, params.PaymentIntentCreateParams, _CREATED),
    Route("GET", "/v1/payment_intents", many, params.PaymentIntentListParams, listing.PAGING | {"customer"}),
    Route(
        "GET",
        "/v1/payment_intents/search",
        search,
        params.PaymentIntentSearchParams,
        frozenset({"query", "limit", "page", "expand"}),
    ),
    Route("GET", _ONE, retrieve, params.PaymentIntentRetrieveParams, frozenset({"expand"})),
    Route("POST", _ONE, modify, params.PaymentIntentModifyParams, _MODIFIED),
    Route("POST", f"{_ONE}/confirm", confirm, params.PaymentIntentConfirmParams, _CONFIRMED),
    Route("POST", f"{_ONE}/capture", capture, params.PaymentIntentCaptureParams, _CAPTURED),
    Route(
        "POST",
        f"{_ONE}/cancel",
        cancel,
        params.PaymentIntentCancelParams,
        frozenset({"cancellation_reason", "expand"}),
    ),
]
