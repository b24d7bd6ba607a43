"""Confirming a payment intent: the card is asked, and the intent goes to where the answer leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import cards, charging, events, new_cards
from pushcart.sandbox.stripe.errors import Refusal, declined, unexpected_state
from pushcart.sandbox.stripe.redirecting import check_return_url
from pushcart.sandbox.stripe.resources import payment_methods

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call
    from pushcart.sandbox.stripe.cards import Card

_CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def confirmed(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """Asks the card of the call or of the intent.

    Raises:
        Refusal: 402 where the bank refuses or wants the shopper's authentication off-session, the intent then
            wants another card; 400 where it can't be confirmed, has no card, or the card is another customer's.
    """
    if intent["status"] not in _CONFIRMABLE:
        raise unexpected_state(
            f"You cannot confirm this PaymentIntent because it has already {_ENDED[intent['status']]}.", intent
        )
    method = _method(call, intent)
    check_return_url(call, intent)
    if call.params.get("off_session") and intent["setup_future_usage"]:
        raise Refusal(
            400,
            "You cannot confirm with the `off_session` parameter when `setup_future_usage` is also set on the "
            "PaymentIntent, because you cannot set up future usages when processing payments off-session.",
            param="off_session",
        )
    _check_owner(call, intent, method)
    card = payment_methods.card_of(call, method)
    intent = {**intent, "payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if _wants_authentication(call, method, card):
        return _authentication(call, intent, method, card)
    return _asked(call, intent, method, card)


def authenticated(call: Call, intent: dict[str, Any], *, passed: bool) -> dict[str, Any]:
    """What follows the 3-D Secure page: the charge, or another card is wanted."""
    method = call.store.read(call.account, "payment_method", intent["payment_method"])
    card = payment_methods.card_of(call, method)
    if passed:
        return _asked(call, {**intent, "next_action": None}, method, card)
    error = declined(
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again.",
        code="payment_intent_authentication_failure",
    ).error
    return _wants_another(call, {**intent, "next_action": None}, method, error, None)


def check_can_charge(call: Call) -> None:
    """Raises Refusal, 400, where the connected account may not take charges now."""
    if not call.connected:
        return
    account = call.store.read(call.platform, "account", call.account)
    if not account["charges_enabled"]:
        raise Refusal(
            400,
            f"Your account cannot currently make charges: {account['id']} has outstanding requirements or its "
            "card_payments capability is not active.",
        )


def _method(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    if "payment_method_data" in call.params:
        return new_cards.made(call, call.params["payment_method_data"])
    identifier = call.params.get("payment_method") or intent["payment_method"]
    if not identifier:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
            intent,
        )
    return payment_methods.named(call, identifier)


def _check_owner(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> None:
    if method["customer"] and intent["customer"] is None:
        raise Refusal(
            400,
            f"The PaymentMethod {method['id']} belongs to the Customer {method['customer']}. Please include the "
            "Customer in the `customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    if method["customer"] and method["customer"] != intent["customer"]:
        raise Refusal(
            400,
            f"The PaymentMethod {method['id']} does not belong to the Customer {intent['customer']}.",
            param="payment_method",
        )
    if method["customer"] is None:
        payment_methods.refuse_spent(call, method)


def _wants_authentication(call: Call, method: dict[str, Any], card: Card) -> bool:
    if card.authenticates == "always":
        return True
    off_session = call.params.get("off_session") not in {None, False}
    set_up = call.store.hidden(method["id"]).get("set_up", False)
    return card.authenticates == "unless_set_up" and not (off_session and set_up)


def _authentication(call: Call, intent: dict[str, Any], method: dict[str, Any], card: Card) -> dict[str, Any]:
    wants_refusal = call.params.get("error_on_requires_action") or call.params.get("off_session")
    if wants_refusal:
        refusal = declined(
            "Your card was declined. This transaction requires authentication.",
            code="authentication_required",
            decline_code="authentication_required",
        )
        charge = charging.failed(call, intent, method, card, refusal.error)
        intent = _wants_another(call, intent, method, refusal.error, charge)
        raise _with_objects(refusal, intent, method, charge)
    intent = {**intent, "status": "requires_action", "next_action": next_action(call, intent)}
    call.store.save(intent)
    events.tell(call, "payment_intent.requires_action", intent)
    return intent


def next_action(call: Call, intent: dict[str, Any]) -> dict[str, Any]:
    """Where the shopper authenticates: a page of the double's, for payment and set-up intents alike."""
    url = f"{call.base_url}/3ds/{intent['id']}"
    if "return_url" in call.params:
        call.store.hide(intent["id"], return_url=call.params["return_url"])
        return {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": call.params["return_url"]},
        }
    return {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url, "source": intent["id"]},
    }


