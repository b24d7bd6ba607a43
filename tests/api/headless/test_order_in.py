from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pushcart.api.headless.faults import faults_of
from pushcart.api.headless.order_in import OrderIn

GRILL, TOWEL = "601842495575", "036000291452"
Body = dict[str, Any]


def body_for(**values: Any) -> Body:
    body = {
        "card_token": "pm_card_visa",
        "host_domain": "www.emberoak.example",
        "path_to_purchase": "bopis",
        "store_id": 7,
        "first_name": "Ada",
        "email": "ada@shopper.example",
        "items": [{"upc": GRILL, "qty": 1, "price_per_unit": 399.00}],
        **values,
    }
    return {name: value for name, value in body.items() if value is not ...}


def item(**values: Any) -> Body:
    return {"upc": TOWEL, "qty": 2, "price_per_unit": 10, **values}


def faults(body: Any) -> dict[str, str]:
    """The faults of a malformed order by their place."""
    with pytest.raises(ValidationError) as caught:
        OrderIn.model_validate(body)
    return {fault["field"]: fault["message"] for fault in faults_of(caught.value)}


def test_it_names_every_fault_at_once():
    body = {
        "path_to_purchase": "teleport",
        "store_id": 7,
        "items": [{"upc": "123", "qty": 100}, {"upc": GRILL, "qty": 0, "price_per_unit": "much"}],
        "email": "nobody",
        "delivery_lat": 91,
        "country": "Texas",
        "phone": "call me",
    }
    assert set(faults(body)) == {
        "path_to_purchase",
        "host_domain",
        "items[0].upc",
        "items[0].qty",
        "items[0].price_per_unit",
        "items[1].qty",
        "items[1].price_per_unit",
        "email",
        "delivery_lat",
        "country",
        "phone",
        "last_name",
    }


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"items": []}, "items", "List should have at least 1 item after validation, not 0"),
        ({"items": "x"}, "items", "Input should be a valid list"),
        ({"items": ["x"]}, "items[0]", "Input should be a valid dictionary or instance of ItemIn"),
        ({"items": [item(qty=True)]}, "items[0].qty", "Input should be a number, not true or false"),
        (
            {"items": [item(qty=1.5)]},
            "items[0].qty",
            "Input should be a valid integer, got a number with a fractional part",
        ),
        (
            {"items": [item(upc="036000291453")]},
            "items[0].upc",
            "036000291453' is not a GTIN: its last digit should be 2.",
        ),
        ({"items": [item(price_per_unit=-1)]}, "items[0].price_per_unit", "Input should be greater than or equal to 0"),
        ({"items": [item(price_per_unit="NaN")]}, "items[0].price_per_unit", "Input should be a finite number"),
        ({"items": [item(price_per_unit="1e99")]}, "items[0].price_per_unit", "Input should be less than 100000000"),
        ({"items": [item(), item(qty=1)]}, "items[1].upc", f"{TOWEL} stands in items[0] already"),
        ({"items": [item(message="\x00")]}, "items[0].message", "Input should hold no control characters"),
        ({"items": [item(message="\ud800")]}, "items[0].message", "unable to parse raw data as a unicode string"),
        ({"items": [item(message="x" * 501)]}, "items[0].message", "String should have at most 500 characters"),
        ({"store_id": ...}, "items[0].store_id", "Field required"),
        ({"store_id": 2**63}, "store_id", "Input should be less than or equal to 9223372036854775807"),
        ({"store_id": "x"}, "store_id", "Input should be a valid integer"),
        ({"card_token": ...}, "card_token", "Field required: a SetupIntent (seti_…) or a payment method (pm_…)"),
        ({"card_token": "tok_visa"}, "card_token", "Input should be a SetupIntent (seti_…) or a payment method (pm_…)"),
        (
            {"card_token": "seti_1_secret_2"},
            "card_token",
            "Input should be the SetupIntent's id, not its client secret",
        ),
        ({"path_to_purchase": "ropis"}, "card_token", "A reservation holds no card: leave it out"),
        (
            {"path_to_purchase": "ropis", "card_token": "", "items": [item(tax_per_unit=1)]},
            "items[0].tax_per_unit",
            "A reservation is paid and taxed in the store",
        ),
        ({"email": ...}, "email", "Field required, or phone: the shopper has to be told"),
        ({"first_name": "", "last_name": " "}, "last_name", "Field required: the store has to know for whom it is"),
        ({"first_name": "A" * 121}, "first_name", "String should have at most 120 characters"),
        ({"currency": "dollars"}, "currency", "Input should be a currency's three letters, as in USD"),
        ({"mute_comms": "perhaps"}, "mute_comms", "Input should be a valid boolean, unable to interpret input"),
        ({"path_to_purchase": "sdd"}, "delivery_address", "Field required for a delivery"),
        (
            {"path_to_purchase": "sdd"},
            "delivery_zip",
            "Field required for a delivery, or delivery_lat and delivery_lng",
        ),
        ({"path_to_purchase": "sdd", "curbside": 1}, "curbside", "Only what is picked up can be brought to the car"),
        ({"delivery_lat": 30.1}, "delivery_lng", "delivery_lat and delivery_lng belong together"),
        ({"delivery_lng": "inf"}, "delivery_lng", "Input should be a finite number"),
        ({"delivery_from": "2026-11-24T12:00:00"}, "delivery_from", "Input should have timezone info"),
        ({"delivery_until": "2026-11-24T12:00:00Z"}, "delivery_until", "delivery_from belongs to it"),
        (
            {"delivery_from": "2026-11-24T12:00:00Z", "delivery_until": "2026-11-24T12:59:00Z"},
            "delivery_until",
            "A delivery window is from an hour to a day long",
        ),
    ],
)
def test_it_names_the_place_of_a_fault(wrong: Body, field: str, message: str):
    found = faults(body_for(**wrong))
    assert message in found[field]


def test_it_names_every_line_that_stands_there_twice():
    found = faults(body_for(items=[item(), item(upc=GRILL), item(qty=1), item(store_id=8), item(upc="0036000291452")]))
    assert found == {
        "items[2].upc": f"{TOWEL} stands in items[0] already",
        "items[4].upc": f"{TOWEL} stands in items[0] already",
    }


def test_it_repeats_no_card_token():
    found = faults(body_for(card_token="seti_x_secret_y", items="pm_card_visa"))
    assert "secret_y" not in str(found)
    assert "pm_card_visa" not in str(found)
