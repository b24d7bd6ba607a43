"""The double's objects beside the examples that Stripe publishes: no field of theirs is missing in ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.stripe import facts

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform

_PUBLISHED: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "published.json").read_text())["resources"]
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "hash"}
# Shown in the example, and not, or only where asked for, in the answers of this API version.
_ELSEWHERE = {
    # Only where expanded, since 2022-11-15.
    "charge": {"refunds"},
    # Left out of a card payment that has none.
    "payment_intent": {"managed_payments"},
    # Discounts belong to billing, which the double doesn't play.
    "customer": {"discount"},
    # Only for platforms that hold reserves for their accounts.
    "balance": {"connect_reserved"},
}


@pytest.fixture
def one_of_each(platform: Platform) -> dict[str, dict[str, Any]]:
    """One object of each resource, as its retrieve call answers."""
    v1, on = platform.sdk.v1, platform.on
    customer = v1.customers.create({"email": "a@example.org"}, on)
    setup = v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "allowed_payment_method_types": ["card"],
            "expand": ["latest_attempt"],
        },
        on,
    )
    intent = platform.paid(setup.payment_method, customer=customer.id, application_fee_amount=100)
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 1000, "refund_application_fee": True}, on)
    platform.program.post(f"/_double/charges/{intent.latest_charge.id}/dispute")
    (fee,) = v1.application_fees.list({}).data
    link = {
        "account": platform.account,
        "type": "account_onboarding",
        "return_url": "http://a",
        "refresh_url": "http://b",
    }
    card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2034"}
    found = [
        v1.accounts.retrieve(platform.account),
        v1.account_links.create(link),
        fee,
        fee.refunds.data[0],
        v1.balance.retrieve(options=on),
        v1.balance_transactions.retrieve(refund.balance_transaction, options=on),
        v1.accounts.capabilities.retrieve(platform.account, "card_payments"),
        v1.charges.retrieve(intent.latest_charge.id, options=on),
        customer,
        v1.disputes.list({}, on).data[0],
        v1.events.list({}, on).data[0],
        v1.payment_intents.retrieve(intent.id, options=on),
        v1.payment_methods.retrieve(setup.payment_method, options=on),
        v1.refunds.retrieve(refund.id, options=on),
        setup.latest_attempt,
        v1.setup_intents.retrieve(setup.id, options=on),
        v1.tokens.create({"card": card}),
        v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}),
    ]
    return {each.object: each.to_dict() for each in found}


def test_every_published_field_is_there_and_of_its_kind(one_of_each: dict[str, dict[str, Any]]) -> None:
    assert set(one_of_each) == set(_PUBLISHED)
    wrong = []
    for resource, fields in _PUBLISHED.items():
        body = one_of_each[resource]
        for field, kind in fields.items():
            facts.CHECKED["published"] += 1
            if field not in body:
                wrong += [f"{resource}.{field} is missing"] if field not in _ELSEWHERE.get(resource, ()) else []
            elif kind != "null" and body[field] is not None and _KINDS[type(body[field])] != kind:
                wrong.append(f"{resource}.{field} is no {kind}")
    assert wrong == []


def test_the_check_itself_finds_what_is_wrong(one_of_each: dict[str, dict[str, Any]]) -> None:
    refund = one_of_each["refund"]
    assert facts.broken(refund) == []
    without = {name: value for name, value in refund.items() if name != "currency"}
    assert facts.broken(without) == ["refund.currency is missing"]
    assert facts.broken({**refund, "colour": "red"}) == ["refund.colour is unknown"]
    assert facts.broken({**refund, "amount": "10"}) == ["refund.amount is a str"]
    assert facts.broken({**refund, "amount": None}) == ["refund.amount is null"]
    assert facts.broken({**refund, "charge": 7}) == ["refund.charge is a int"]
    assert facts.broken({**refund, "destination_details": [1]}) == ["refund.destination_details is a list"]
    assert facts.broken({"object": "llama"}) == ["the SDK has no object llama"]
    (found,) = facts.broken({**refund, "reason": "whim"})
    assert found.startswith("refund.reason is 'whim', none of [")
    card = {**refund["destination_details"], "type": 3}
    assert facts.broken({**refund, "destination_details": card}) == ["refund.destination_details.type is a int"]
