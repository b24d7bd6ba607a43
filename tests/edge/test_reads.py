from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pushcart.carts.models import Document
from pushcart.companies.models import ApiKey
from pushcart.kit import clock as kit_clock
from tests import network


def of(secret: str) -> dict[str, str]:
    return {"Locally-API-Token": secret}


@pytest.fixture
def cart(transactional_db):
    return network.cart()


@pytest.fixture
def secret(cart):
    return network.key(cart.retailer)[1]


def test_it_serves_the_carts_document_to_the_letter(edge, cart, secret):
    answer = edge.get(f"/api/v2/cart/{cart.hash}", headers=of(secret))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document = Document.objects.get(cart=cart, sequence=cart.sequence)
    assert answer.text == f'{{"version":2,"status":true,"content":{document.body}}}'
    assert answer.json()["content"]["hash"] == cart.hash


def test_it_reads_a_hash_in_any_letter_case(edge, cart, secret):
    assert edge.get(f"/api/v2/cart/{cart.hash.lower()}", headers=of(secret)).status_code == 200


def test_it_takes_the_header_in_any_letter_case(edge, cart, secret):
    answer = edge.get(f"/api/v2/cart/{cart.hash}", headers={"locally-api-TOKEN": secret})
    assert answer.status_code == 200


def test_it_answers_304_to_who_has_the_cart_already(edge, cart, secret):
    first = edge.get(f"/api/v2/cart/{cart.hash}", headers=of(secret))
    assert first.headers["etag"] == f'"{cart.sequence}"'
    again = edge.get(f"/api/v2/cart/{cart.hash}", headers={**of(secret), "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = edge.get(f"/api/v2/cart/{cart.hash}", headers={**of(secret), "If-None-Match": '"999"'})
    assert other.status_code == 200


@pytest.mark.parametrize("path", ["/api/v2/carts", "/api/v2/carts/0", "/api/v2/cart/ABCDEFGH", "/api/v2/events"])
@pytest.mark.parametrize("headers", [{}, of(""), of("0" * 40), of("test_" + "0" * 40), of("%C3%A9 not a key")])
def test_it_answers_401_to_a_key_that_is_missing_or_unknown(edge, path, headers):
    answer = edge.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {
        "version": 2,
        "status": False,
        "message": "The Locally-API-Token header is missing, or names a key that is unknown or revoked.",
        "error": {"code": "unauthorized", "field": None, "details": {}},
    }


def test_it_answers_401_to_a_revoked_key_at_once(edge, cart):
    row, secret = network.key(cart.retailer)
    assert edge.get("/api/v2/carts", headers=of(secret)).status_code == 200
    ApiKey.objects.filter(pk=row.pk).update(revoked_at=kit_clock.now())
    assert edge.get("/api/v2/carts", headers=of(secret)).status_code == 401


def test_it_hides_another_companys_cart_as_if_it_did_not_exist(edge, cart):
    _, stranger = network.key(network.retailer())
    theirs = edge.get(f"/api/v2/cart/{cart.hash}", headers=of(stranger))
    nobodys = edge.get("/api/v2/cart/ABCDEFGH", headers=of(stranger))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert theirs.json()["error"]["code"] == "cart_not_found"


def test_it_shows_a_brand_the_carts_of_its_sites(edge, cart):
    _, secret = network.key(cart.brand)
    assert edge.get(f"/api/v2/cart/{cart.hash}", headers=of(secret)).status_code == 200
    assert [c["hash"] for c in edge.get("/api/v2/carts", headers=of(secret)).json()["content"]] == [cart.hash]


def test_it_keeps_test_carts_and_live_carts_apart(edge, cart, secret):
    tested = network.cart(cart.store, test=True)
    _, test_secret = network.key(cart.retailer, test=True)
    for key, mine, other in ((secret, cart, tested), (test_secret, tested, cart)):
        assert [c["hash"] for c in edge.get("/api/v2/carts", headers=of(key)).json()["content"]] == [mine.hash]
        assert edge.get(f"/api/v2/cart/{other.hash}", headers=of(key)).status_code == 404


@pytest.mark.parametrize("status", ["placing", "refused"])
def test_it_shows_no_cart_that_was_never_ordered(edge, cart, secret, status):
    hidden = network.cart(cart.store, status=status)
    assert edge.get(f"/api/v2/cart/{hidden.hash}", headers=of(secret)).status_code == 404
    assert edge.get("/api/v2/carts", headers=of(secret)).json()["properties"]["total"] == 1


def test_it_lists_50_a_page_most_recent_first(edge, secret, cart):
    start = datetime(2026, 11, 2, 15, tzinfo=UTC)
    store = cart.store
    hashes = [network.cart(store, ordered_at=start + timedelta(minutes=n)).hash for n in range(52)]
    pages = [edge.get(path, headers=of(secret)).json() for path in ("/api/v2/carts", "/api/v2/carts/1")]
    assert pages[0]["properties"] == {"page": 0, "per_page": 50, "total": 53, "total_pages": 2}
    assert pages[1]["properties"] == {"page": 1, "per_page": 50, "total": 53, "total_pages": 2}
    listed = [c["hash"] for page in pages for c in page["content"]]
    assert sorted(listed) == sorted([cart.hash, *hashes])
    at = [c["ordered_at"] for page in pages for c in page["content"]]
    assert at == sorted(at, reverse=True)
    assert edge.get("/api/v2/carts/0", headers=of(secret)).json() == pages[0]
    empty = edge.get("/api/v2/carts/2", headers=of(secret)).json()
    assert (empty["content"], empty["properties"]["total"]) == ([], 53)


def test_it_filters_by_status_store_and_time(edge, cart, secret):
    elsewhere = network.whole_store(cart.retailer)
    rejected = network.cart(elsewhere, status="rejected")

    def listed(query: str) -> list[str]:
        return [c["hash"] for c in edge.get(f"/api/v2/carts?{query}", headers=of(secret)).json()["content"]]

    assert listed("status=REJECTED") == [rejected.hash]
    assert listed(f"store_id={cart.store_id}") == [cart.hash]
    assert listed(f"store_id={elsewhere.pk}&status=ordered") == []
    assert sorted(listed("since=2020-01-01T00:00:00Z")) == sorted([cart.hash, rejected.hash])
    assert listed("since=2100-01-01T00:00:00%2B02:00") == listed("since=2100-01-01t00:00:00.1234567z") == []


def test_it_answers_304_to_an_unchanged_list(edge, cart, secret):
    etag = edge.get("/api/v2/carts", headers=of(secret)).headers["etag"]
    conditional = {**of(secret), "If-None-Match": etag}
    assert edge.get("/api/v2/carts", headers=conditional).status_code == 304
    network.cart(cart.store)
    assert edge.get("/api/v2/carts", headers=conditional).status_code == 200


@pytest.mark.parametrize(
    ("path", "code", "field"),
    [
        ("/api/v2/carts/x", "invalid_page", "page"),
        ("/api/v2/carts/-1", "invalid_page", "page"),
        ("/api/v2/carts/99999999999999999999", "invalid_page", "page"),
        ("/api/v2/carts/9223372036854775807", "invalid_page", "page"),
        (f"/api/v2/carts/{'9' * 5000}", "invalid_page", "page"),
        ("/api/v2/carts?status=placing", "invalid_filter", "status"),
        ("/api/v2/carts?store_id=abc", "invalid_store_id", "store_id"),
        ("/api/v2/carts?since=yesterday", "invalid_since", "since"),
        ("/api/v2/carts?since=2026-11-27", "invalid_since", "since"),
        ("/api/v2/carts?since=2026-W48-5", "invalid_since", "since"),
        ("/api/v2/carts?since=2026-11-27T16:00:00", "invalid_since", "since"),
        ("/api/v2/carts?since=2026-11-27T16:00:00+02:00", "invalid_since", "since"),
        ("/api/v2/carts?since=2026-11-27T16:00:00%2B02:00:30", "invalid_since", "since"),
        ("/api/v2/carts?since=0001-01-01T00:00:00%2B14:00", "invalid_since", "since"),
        ("/api/v2/carts?since=9999-12-31T23:59:59-14:00", "invalid_since", "since"),
        ("/api/v2/events?after=-1", "invalid_after", "after"),
        ("/api/v2/events?limit=0", "invalid_limit", "limit"),
        ("/api/v2/events?limit=501", "invalid_limit", "limit"),
    ],
)
def test_it_names_the_parameter_that_is_wrong(edge, secret, path, code, field):
    answer = edge.get(path, headers=of(secret))
    assert answer.status_code == 422
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)


def test_it_tells_every_event_in_order_from_a_cursor(edge, cart, secret):
    confirmed = network.cart(cart.store, status="confirmed")
    page = edge.get("/api/v2/events?limit=2", headers=of(secret)).json()
    rest = edge.get(f"/api/v2/events?after={page['next']}", headers=of(secret)).json()
    events = page["events"] + rest["events"]
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    of_cart = [(e["type"], e["sequence"], e["cart"]["status"]) for e in events if e["cart_hash"] == confirmed.hash]
    assert of_cart == [
        ("carts.ordered", 1, "ordered"),
        ("carts.confirmed", 2, "confirmed"),
        ("carts.charged", 3, "confirmed"),
    ]
    nothing = edge.get(f"/api/v2/events?after={rest['next']}", headers=of(secret)).json()
    assert (nothing["events"], nothing["next"]) == ([], rest["next"])


def test_it_passes_on_what_it_does_not_know(edge):
    assert edge.get("/order/ABC").text == "behind"
    assert edge.post("/api/v2/cart/ABC").text == "behind"


def test_it_says_where_to_begin_from_now(edge, cart, secret):
    latest = edge.get("/api/v2/events?after=latest", headers=of(secret)).json()
    known = edge.get("/api/v2/events", headers=of(secret)).json()
    assert latest == {**known, "events": []}
    new = network.cart(cart.store)
    news = edge.get(f"/api/v2/events?after={latest['next']}", headers=of(secret)).json()["events"]
    assert [event["cart_hash"] for event in news if event["type"] == "carts.ordered"] == [new.hash]
    stranger = network.key(network.retailer(), test=True)[1]
    assert edge.get("/api/v2/events?after=latest", headers=of(stranger)).json() == {**latest, "next": "0"}
