"""Cards that can pay: `/v1/payment_methods`; made of test cards, kept by customers, shared with accounts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from stripe import params

from pushcart.sandbox.stripe import cards, events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed, Refusal, declined, no_such
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.cards import Card

_EMPTY_ADDRESS = dict.fromkeys(["city", "country", "line1", "line2", "postal_code", "state"])
_EXPIRES = (12, 2034)


def create(call: Call) -> dict[str, Any]:
    if "payment_method" in call.params:
        return _shared(call)
    if "type" not in call.params:
        raise Malformed("Missing required param: type.", code="parameter_missing", param="type")
    return made(call, call.params)


def made(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """A new card from `type=card`, `card[number]` or `card[token]`, and `billing_details`.

    Raises:
        Malformed: another type than a card, or no card.
        Refusal: no test card (402), no such token (400).
    """
    if given.get("type") != "card":
        raise Malformed(
            f"The payment method type '{given.get('type')}' is not played by the double: cards are.", param="type"
        )
    details = given.get("card")
    if not details:
        raise Malformed("Missing required param: card.", code="parameter_missing", param="card")
    if "token" in details:
        card, expires = _card_of_token(call, details["token"])
    else:
        card, expires = _card_of_number(call, details)
    return _kept(call, card, expires, given)


def of_test_card(call: Call, slug: str, card: Card) -> dict[str, Any]:
    """`pm_card_visa` and its like name a new card each time they are used."""
    return _kept(call, card, _EXPIRES, {"metadata": {}}, origin=slug)


def named(call: Call, identifier: str) -> dict[str, Any]:
    """The account's card of that id, or a new one for a test card's name. Raises Refusal, 404, where neither."""
    card = cards.by_slug(identifier.removeprefix("pm_card_")) if identifier.startswith("pm_card_") else None
    if card is not None:
        return of_test_card(call, identifier, card)
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
        after["billing_details"] = _billing(call.params["billing_details"], before["billing_details"])
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


def _card_of_token(call: Call, token: str) -> tuple[Card, tuple[int, int]]:
    card = cards.by_slug(token.removeprefix("tok_")) if token.startswith("tok_") else None
    if card is not None:
        return card, _EXPIRES
    found = call.store.find(call.account, "token", token)
    if found is None:
        raise Refusal(400, f"No such token: '{token}'", code="resource_missing", param="card[token]")
    if found["used"]:
        raise Refusal(
            400,
            f"You cannot use a Stripe token more than once: {token}.",
            code="token_already_used",
            param="card[token]",
        )
    call.store.save({**found, "used": True})
    slug = str(call.store.hidden(token)["card"])
    known = cards.by_slug(slug)
    if known is None:
        raise LookupError(f"The double has no test card {slug}.")
    return known, (found["card"]["exp_month"], found["card"]["exp_year"])


def _card_of_number(call: Call, details: dict[str, Any]) -> tuple[Card, tuple[int, int]]:
    for name in ("number", "exp_month", "exp_year"):
        if name not in details:
            raise Malformed(f"Missing required param: card[{name}].", code="parameter_missing", param=f"card[{name}]")
    card = cards.by_number(details["number"])
    return card, checked_expiry(call, details["exp_month"], details["exp_year"])


def checked_expiry(call: Call, month: int, year: int) -> tuple[int, int]:
    """Raises Refusal, 402, as for a card that can't be: no such month, or past."""
    year = year + 2000 if year < 100 else year  # noqa: PLR2004 - two digits of this century
    if not 1 <= month <= 12:  # noqa: PLR2004 - months
        raise declined("Your card's expiration month is invalid.", code="invalid_expiry_month", param="exp_month")
    today = call.moment
    if (year, month) < (today.year, today.month):
        raise declined("Your card's expiration year is invalid.", code="invalid_expiry_year", param="exp_year")
    return month, year


def _kept(
    call: Call, card: Card, expires: tuple[int, int], given: dict[str, Any], *, origin: str | None = None
) -> dict[str, Any]:
    method = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": given.get("allow_redisplay", "unspecified"),
        "billing_details": _billing(given.get("billing_details", {}), {"address": _EMPTY_ADDRESS}),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": expires[0],
            "exp_year": expires[1],
            # The same card is known again by this, on every account.
            "fingerprint": hashlib.sha256(card.slug.encode()).hexdigest()[:16],
            "funding": "debit" if card.slug.endswith("_debit") else "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merged({}, given),
        "type": "card",
    }
    return call.store.insert(call.account, method, hidden={"card": card.slug, "origin": origin})


def _billing(given: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    known = ("email", "name", "phone", "tax_id")
    address = given.get("address") or {}
    return {
        "address": {**_EMPTY_ADDRESS, **present["address"], **address},
        **{name: given.get(name, present.get(name)) or None for name in known},
    }


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
