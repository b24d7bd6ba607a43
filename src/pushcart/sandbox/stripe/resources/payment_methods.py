"""Cards that can pay: `/v1/payment_methods`; made of test cards, kept by customers, shared with accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stripe import params

from pushcart.sandbox.stripe import cards, events, listing, new_cards
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed, Refusal, no_such
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.cards import Card


def create(call: Call) -> dict[str, Any]:
    if "payment_method" in call.params:
        return _shared(call)
    if "type" not in call.params:
        raise Malformed("Missing required param: type.", code="parameter_missing", param="type")
    return new_cards.made(call, call.params)


def named(call: Call, identifier: str) -> dict[str, Any]:
    """The account's card of that id, or a new one for a test card's name. Raises Refusal, 404, where neither."""
    card = cards.by_slug(identifier.removeprefix("pm_card_")) if identifier.startswith("pm_card_") else None
    if card is not None:
        return new_cards.of_test_card(call, identifier, card)
    method = call.store.find(call.account, "payment_method", identifier)
    if method is None:
        refusal = no_such("PaymentMethod", identifier, param="payment_method")
        if call.store.account_of(identifier) is not None and call.connected:
            refusal.error["message"] += (
                "; It's possible this PaymentMethod exists on one of your connected accounts or on the platform, "
                "in which case you should retry this request on that account."
            )
        raise refusal
    return method


def card_of(call: Call, method: dict[str, Any]) -> Card:
    """How this card behaves."""
    card = cards.by_slug(call.store.hidden(method["id"])["card"])
    if card is None:
        raise LookupError(f"The double has no test card for {method['id']}.")
    return card


def retrieve(call: Call) -> dict[str, Any]:
    return named(call, call.path["id"])


def modify(call: Call) -> dict[str, Any]:
    before = call.store.read(call.account, "payment_method", call.path["id"])
    after = {**before, "metadata": merged(before["metadata"], call.params)}
    if "billing_details" in call.params:
        after["billing_details"] = new_cards.billing(call.params["billing_details"], before["billing_details"])
    call.store.save(after)
    events.tell(call, "payment_method.updated", after, before=before)
    return after


def attach(call: Call) -> dict[str, Any]:
    if "customer" not in call.params:
        raise Malformed("Missing required param: customer.", code="parameter_missing", param="customer")
    return attached(call, call.path["id"], call.params["customer"])


def attached(call: Call, identifier: str, customer: str) -> dict[str, Any]:
    """Lets a customer keep a card.

    Raises:
        Refusal: 402 where the card's bank refuses the check that goes with it; 400 where another customer has
            it or it was spent; 404 for no such card or customer.
    """
    call.store.read(call.account, "customer", customer, param="customer")
    before = named(call, identifier)
    if before["customer"] == customer:
        return before
    if before["customer"]:
        raise Refusal(400, "The payment method you provided has already been attached to a customer.")
    refuse_spent(call, before)
    card = card_of(call, before)
    if not card.attaches:
        raise cards.decline(card)
    after = call.store.save({**before, "customer": customer})
    events.tell(call, "payment_method.attached", after)
    return after


def detach(call: Call) -> dict[str, Any]:
    before = call.store.read(call.account, "payment_method", call.path["id"])
    if before["customer"] is None:
        raise Refusal(
            400,
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    after = call.store.save({**before, "customer": None})
    call.store.hide(after["id"], spent=True)
    events.tell(call, "payment_method.detached", after, before=before)
    return after


def many(call: Call) -> dict[str, Any]:
    where = {"customer": call.params.get("customer"), "type": call.params.get("type")}
    return listing.listed(call, "payment_method", url="/v1/payment_methods", where=where)


def refuse_spent(call: Call, method: dict[str, Any]) -> None:
    """A card that no customer keeps pays once: Stripe's rule, which a cart of several holds has to know."""
    if call.store.hidden(method["id"]).get("spent"):
        raise Refusal(
            400,
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
            "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
        )


def _shared(call: Call) -> dict[str, Any]:
    """A platform's card made anew on the connected account: `{customer, payment_method}` with `Stripe-Account`."""
    if not call.connected:
        raise Malformed(
            "You must provide a Stripe-Account header or use an OAuth key to share a PaymentMethod.",
            param="payment_method",
        )
    platform = call.at_platform()
    original = named(platform, call.params["payment_method"])
    if original["customer"] != call.params.get("customer"):
        raise Refusal(
            400,
            f"The payment method {original['id']} is attached to another customer than the one you gave."
            if original["customer"]
            else f"The payment method {original['id']} is not attached to a customer.",
            param="customer",
        )
    refuse_spent(platform, original)
    if original["customer"] is None:
        call.store.hide(original["id"], spent=True)
    copy = {**original, "id": new_id("pm"), "customer": None, "created": call.now, "metadata": {}}
    hidden = call.store.hidden(original["id"])
    return call.store.insert(
        call.account,
        {**copy, "metadata": merged({}, call.params)},
        hidden={"card": hidden["card"], "set_up": hidden.get("set_up", False), "shared_from": original["id"]},
    )


_MADE = frozenset({"type", "card", "billing_details", "metadata", "expand", "allow_redisplay"})

ROUTES = [
    Route(
        "POST",
        "/v1/payment_methods",
        create,
        params.PaymentMethodCreateParams,
        _MADE | {"customer", "payment_method"},
        publishable=True,
    ),
    Route(
        "GET",
        "/v1/payment_methods",
        many,
        params.PaymentMethodListParams,
        (listing.PAGING - {"created"}) | {"customer", "type"},
    ),
    Route("GET", "/v1/payment_methods/{id}", retrieve, params.PaymentMethodRetrieveParams, frozenset({"expand"})),
    Route(
        "POST",
        "/v1/payment_methods/{id}",
        modify,
        params.PaymentMethodModifyParams,
        frozenset({"billing_details", "metadata", "expand"}),
    ),
    Route(
        "POST",
        "/v1/payment_methods/{id}/attach",
        attach,
        params.PaymentMethodAttachParams,
        frozenset({"customer", "expand"}),
    ),
    Route(
        "POST",
        "/v1/payment_methods/{id}/detach",
        detach,
        params.PaymentMethodDetachParams,
        frozenset({"expand"}),
    ),
]
