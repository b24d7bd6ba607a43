"""Card tokens: `/v1/tokens`, what a shop's page makes of a card before anybody else sees it."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import cards
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed
from pushcart.sandbox.stripe.new_cards import checked_expiry
from pushcart.sandbox.stripe.store import new_id

_ADDRESS = ("address_city", "address_country", "address_line1", "address_line2", "address_state", "address_zip")


def create(call: Call) -> dict[str, Any]:
    details = call.params.get("card")
    if not isinstance(details, dict):
        raise Malformed("You must supply a card to create a token of.", code="parameter_missing", param="card")
    card = cards.by_number(str(details.get("number", "")))
    for name in ("exp_month", "exp_year"):
        if not (details[name].isascii() and details[name].isdigit()):
            raise Malformed(
                f"Invalid integer: {details[name]}", code="parameter_invalid_integer", param=f"card[{name}]"
            )
    month, year = checked_expiry(call, int(details["exp_month"]), int(details["exp_year"]))
    token = {
        "id": new_id("tok"),
        "object": "token",
        "card": {
            "id": new_id("card"),
            "object": "card",
            **{name: details.get(name) for name in _ADDRESS},
            "address_line1_check": None,
            "address_zip_check": None,
            "brand": card.brand.capitalize(),
            "country": card.country,
            "cvc_check": "unchecked",
            "dynamic_last4": None,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": None,
            "funding": "credit",
            "last4": card.last4,
            "metadata": {},
            "name": details.get("name"),
            "networks": {"preferred": None},
            "regulated_status": "unregulated",
            "tokenization_method": None,
        },
        "client_ip": "127.0.0.1",
        "created": call.now,
        "livemode": False,
        "type": "card",
        "used": False,
    }
    return call.store.insert(call.account, token, hidden={"card": card.slug})


def retrieve(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "token", call.path["id"])


ROUTES = [
    Route("POST", "/v1/tokens", create, params.TokenCreateParams, frozenset({"card", "expand"}), publishable=True),
    Route("GET", "/v1/tokens/{id}", retrieve, params.TokenRetrieveParams, frozenset({"expand"}), publishable=True),
]
