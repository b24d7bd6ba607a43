from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from pushcart.carts.models import Cart, Document
from pushcart.companies.actions.forget_old_answers import forget_old_answers
from pushcart.companies.models import IdempotentAnswer
from pushcart.events.models import Event
from tests import network
from tests.api.conftest import Api

GRILL, TOWEL = network.GRILL, network.TOWEL


def line_path(cart: Cart, upc: str = GRILL) -> str:
    return f"/api/v2/cart/{cart.hash}/{upc}"


def state_of(cart: Cart) -> tuple[Any, ...]:
    """All that a refused request must leave as it was."""
    return (
        Cart.objects.filter(pk=cart.pk).values().get(),
        list(cart.lines.order_by("pk").values()),
        Document.objects.filter(cart=cart).count(),
        Event.objects.count(),
    )


def statuses(answer: Any) -> dict[str, str]:
    return {item["upc"]: item["status"] for item in answer.json()["content"]["items"]}


def test_it_decides_one_line_and_answers_with_the_cart(api, cart):
    answer = api.post(line_path(cart), {"status": "confirmed"})
    assert answer.status_code == 200
    assert statuses(answer) == {GRILL: "confirmed", TOWEL: "ordered"}
    assert answer.headers["etag"] == '"2"'
    document = Document.objects.get(cart=cart, sequence=2)
    assert answer.content.decode() == f'{{"version":2,"status":true,"content":{document.body}}}'


@pytest.mark.parametrize("status", ["CONFIRMED", "Confirmed", " confirmed "])
def test_it_takes_a_status_in_any_letter_case(api, cart, status):
    assert statuses(api.post(line_path(cart), {"status": status}))[GRILL] == "confirmed"


def test_it_reads_a_form(api, cart):
    form = urlencode({"status": "rejected", "reason": "Sold at the counter."})
    answer = api.post(line_path(cart), form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    item = answer.json()["content"]["items"][0]
    assert (item["status"], item["reason"]) == ("rejected", "Sold at the counter.")


def test_it_reads_json_that_is_labelled_as_a_form(api, cart):
    answer = api.post(line_path(cart), '{"status":"received"}', content_type="application/x-www-form-urlencoded")
    assert statuses(answer)[GRILL] == "received"


def test_it_reads_the_query(api, cart):
    query = urlencode({"status": "received", "fulfillment_url": "https://shop.example/o/7"})
    answer = api.post(f"{line_path(cart)}?{query}", "", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert answer.json()["content"]["fulfillment_url"] == "https://shop.example/o/7"


def test_it_takes_a_reason_by_its_other_name(api, cart):
    answer = api.post(line_path(cart), {"status": "rejected", "message": "Broken."})
    assert answer.json()["content"]["items"][0]["reason"] == "Broken."


def test_it_finds_a_line_by_any_writing_of_its_upc(api, cart):
    assert statuses(api.post(line_path(cart, f"00{GRILL}"), {"status": "confirmed"}))[GRILL] == "confirmed"


def test_it_decides_several_lines_at_once(api, cart):
    answer = api.post(
        f"/api/v2/cart/{cart.hash}",
        {"items": [{"upc": GRILL, "status": "confirmed"}, {"upc": TOWEL, "status": "rejected", "reason": "Gone."}]},
    )
    assert answer.status_code == 200
    assert statuses(answer) == {GRILL: "confirmed", TOWEL: "rejected"}
    assert answer.json()["content"]["respond_by"] is None


def test_it_reads_several_lines_from_brackets(api, cart):
    form = f"items[0][upc]={GRILL}&items[0][status]=confirmed&items[1][upc]={TOWEL}&items[1][status]=received"
    answer = api.post(f"/api/v2/cart/{cart.hash}", form, content_type="application/x-www-form-urlencoded")
    assert statuses(answer) == {GRILL: "confirmed", TOWEL: "received"}


def test_it_decides_all_lines_or_none(api, cart):
    before = state_of(cart)
    answer = api.post(
        f"/api/v2/cart/{cart.hash}",
        {"items": [{"upc": GRILL, "status": "confirmed"}, {"upc": TOWEL, "status": "rejected"}]},
    )
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "reason_missing"
    assert answer.json()["error"]["details"]["upc"] == TOWEL
    assert state_of(cart) == before


def test_it_changes_nothing_when_it_hears_the_same_again(api, cart):
    api.post(line_path(cart), {"status": "confirmed"})
    before = state_of(cart)
    again = api.post(line_path(cart), {"status": "confirmed"})
    assert again.status_code == 200
    assert again.headers["etag"] == '"2"'
    assert state_of(cart) == before


REFUSED = [
    # body, status, code, field
    ({}, 422, "invalid_field", "status"),
    ({"status": "shipped"}, 422, "unknown_status", "status"),
    ({"status": ""}, 422, "unknown_status", "status"),
    ({"status": 7}, 422, "invalid_field", "status"),
    ({"status": ["confirmed"]}, 422, "invalid_field", "status"),
    ({"status": "rejected"}, 422, "reason_missing", "reason"),
    ({"status": "rejected", "reason": "   "}, 422, "reason_missing", "reason"),
    ({"status": "rejected", "reason": "x" * 501}, 422, "invalid_field", "reason"),
    ({"status": "received", "fulfillment_url": "javascript:alert(1)"}, 422, "fulfillment_url_unusable", None),
    ({"status": "received", "fulfillment_url": "https://x.example/" + "a" * 500}, 422, "invalid_field", None),
    ({"status": "fulfilled"}, 409, "illegal_transition", "status"),
    ({"status": "refund", "refund_amount": "1.00"}, 409, "illegal_transition", "status"),
    ({"status": "refund", "refund_amount": "0"}, 422, "invalid_field", "refund_amount"),
    ({"status": "refund", "refund_amount": "-5"}, 422, "invalid_field", "refund_amount"),
    ({"status": "refund", "refund_amount": "1.001"}, 422, "invalid_field", "refund_amount"),
    ({"status": "refund", "refund_amount": "lots"}, 422, "invalid_field", "refund_amount"),
    ({"status": "refund", "refund_amount": 1e300}, 422, "invalid_field", "refund_amount"),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), REFUSED)
def test_it_refuses_and_leaves_the_cart_as_it_was(api, cart, body, status, code, field):
    before = state_of(cart)
    answer = api.post(line_path(cart), body)
    assert answer.status_code == status, answer.content
    error = answer.json()["error"]
    assert error["code"] == code
    if field:
        assert error["field"] == field
    assert answer.json()["message"]
    assert (answer.json()["version"], answer.json()["status"]) == (2, False)
    assert state_of(cart) == before


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed_body"),
        ("[]", "application/json", 400, "malformed_body"),
        ('{"status":"re\\u0000ceived"}', "application/json", 400, "malformed_body"),
        ("<status/>", "application/xml", 415, "unsupported_media_type"),
        (b"x=" + b"y" * 1_100_000, "application/x-www-form-urlencoded", 413, "body_too_large"),
    ],
)
def test_it_refuses_a_body_that_it_can_not_read(api, cart, body, content_type, status, code):
    before = state_of(cart)
    answer = api.post(line_path(cart), body, content_type=content_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert state_of(cart) == before


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": "x"}, {"items": [{"status": "confirmed"}]}, {"items": [7]}]
)
def test_it_names_what_is_wrong_in_a_bulk(api, cart, body):
    before = state_of(cart)
    answer = api.post(f"/api/v2/cart/{cart.hash}", body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"].startswith("items")
    assert state_of(cart) == before


def test_it_refuses_a_line_that_is_named_twice(api, cart):
    before = state_of(cart)
    items = [{"upc": GRILL, "status": "confirmed"}, {"upc": f"0{GRILL}", "status": "received"}]
    answer = api.post(f"/api/v2/cart/{cart.hash}", {"items": items})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "repeated_line")
    assert state_of(cart) == before


