from __future__ import annotations

import csv
import gzip
import io

import pytest

from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.feed.keep import drop
from pushcart.inventory.models import Import, Stock
from tests import network

GRILL, TOWEL = network.GRILL, network.TOWEL
PEN, UNKNOWN = "4006381333931", "012345678905"
HEADER = "upc,qty,price\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return network.whole_store(number="007")


@pytest.fixture
def call(client, store):
    _, secret = network.key(store.company, name="till")

    def _call(method, path, content=b"", **headers):
        body = content.encode() if isinstance(content, str) else content
        return client.generic(method, f"/api/v2{path}", body, headers={"Locally-API-Token": secret, **headers})

    return _call


def shelf(store):
    return dict(Stock.objects.filter(store=store).values_list("upc", "on_hand"))


def test_a_small_feed_counts_at_once(call, store):
    answer = call("PUT", "/inventory/007", f"{HEADER}{GRILL},4,399\nabc,1,1\n")

    told = answer.json()["content"]
    done = Import.objects.get(state="done", source="PUT /api/v2/inventory/007")
    assert (answer.status_code, told["state"], told["rows"], told["stores"], told["changed"]) == (200, "done", 2, 1, 1)
    assert (told["by"], told["refused_count"], told["mode"]) == ("key till", 1, "snapshot")
    assert told["url"] == f"http://testserver/api/v2/inventory/imports/{done.pk}"
    assert shelf(store) == {GRILL: 4}


def test_a_large_feed_is_kept_and_read_by_the_worker(call, store, settings):
    settings.FEED_AT_ONCE_BYTES = 20

    answer = call("PUT", "/inventory", gzip.compress(f"store,{HEADER}7,{GRILL},4,399\n".encode()))

    url = answer.json()["content"]["url"]
    assert (answer.status_code, answer.headers["Location"]) == (202, url)
    assert answer.json()["content"]["state"] == "received"
    assert shelf(store) == {}
    run_import(answer.json()["content"]["id"])
    later = call("GET", url.removeprefix("http://testserver/api/v2"))
    assert later.json()["content"]["state"] == "done"
    assert shelf(store) == {GRILL: 4}


def test_a_delta_leaves_the_rest(call, store):
    call("PUT", "/inventory/007", f"{HEADER}{GRILL},4,399\n{TOWEL},1,2\n")

    answer = call("PUT", "/inventory/007?mode=delta", f"upc,qty\n{GRILL},3\n")

    assert (answer.status_code, answer.json()["content"]["mode"]) == (200, "delta")
    assert shelf(store) == {GRILL: 3, TOWEL: 1}
    assert call("PUT", "/inventory/007?mode=both", HEADER).status_code == 422


def test_the_report_names_every_line(call, store):
    content = f"{HEADER}{GRILL},4,399\n36000291452,1,2\n" + "abc,1,1\n" * 1500
    told = call("PUT", "/inventory/007", content).json()["content"]
    path = told["report_url"].removeprefix("http://testserver/api/v2")

    answer = call("GET", path)
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert (answer["Content-Type"], rows[0], len(rows)) == ("text/csv", ["line", "what", "cause"], 1502)
    assert ["3", "repaired", "36000291452 got its leading zeros back: 036000291452."] in rows
    assert rows[-2] == ["1503", "refused", "'abc' is not a GTIN: it may hold digits only."]

    drop(told["id"])
    rows = list(csv.reader(io.StringIO(call("GET", path).content.decode())))
    assert (rows[1][0], len(rows)) == ("4", 1002)


def test_another_companys_import_does_not_exist(call):
    other = Import.objects.create(company=network.retailer(), source="a test")

    for path in (f"/inventory/imports/{other.pk}", f"/inventory/imports/{other.pk}/report.csv"):
        answer = call("GET", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "import_not_found")
    assert call("GET", f"/inventory/imports/{10**30}").status_code == 404


def test_a_file_that_is_no_feed_is_refused_with_its_cause(call, store):
    answer = call("PUT", "/inventory/007", b"\x00\x01")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "feed_refused")
    failed = Import.objects.get(state="failed")
    assert answer.json()["error"]["details"]["import_id"] == failed.pk


def test_a_file_that_is_too_large_is_not_kept(call, store, settings):
    settings.FEED_MOST_BYTES = 2**20

    answer = call("PUT", "/inventory/007", b"x" * (2**20 + 1))

    assert (answer.status_code, answer.json()["message"]) == (413, "The file is larger than 1 MB: send it in parts.")
    assert not list(settings.FEEDS.glob(f"{Import.objects.get(state='failed').pk}.feed"))


def test_it_gives_googles_local_inventory(call, store):
    brand = network.brand()
    network.dealer(brand, store.company)
    network.product(brand, GRILL)
    network.block(network.product(brand, TOWEL), "bopis")
    network.product(brand, PEN)
    network.stock(store, GRILL, on_hand=3, price=39900)
    network.stock(store, TOWEL, on_hand=2, price=None)
    network.stock(store, PEN, on_hand=0)
    network.stock(store, UNKNOWN, on_hand=9, price=100)

    assert exported(call) == [
        "store_code\tid\tquantity\tprice\tavailability\tpickup_method\tpickup_sla",
        f"007\t{UNKNOWN}\t9\t1.00 USD\tin_stock\tnot supported\t",
        f"007\t{TOWEL}\t2\t\tlimited_availability\treserve\tsame day",
        f"007\t{PEN}\t0\t399.00 USD\tout_of_stock\tnot supported\t",
        f"007\t{GRILL}\t3\t399.00 USD\tin_stock\tbuy\tsame day",
    ]

    store.tax_rates.all().delete()
    assert exported(call)[-1] == f"007\t{GRILL}\t3\t399.00 USD\tin_stock\tnot supported\t"


def exported(call):
    answer = call("GET", "/inventory/export/local-inventory.tsv")
    return b"".join(answer.streaming_content).decode().splitlines()
