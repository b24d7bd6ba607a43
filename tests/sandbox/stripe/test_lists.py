from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


def test_lists_are_newest_first_and_paged(platform: Platform) -> None:
    made = [platform.hold(amount=100 + n).id for n in range(5)]
    intents = platform.sdk.v1.payment_intents
    page = intents.list({"limit": 2}, platform.on)
    assert ([each.id for each in page.data], page.has_more) == (made[:2:-1], True)
    page = intents.list({"limit": 3, "starting_after": page.data[-1].id}, platform.on)
    assert ([each.id for each in page.data], page.has_more) == (made[2::-1], False)
    back = intents.list({"limit": 2, "ending_before": made[1]}, platform.on)
    assert ([each.id for each in back.data], back.has_more) == ([made[3], made[2]], True)
    assert [each.id for each in intents.list({"limit": 2}, platform.on).auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize(("limit", "code"), [(0, "parameter_invalid_integer"), (101, "parameter_invalid_integer")])
def test_a_page_has_its_bounds(platform: Platform, limit: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.list({"limit": limit}, platform.on)
    assert (refused.value.code, refused.value.param) == (code, "limit")


def test_a_page_starts_after_something_that_is_there(platform: Platform) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.charges.list({"starting_after": "ch_none"}, platform.on)
    assert (refused.value.code, refused.value.param) == ("resource_missing", "starting_after")


def test_lists_are_narrowed_by_time_and_owner(platform: Platform) -> None:
    hold = platform.hold()
    charges = platform.sdk.v1.charges
    assert charges.list({"payment_intent": hold.id, "created": {"gte": hold.created}}, platform.on).data != []
    assert charges.list({"created": {"gt": hold.created + 60}}, platform.on).data == []
    assert charges.list({"created": hold.created - 60}, platform.on).data == []
    assert charges.list({"payment_intent": "pi_none"}, platform.on).data == []


def test_events_are_listed_by_type(platform: Platform) -> None:
    platform.paid()
    events = platform.sdk.v1.events
    assert [each.type for each in events.list({"type": "payment_intent.succeeded"}, platform.on).data] == [
        "payment_intent.succeeded"
    ]
    assert len(events.list({"type": "charge.*"}, platform.on).data) == 2
    both = events.list({"types": ["charge.captured", "account.updated"]}, platform.on).data
    assert [each.type for each in both] == ["charge.captured", "account.updated"]
    assert events.list({"type": "none.*"}, platform.on).data == []


def test_intents_are_searched(platform: Platform) -> None:
    made = [platform.hold(metadata={"line": str(n % 2)}).id for n in range(5)]
    platform.sdk.v1.payment_intents.cancel(made[0], options=platform.on)

    def search(query: str, **more: object) -> stripe.SearchResultObject[stripe.PaymentIntent]:
        return platform.sdk.v1.payment_intents.search({"query": query, **more}, platform.on)

    assert [each.id for each in search("metadata['line']:'1'").data] == [made[3], made[1]]
    assert [each.id for each in search("metadata['line']:'0' AND status:'requires_capture'").data] == [made[4], made[2]]
    page = search("amount:11010", limit=4)
    assert (len(page.data), page.has_more) == (4, True)
    rest = search("amount:11010", limit=4, page=page.next_page)
    assert ([each.id for each in rest.data], rest.has_more) == ([made[0]], False)
    for query in ("colour:'red'", "status", "metadata:'x'"):
        with pytest.raises(stripe.InvalidRequestError):
            search(query)


def test_ids_become_objects_where_asked_for(platform: Platform) -> None:
    customer = platform.sdk.v1.customers.create({"email": "a@example.org"}, platform.on)
    intent = platform.paid(customer=customer.id, application_fee_amount=100)
    found = platform.sdk.v1.payment_intents.retrieve(
        intent.id,
        {
            "expand": [
                "customer",
                "payment_method",
                "latest_charge.balance_transaction",
                "latest_charge.application_fee",
            ]
        },
        platform.on,
    )
    assert (found.customer.email, found.payment_method.type) == ("a@example.org", "card")
    assert found.latest_charge.balance_transaction.amount == found.latest_charge.amount_captured == 11010
    assert found.latest_charge.application_fee.account == platform.account
    listed = platform.sdk.v1.payment_intents.list({"expand": ["data.latest_charge"]}, platform.on)
    assert listed.data[0].latest_charge.id == found.latest_charge.id
    hold = platform.sdk.v1.payment_intents.create({"amount": 100, "currency": "usd", "expand": ["latest_charge"]})
    assert hold.latest_charge is None


@pytest.mark.parametrize("path", ["amount", "nothing", "status", "latest_charge.outcome.type", "a.b.c.d.e"])
def test_what_is_no_object_can_not_be_expanded(platform: Platform, path: str) -> None:
    hold = platform.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        platform.sdk.v1.payment_intents.retrieve(hold.id, {"expand": [path]}, platform.on)
    assert refused.value.param == "expand"
