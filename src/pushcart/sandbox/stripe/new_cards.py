"""A new card in an account's books: from a number, a token, or the name of a test card."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import cards
from pushcart.sandbox.stripe.errors import Malformed, Refusal, declined
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call
    from pushcart.sandbox.stripe.cards import Card

_EMPTY_ADDRESS = dict.fromkeys(["city", "country", "line1", "line2", "postal_code", "state"])
_EXPIRES = (12, 2034)


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
        "billing_details": billing(given.get("billing_details", {}), {"address": _EMPTY_ADDRESS}),
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


def billing(given: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    known = ("email", "name", "phone", "tax_id")
    address = given.get("address") or {}
    return {
        "address": {**_EMPTY_ADDRESS, **present["address"], **address},
        **{name: given.get(name, present.get(name)) or None for name in known},
    }
