from __future__ import annotations

import gzip

import pytest

from pushcart.catalog.models import Product
from pushcart.kit.sheets.workbook import TOO_MUCH
from tests import network
from tests.workbooks import far_cell

pytestmark = pytest.mark.django_db
GRILL = network.GRILL
FEED = f"upc,name,msrp\n{GRILL},Kettle 57,399\n7,Seven,1\n"


def put(client, key, body=FEED):
    headers = {"Locally-API-Token": key}
    return client.put("/api/v2/products", body, content_type="text/csv", headers=headers)


def test_a_brand_tells_of_its_products(client):
    brand = network.brand()
    answer = put(client, network.key(brand)[1])
    assert (answer.status_code, answer.json()["content"]) == (
        200,
        {
            "rows": 2,
            "changed": 1,
            "refused_count": 1,
            "refused": [{"line": 3, "cause": "'7' is not a GTIN: it has too few digits."}],
            "repaired_count": 0,
            "repaired": [],
        },
    )
    assert list(Product.objects.values_list("upc", "brand", "name", "msrp")) == [(GRILL, brand.pk, "Kettle 57", 39900)]


@pytest.mark.parametrize(
    ("kind", "test", "code"), [("retailer", False, "brand_key_needed"), ("brand", True, "live_key_needed")]
)
def test_others_dont(client, kind, test, code):
    company = network.brand() if kind == "brand" else network.retailer()
    answer = put(client, network.key(company, test=test)[1])
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)
    assert not Product.objects.exists()


def test_a_file_that_is_no_product_feed_is_refused_and_says_why(client):
    answer = put(client, network.key(network.brand())[1], "name\nKettle\n")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "products_refused")
    assert answer.json()["message"] == "No column for upc is named in the first line: it holds 'name'."


def test_a_workbook_that_asks_for_all_memory_is_refused_and_the_process_lives(client, settings):
    settings.FEED_WORKBOOK_MEMORY = 512 * 2**20
    answer = put(client, network.key(network.brand())[1], far_cell())
    assert (answer.status_code, answer.json()["message"]) == (422, TOO_MUCH)
    assert not Product.objects.exists()
    assert not list(settings.FEEDS.glob("*.part"))


def test_a_file_that_is_too_large_is_refused(client, settings):
    settings.PRODUCTS_MOST_BYTES = 2**20
    key = network.key(network.brand())[1]
    for body in (b"x" * (2**20 + 1), gzip.compress(b"upc,name\n" + b"," * 2**21)):
        answer = put(client, key, body)
        assert answer.status_code == 422
        assert "more than 1 MB" in answer.json()["message"] or "larger than 1 MB" in answer.json()["message"]
