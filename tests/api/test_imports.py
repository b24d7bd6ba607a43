from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pushcart.inventory.models import Held, Import, Stock
from tests import network

GRILL, TOWEL = network.GRILL, network.TOWEL
HEADER = "upc,qty,price\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return network.whole_store(number="007")


@pytest.fixture
def call(client, store):
    _, secret = network.key(store.company, name="till")

    def _call(method, path, content="", *, token=secret):
        return client.generic(method, f"/api/v2{path}", content.encode(), headers={"Locally-API-Token": token})

    return _call


@pytest.fixture
def held(call):
    call("PUT", "/inventory/007", f"{HEADER}{GRILL},4,399\n")
    return call("PUT", "/inventory/007", HEADER).json()["content"]


def shelf():
    return dict(Stock.objects.values_list("upc", "on_hand"))


def test_it_lists_the_feeds_the_newest_first(call, store, clock):
    clock.freeze(datetime(2026, 3, 2, 11, tzinfo=UTC))
    Import.objects.all().delete()
    network.fed(network.store())
    ids = [call("PUT", "/inventory/007", f"{HEADER}{GRILL},{n},399\n").json()["content"]["id"] for n in range(52)]

    first, last = call("GET", "/inventory/imports").json(), call("GET", "/inventory/imports?page=1").json()

    assert first["properties"] == {"page": 0, "per_page": 50, "total": 52, "total_pages": 2}
    assert [one["id"] for one in first["content"] + last["content"]] == ids[::-1]
    newest = first["content"][0]
    assert (newest["by"], newest["bytes"], newest["message"]) == ("key till", 34, "It is in force.")
    assert (newest["received_at"], newest["finished_at"]) == ("2026-03-02T11:00:00Z",) * 2
    assert "refused" not in newest
    assert call("GET", "/inventory/imports?state=held").json()["content"] == []
    assert call("GET", "/inventory/imports?page=-1").status_code == 422


def test_its_owner_releases_what_is_held(call, store, held):
    told = call("GET", f"/inventory/imports/{held['id']}").json()["content"]
    cause = "It would empty the store, which has 1 line in stock."
    assert (told["state"], told["held"]) == (
        "held",
        [{"store_id": store.pk, "vendor_id": "007", "cause": cause}],
    )
    assert [one["id"] for one in call("GET", "/inventory/imports?state=held").json()["content"]] == [held["id"]]

    answer = call("POST", f"/inventory/imports/{held['id']}/release")

    told = answer.json()["content"]
    assert (answer.status_code, told["state"], told["decided_by"], told["held"]) == (200, "done", "key till", [])
    assert shelf() == {GRILL: 0}
    again = call("POST", f"/inventory/imports/{held['id']}/release")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "nothing_waits")


def test_its_owner_discards_what_is_held(call, held):
    answer = call("POST", f"/inventory/imports/{held['id']}/discard")

    told = answer.json()["content"]
    assert (answer.status_code, told["state"], told["decided_by"]) == (200, "discarded", "key till")
    assert (shelf(), Held.objects.count()) == ({GRILL: 4}, 0)


@pytest.mark.parametrize("word", ["release", "discard"])
def test_nobody_else_has_the_word(call, store, held, word):
    path = f"/inventory/imports/{held['id']}/{word}"
    _, test = network.key(store.company, test=True)
    _, other = network.key(network.retailer())
    _, brand = network.key(network.brand())

    answers = {call("POST", path, token=token).status_code: token for token in (test, other, brand)}

    assert sorted(answers) == [403, 404]
    assert call("POST", path, token=test).json()["error"]["code"] == "live_key_needed"
    assert (shelf(), Import.objects.get(pk=held["id"]).state) == ({GRILL: 4}, "held")
