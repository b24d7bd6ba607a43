"""Customers: `/v1/customers`."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.resources import payment_methods
from pushcart.sandbox.stripe.store import new_id

_OPEN = ("address", "description", "email", "name", "phone", "shipping")


def create(call: Call) -> dict[str, Any]:
    customer: dict[str, Any] = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": call.now,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "email": None,
        "invoice_prefix": new_id("x")[2:10].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": merged({}, call.params),
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer |= _given(call)
    call.store.insert(call.account, customer)
    if "payment_method" in call.params:
        payment_methods.attached(call, call.params["payment_method"], str(customer["id"]))
    events.tell(call, "customer.created", customer)
    return customer


def retrieve(call: Call) -> dict[str, Any]:
    return _read(call)


def modify(call: Call) -> dict[str, Any]:
    before = _read(call)
    after = {**before, **_given(call), "metadata": merged(before["metadata"], call.params)}
    if "invoice_settings" in call.params:
        after["invoice_settings"] = {**before["invoice_settings"], **call.params["invoice_settings"]}
    call.store.save(after)
    events.tell(call, "customer.updated", after, before=before)
    return after


def delete(call: Call) -> dict[str, Any]:
    customer = _read(call)
    for method in call.store.all("payment_method", account=call.account):
        if method["customer"] == customer["id"]:
            call.store.save({**method, "customer": None})
            call.store.hide(method["id"], spent=True)
    call.store.delete(customer["id"])
    events.tell(call, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


def many(call: Call) -> dict[str, Any]:
    return listing.listed(call, "customer", url="/v1/customers", where={"email": call.params.get("email")})


def list_payment_methods(call: Call) -> dict[str, Any]:
    customer = _read(call)
    return listing.listed(
        call,
        "payment_method",
        url=f"/v1/customers/{customer['id']}/payment_methods",
        where={"customer": customer["id"], "type": call.params.get("type")},
    )


def _read(call: Call) -> dict[str, Any]:
    return call.store.read(call.account, "customer", call.path["id"])


def _given(call: Call) -> dict[str, Any]:
    """The fields that the caller may set; an empty string unsets one."""
    return {name: call.params[name] or None for name in _OPEN if name in call.params}


_PLAYED = frozenset({*_OPEN, "metadata", "expand"})

ROUTES = [
    Route("POST", "/v1/customers", create, params.CustomerCreateParams, _PLAYED | {"payment_method"}),
    Route("GET", "/v1/customers", many, params.CustomerListParams, listing.PAGING | {"email"}),
    Route("GET", "/v1/customers/{id}", retrieve, params.CustomerRetrieveParams, frozenset({"expand"})),
    Route("POST", "/v1/customers/{id}", modify, params.CustomerModifyParams, _PLAYED | {"invoice_settings"}),
    Route("DELETE", "/v1/customers/{id}", delete),
    Route(
        "GET",
        "/v1/customers/{id}/payment_methods",
        list_payment_methods,
        params.CustomerListPaymentMethodsParams,
        (listing.PAGING - {"created"}) | {"type"},
    ),
]
