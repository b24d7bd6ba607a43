"""Cards kept for later: `/v1/setup_intents`, with the 3-D Secure step that later off-session holds rest upon."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import cards, events, listing, new_cards
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.confirming import next_action
from pushcart.sandbox.stripe.errors import Refusal, declined, unexpected_state
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.redirecting import automatic, check_return_url
from pushcart.sandbox.stripe.resources import payment_methods
from pushcart.sandbox.stripe.store import new_id

_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call) -> dict[str, Any]:
    if "customer" in call.params:
        call.store.read(call.account, "customer", call.params["customer"], param="customer")
    intent = _blank(call)
    if "payment_method_data" in call.params:
        call.params["payment_method"] = new_cards.made(call, call.params.pop("payment_method_data"))["id"]
    if "payment_method" in call.params:
        method = payment_methods.named(call, call.params["payment_method"])
        call.params["payment_method"] = method["id"]
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    call.store.insert(call.account, intent)
    events.tell(call, "setup_intent.created", intent)
    return _confirmed(call, intent) if call.params.get("confirm") else intent


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "setup_intent", call.path["id"])


def modify(call: Call) -> dict[str, Any]:
    before = retrieve(call)
    after = {**before, "metadata": merged(before["metadata"], call.params)}
    if "description" in call.params:
        after["description"] = call.params["description"] or None
    if "customer" in call.params:
        after["customer"] = call.store.read(call.account, "customer", call.params["customer"], param="customer")["id"]
    if "payment_method" in call.params:
        method = payment_methods.named(call, call.params["payment_method"])
        after |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return call.store.save(after)


def confirm(call: Call) -> dict[str, Any]:
    return _confirmed(call, retrieve(call))


def cancel(call: Call) -> dict[str, Any]:
    intent = retrieve(call)
    if intent["status"] not in _OPEN:
        raise unexpected_state(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. Only a SetupIntent "
            f"with one of the following statuses may be canceled: {', '.join(_OPEN)}.",
            intent,
            kind="setup_intent",
        )
    intent |= {
        "status": "canceled",
        "cancellation_reason": call.params.get("cancellation_reason"),
        "next_action": None,
    }
    call.store.save(intent)
    events.tell(call, "setup_intent.canceled", intent)
    return intent


def many(call: Call) -> dict[str, Any]:
    where = {name: call.params.get(name) for name in ("customer", "payment_method")}
    return listing.listed(call, "setup_intent", url="/v1/setup_intents", where=where)


def authenticated(call: Call, intent: dict[str, Any], *, passed: bool) -> dict[str, Any]:
    """What follows the 3-D Secure page: the card is kept, or another one is wanted."""
    method = call.store.read(call.account, "payment_method", intent["payment_method"])
    if passed:
        return _kept(call, {**intent, "next_action": None}, method)
    error = declined(
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this SetupIntent again.",
        code="setup_intent_authentication_failure",
    ).error
    return _wants_another(call, {**intent, "next_action": None}, method, error)


def _confirmed(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    if intent["status"] not in _OPEN:
        raise unexpected_state(
            f"You cannot confirm this SetupIntent because it has already {intent['status']}.",
            intent,
            kind="setup_intent",
        )
    method = _method(call, intent)
    check_return_url(call, intent)
    if method["customer"] and method["customer"] != intent["customer"]:
        raise Refusal(
            400,
            f"The PaymentMethod {method['id']} does not belong to the Customer {intent['customer']}.",
            param="payment_method",
        )
    if method["customer"] is None:
        payment_methods.refuse_spent(call, method)
    card = payment_methods.card_of(call, method)
    intent = {**intent, "payment_method": method["id"], "last_setup_error": None}
    if card.declines and not card.attaches:
        refusal = cards.decline(card)
        intent = _wants_another(call, intent, method, refusal.error)
        refusal.error |= {"setup_intent": intent, "payment_method": method}
        raise refusal
    if card.authenticates:
        intent |= {"status": "requires_action", "next_action": next_action(call, intent)}
        call.store.save(intent)
        events.tell(call, "setup_intent.requires_action", intent)
        return intent
    return _kept(call, intent, method)


def _method(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    if "payment_method_data" in call.params:
        return new_cards.made(call, call.params["payment_method_data"])
    identifier = call.params.get("payment_method") or intent["payment_method"]
    if not identifier:
        raise unexpected_state(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a "
            "payment method and then confirm it again.",
            intent,
            kind="setup_intent",
        )
    return payment_methods.named(call, identifier)


def _kept(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    if intent["customer"] and method["customer"] is None:
        method = call.store.save({**method, "customer": intent["customer"]})
        events.tell(call, "payment_method.attached", method)
    call.store.hide(method["id"], set_up=True)
    attempt = _attempt(call, intent, method)
    intent |= {"status": "succeeded", "latest_attempt": attempt["id"]}
    call.store.save(intent)
    events.tell(call, "setup_intent.succeeded", intent)
    return intent


def _wants_another(call: Call, intent: dict[str, Any], method: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    intent = {
        **intent,
        "status": "requires_payment_method",
        "payment_method": None,
        "last_setup_error": {**error, "payment_method": method},
    }
    call.store.save(intent)
    events.tell(call, "setup_intent.setup_failed", intent)
    return intent


def _attempt(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    return call.store.insert(
        call.account,
        {
            "id": new_id("setatt"),
            "object": "setup_attempt",
            "application": call.application,
            "created": call.now,
            "customer": intent["customer"],
            "customer_account": None,
            "flow_directions": None,
            "livemode": False,
            "on_behalf_of": None,
            "payment_method": method["id"],
            "payment_method_details": {
                "card": {
                    **{name: method["card"][name] for name in shown},
                    "network": method["card"]["brand"],
                    "three_d_secure": None,
                },
                "type": "card",
            },
            "setup_error": None,
            "setup_intent": intent["id"],
            "status": "succeeded",
            "usage": intent["usage"],
        },
    )


def _blank(call: Call) -> dict[str, Any]:
    identifier = new_id("seti")
    allowed = call.params.get("allowed_payment_method_types")
    return {
        "id": identifier,
        "object": "setup_intent",
        "allowed_payment_method_types": allowed,
        "application": call.application,
        "automatic_payment_methods": automatic(call.params.get("automatic_payment_methods"), allowed),
        "cancellation_reason": None,
        "client_secret": f"{identifier}_secret_{new_id('s')[2:]}",
        "created": call.now,
        "customer": call.params.get("customer"),
        "customer_account": None,
        "description": call.params.get("description"),
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": merged({}, call.params),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": call.params.get("usage", "off_session"),
    }


_ONE = "/v1/setup_intents/{id}"
_CONFIRMED = frozenset({"payment_method", "payment_method_data", "return_url", "expand"})
_CREATED = _CONFIRMED | {
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "confirm",
    "customer",
    "description",
    "metadata",
    "usage",
}

ROUTES = [
    Route("POST", "/v1/setup_intents", create, params.SetupIntentCreateParams, _CREATED),
    Route(
        "GET",
        "/v1/setup_intents",
        many,
        params.SetupIntentListParams,
        listing.PAGING | {"customer", "payment_method"},
    ),
    Route("GET", _ONE, retrieve, params.SetupIntentRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        _ONE,
        modify,
        params.SetupIntentModifyParams,
        frozenset({"customer", "description", "metadata", "payment_method", "expand"}),
    ),
    Route("POST", f"{_ONE}/confirm", confirm, params.SetupIntentConfirmParams, _CONFIRMED),
    Route(
        "POST",
        f"{_ONE}/cancel",
        cancel,
        params.SetupIntentCancelParams,
        frozenset({"cancellation_reason", "expand"}),
    ),
]
