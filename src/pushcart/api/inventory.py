"""Feeds by the API: PUT what stands on the shelves, and get Google's feed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Query

from pushcart.api.authentication import must_be_live_retailer, must_be_retailer
from pushcart.api.body import Body
from pushcart.api.errors import Refused
from pushcart.api.imports import ImportAnswer, answer
from pushcart.api.openapi import REFUSALS, text_answer
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.jobs import read_feed
from pushcart.inventory.models import Import
from pushcart.locator.actions.export_local_inventory import export_local_inventory
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

router = Router(tags=["Inventory"])
_FILE = {"schema": {"type": "string", "format": "binary"}}
_FEED = {
    "requestBody": {
        "required": True,
        "description": "The file itself, of any size that the operator allows; it is streamed to the disk.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "upc,qty,price\n601842495575,4,399.00\n"},
            "text/tab-separated-values": {"schema": {"type": "string"}},
            "application/gzip": _FILE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _FILE,
        },
    }
}
_Mode = Literal["snapshot", "delta"]
_MODE = Query("snapshot", description="What a delta leaves out stays as it is.")


@router.put(
    "/inventory/{store}",
    response={200: ImportAnswer, 202: ImportAnswer, **REFUSALS},
    summary="A feed of one store",
    operation_id="put_store_inventory",
    openapi_extra=_FEED,
)
def put_store_inventory(request: HttpRequest, store: str, mode: _Mode = _MODE) -> HttpResponse:
    """Takes `upc,qty,price` as all that this store has: what it leaves out is out of stock.

    `store` is the retailer's own number of the store (`vendor_id`), or its `id` here. A small file is answered once it
    counts (200); a larger one once it is kept (202): its `url` says how far it is.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    must_be_live_retailer(key)
    named = _store(key, store)
    return _take_in(request, key, source=f"PUT /api/v2/inventory/{named.number}", store=named, mode=mode)


@router.put(
    "/inventory",
    response={200: ImportAnswer, 202: ImportAnswer, **REFUSALS},
    summary="A feed of several stores",
    operation_id="put_inventory",
    openapi_extra=_FEED,
)
def put_inventory(request: HttpRequest, mode: _Mode = _MODE) -> HttpResponse:
    """Takes a combined file, with a `store` column, as all that the stores it names have."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_live_retailer(key)
    return _take_in(request, key, source="PUT /api/v2/inventory", store=None, mode=mode)


@router.get(
    "/inventory/export/local-inventory.tsv",
    response={**REFUSALS},
    summary="What can be sold, as Google's local inventory feed",
    operation_id="local_inventory",
    openapi_extra=text_answer("text/tab-separated-values", "store_code, id, quantity, price, availability, pickup_…"),
)
def local_inventory(request: HttpRequest) -> HttpResponseBase:
    """All stores of this company; `id` is the UPC. The same form is understood by `PUT /inventory`."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_retailer(key)
    return StreamingHttpResponse(export_local_inventory(key.company), content_type="text/tab-separated-values")


def _store(key: ApiKey, said: str) -> Store:
    stores = Store.objects.filter(company_id=key.company_id)
    by_id = stores.filter(pk=int(said)) if said.isascii() and said.isdigit() and len(said) < 18 else stores.none()  # noqa: PLR2004 a 64-bit id
    found = stores.filter(number=said).first() or by_id.first()
    if found is None:
        raise Refused(404, "store_not_found", "There is no such store of this company.", field="store")
    return found


def _take_in(
    request: HttpRequest, key: ApiKey, *, source: str, store: Store | None, mode: Literal["snapshot", "delta"]
) -> HttpResponse:
    feed = receive_feed(
        key.company, Body(request), source=source, by=f"key {key.name}", store=store, delta=mode == "delta"
    )
    if feed.state == Import.State.RECEIVED:
        if feed.bytes > settings.FEED_AT_ONCE_BYTES:
            with transaction.atomic():
                read_feed.defer(import_id=feed.pk)
            return answer(feed, status=202)
        feed = run_import(feed.pk)
    if feed.state == Import.State.FAILED:
        details = {"import_id": feed.pk, "refused_count": feed.refused_count, "refused": feed.refused}
        too_large = feed.kept is False
        raise Refused(413 if too_large else 422, "feed_refused", feed.error, details=details)
    renew_company(key.company_id)
    return answer(feed)