def _asked(call: Call, intent: dict[str, Any], method: dict[str, Any], card: Card) -> dict[str, Any]:
    if card.declines:
        refusal = cards.decline(card)
        charge = charging.failed(call, intent, method, card, refusal.error)
        intent = _wants_another(call, intent, method, refusal.error, charge)
        raise _with_objects(refusal, intent, method, charge)
    if method["customer"] is None:
        _spend_or_keep(call, intent, method)
    charge = charging.held(call, intent, method, card)
    if intent["capture_method"] == "manual":
        return _held(call, intent, charge)
    return taken(call, intent, charge, intent["amount"], card, fee=intent["application_fee_amount"] or 0)


def taken(
    call: Call, intent: dict[str, Any], charge: dict[str, Any], amount: int, card: Card, *, fee: int
) -> dict[str, Any]:
    """The intent after its one capture."""
    intent = {
        **intent,
        "status": "succeeded",
        "amount_capturable": 0,
        "amount_received": amount,
        "latest_charge": charge["id"],
        "application_fee_amount": fee or None,
    }
    call.store.save(intent)
    call.store.due(intent["id"], None)
    charging.captured(call, charge, amount, card, fee=fee, told=intent["capture_method"] == "manual")
    events.tell(call, "payment_intent.succeeded", intent)
    return intent


def _held(call: Call, intent: dict[str, Any], charge: dict[str, Any]) -> dict[str, Any]:
    intent = {
        **intent,
        "status": "requires_capture",
        "amount_capturable": intent["amount"],
        "latest_charge": charge["id"],
    }
    call.store.save(intent)
    call.store.due(intent["id"], call.now + charging.HOLD_SECONDS)
    events.tell(call, "payment_intent.amount_capturable_updated", intent)
    return intent


def _spend_or_keep(call: Call, intent: dict[str, Any], method: dict[str, Any]) -> None:
    """Without a customer a card pays once; `setup_future_usage` lets the intent's customer keep it."""
    if intent["customer"] and intent["setup_future_usage"]:
        events.tell(call, "payment_method.attached", call.store.save({**method, "customer": intent["customer"]}))
        call.store.hide(method["id"], set_up=True)
    else:
        call.store.hide(method["id"], spent=True)


def _wants_another(
    call: Call,
    intent: dict[str, Any],
    method: dict[str, Any],
    error: dict[str, Any],
    charge: dict[str, Any] | None,
) -> dict[str, Any]:
    last = {**error, "payment_method": method} | ({"charge": charge["id"]} if charge else {})
    intent = {
        **intent,
        "status": "requires_payment_method",
        "payment_method": None,
        "last_payment_error": last,
        "latest_charge": charge["id"] if charge else intent["latest_charge"],
    }
    call.store.save(intent)
    events.tell(call, "payment_intent.payment_failed", intent)
    return intent


def capture_refused(call: Call, intent: dict[str, Any], charge: dict[str, Any], card: Card) -> Refusal:
    """The intent whose hold the bank went back on wants another card; returns the refusal to raise."""
    refusal = cards.decline(card)
    method = call.store.read(call.account, "payment_method", intent["payment_method"])
    charge = charging.capture_refused(call, charge, refusal.error)
    call.store.due(intent["id"], None)
    intent = _wants_another(call, {**intent, "amount_capturable": 0}, method, refusal.error, charge)
    return _with_objects(refusal, intent, method, charge)


def _with_objects(refusal: Refusal, intent: dict[str, Any], method: dict[str, Any], charge: dict[str, Any]) -> Refusal:
    refusal.error |= {"charge": charge["id"], "payment_intent": intent, "payment_method": method}
    return refusal


_ENDED = {
    "succeeded": "succeeded after being previously confirmed",
    "canceled": "been canceled",
    "requires_capture": "been confirmed and awaits its capture",
    "processing": "been confirmed and is processing",
}
