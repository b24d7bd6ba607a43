"""Whatever is sent, the API answers as its OpenAPI document says: never a 5xx, never what is not documented."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests import network

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


@pytest.fixture
def api(web):
    """A network with orders in several states, served over HTTP; the schema, and the keys that know it."""
    cart = network.cart(path="ropis")
    for status in ("received", "confirmed", "rejected"):
        network.cart(cart.store, path="ropis", status=status)
    keys = {"retailer": network.key(cart.retailer)[1], "brand": network.key(cart.brand)[1], "nobody": "0" * 40}
    return schemathesis.openapi.from_url(f"{web}/api/v2/openapi.json"), keys, cart


def test_it_documents_every_operation(api):
    schema, _, _ = api
    assert {(operation.ok().method, operation.ok().path) for operation in schema.get_all_operations()} == {
        ("get", "/api/v2/carts"),
        ("get", "/api/v2/carts/{page}"),
        ("get", "/api/v2/cart/{cart_hash}"),
        ("get", "/api/v2/events"),
        ("get", "/api/v2/events/digest"),
        ("get", "/api/v2/webhooks/attempts"),
        ("post", "/api/v2/events/{event_id}/replay"),
        ("post", "/api/v2/cart/{cart_hash}"),
        ("post", "/api/v2/cart/{cart_hash}/{upc}"),
        ("put", "/api/v2/inventory/{store}"),
        ("put", "/api/v2/inventory"),
        ("put", "/api/v2/products"),
        ("post", "/api/v2/test/events"),
        ("get", "/api/v2/inventory/imports"),
        ("get", "/api/v2/inventory/imports/{import_id}"),
        ("post", "/api/v2/inventory/imports/{import_id}/discard"),
        ("post", "/api/v2/inventory/imports/{import_id}/release"),
        ("get", "/api/v2/inventory/imports/{import_id}/report.csv"),
        ("get", "/api/v2/inventory/export/local-inventory.tsv"),
        ("post", "/headless/api/1.0/cart/validate"),
        ("get", "/headless/api/1.0/product/locate"),
        ("get", "/api/v2/brand/{company_id}/stores"),
        ("get", "/api/v2/brand/{company_id}/upc/{upc}/stores"),
        ("get", "/api/v2/brand/{company_id}/dealers/{page}"),
        ("get", "/stores/conversion_data"),
    }


@pytest.mark.parametrize("who", ["retailer", "brand", "nobody"])
def test_it_answers_as_documented(api, who):
    """Generated calls of every operation, half of them about a cart that the key knows."""
    schema, keys, cart = api
    headers = {"Locally-API-Token": keys[who]}
    known = {"cart_hash": cart.hash, "upc": network.GRILL, "store": cart.store.number, "company_id": cart.brand_id}
    calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @hypothesis.given(case=operation.as_strategy(), about_known=hypothesis.strategies.booleans())
        @hypothesis.settings(
            max_examples=25 if who == "retailer" else 8,
            suppress_health_check=list(HealthCheck),
            deadline=None,
            derandomize=True,
            database=None,
        )
        def call(case, about_known):
            nonlocal calls
            if about_known:
                case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
            response = case.call(headers=headers)
            case.validate_response(response, checks=CHECKS, headers=headers)
            calls += 1

        call()
    assert calls >= 9 * 8