@pytest.mark.parametrize("upc", ["614141000036", "abc", "1%00", "../x"])
def test_it_does_not_know_another_line(api, cart, upc):
    before = state_of(cart)
    answer = api.post(line_path(cart, upc), {"status": "confirmed"})
    assert answer.status_code == 404
    assert state_of(cart) == before


@pytest.mark.parametrize("secret", ["", "0" * 40, "test_" + "0" * 40])
def test_it_wants_a_key(client, cart, secret):
    before = state_of(cart)
    answer = Api(client, secret).post(line_path(cart), {"status": "confirmed"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert state_of(cart) == before


def test_it_wants_the_header(client, cart):
    answer = client.post(line_path(cart), {"status": "confirmed"}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_it_hides_another_retailers_cart_as_if_it_did_not_exist(client, cart):
    before = state_of(cart)
    stranger = Api(client, network.key(network.retailer())[1])
    theirs = stranger.post(line_path(cart), {"status": "confirmed"})
    nobodys = stranger.post("/api/v2/cart/ABCDEFGH/601842495575", {"status": "confirmed"})
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert state_of(cart) == before


def test_it_hides_live_carts_from_a_test_key(client, cart):
    tester = Api(client, network.key(cart.retailer, test=True)[1])
    assert tester.post(line_path(cart), {"status": "confirmed"}).status_code == 404


def test_it_lets_a_brand_decide_nothing(client, cart):
    before = state_of(cart)
    answer = Api(client, network.key(cart.brand)[1]).post(line_path(cart), {"status": "confirmed"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "read_only_key")
    assert state_of(cart) == before


def test_it_names_the_present_status_and_the_open_moves(api, cart):
    api.post(line_path(cart), {"status": "rejected", "reason": "Gone."})
    answer = api.post(line_path(cart), {"status": "confirmed"})
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "illegal_transition",
        "field": "status",
        "details": {"status": "rejected", "allowed": [], "upc": GRILL},
    }


@pytest.mark.parametrize("tag", ['"1"', "1", 'W/"1"', "*"])
def test_it_decides_the_cart_that_the_caller_knows(api, cart, tag):
    assert api.post(line_path(cart), {"status": "confirmed"}, If_Match=tag).status_code == 200


def test_it_answers_412_with_the_present_cart(api, cart):
    api.post(line_path(cart), {"status": "received"})
    before = state_of(cart)
    answer = api.post(line_path(cart), {"status": "confirmed"}, If_Match='"1"')
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "stale_sequence")
    assert answer.json()["error"]["details"]["cart"]["sequence"] == 2
    present = answer.json()["error"]["details"]["cart"]
    assert [item["status"] for item in present["items"]] == ["received", "ordered"]
    assert state_of(cart) == before


def test_it_says_what_an_if_match_is(api, cart):
    answer = api.post(line_path(cart), {"status": "confirmed"}, If_Match="yesterday")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_if_match")


def test_it_gives_the_stored_answer_for_the_same_key(api, cart):
    first = api.post(line_path(cart), {"status": "confirmed"}, Idempotency_Key="k1")
    api.post(line_path(cart), {"status": "fulfilled"})
    before = state_of(cart)
    again = api.post(line_path(cart), {"status": "confirmed"}, Idempotency_Key="k1")
    assert again.status_code == 200
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert state_of(cart) == before


def test_it_gives_a_stored_refusal_again(api, cart):
    first = api.post(line_path(cart), {"status": "fulfilled"}, Idempotency_Key="k1")
    api.post(line_path(cart), {"status": "confirmed"})
    again = api.post(line_path(cart), {"status": "fulfilled"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.content == first.content


@pytest.mark.parametrize("other", ["body", "path"])
def test_it_refuses_a_key_that_another_request_used(api, cart, other):
    api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    before = state_of(cart)
    if other == "body":
        answer = api.post(line_path(cart), {"status": "confirmed"}, Idempotency_Key="k1")
    else:
        answer = api.post(line_path(cart, TOWEL), {"status": "received"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert state_of(cart) == before


def test_a_body_that_is_too_large_is_refused_with_a_key_too(api, cart):
    before = state_of(cart)
    answer = api.post(line_path(cart), {"status": "received", "message": "x" * 1_000_001}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert state_of(cart) == before
    assert not IdempotentAnswer.objects.exists()


def test_it_forgets_an_answer_after_a_day(api, cart, clock):
    clock.freeze(clock.now())
    api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    clock.move(timedelta(hours=24))
    assert forget_old_answers() == 0
    clock.move(timedelta(seconds=1))
    answer = api.post(line_path(cart), {"status": "confirmed"}, Idempotency_Key="k1")
    assert (answer.status_code, statuses(answer)[GRILL]) == (200, "confirmed")
    clock.move(timedelta(hours=24, seconds=1))
    assert forget_old_answers() == 1
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("post", "/api/v2/carts", 404, "not_found"),
        ("get", "/api/v2/nothing", 404, "not_found"),
        ("get", "/api/v2/cart/O3V36/601842495575", 405, "method_not_allowed"),
        ("delete", "/api/v2/cart/O3V36", 405, "method_not_allowed"),
    ],
)
def test_an_address_that_is_none_is_refused_in_the_envelope(client, method, path, status, code):
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]["code"]) == (status, False, code)
    assert answer.headers.get("Allow") == ("POST" if status == 405 else None)


def test_an_address_that_is_none_of_the_headless_api_is_refused_in_its_envelope(client):
    answer = client.get("/headless/api/1.0/nothing")
    assert (answer.status_code, answer.json()["success"], answer.json()["error_code"]) == (404, False, 404)


def test_it_asks_to_wait_while_the_first_request_is_at_work(api, cart):
    api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    IdempotentAnswer.objects.update(status=None, body=None)
    answer = api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "request_in_progress")
    assert answer.headers["retry-after"] == "1"


def test_it_does_the_work_of_a_request_that_died(api, cart, clock):
    api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    IdempotentAnswer.objects.update(status=None, body=None)
    clock.move(timedelta(seconds=61))
    answer = api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    assert answer.status_code == 200
    assert "idempotent-replayed" not in answer.headers


def test_it_keeps_the_keys_of_two_callers_apart(api, cart, client):
    api.post(line_path(cart), {"status": "received"}, Idempotency_Key="k1")
    other = Api(client, network.key(cart.retailer)[1])
    answer = other.post(line_path(cart), {"status": "confirmed"}, Idempotency_Key="k1")
    assert (answer.status_code, statuses(answer)[GRILL]) == (200, "confirmed")
