"""PUT /api/v2/inventory/{store} and PUT /api/v2/inventory: a snapshot of what stands on the shelves."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import orjson
from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from pushcart.api.authentication import must_be_retailer
from pushcart.api.errors import Refused
from pushcart.api.openapi import REFUSALS
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.kit import envelope
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey
    from pushcart.inventory.models import Import

router = Router(tags=["Inventory"])
MOST_BYTES = 64 * 1024 * 1024
_CSV = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": "upc,qty,price\n601842495575,4,399.00\n"},
        },
    }
}


class RowOut(BaseModel):
    line: int
    cause: str


class ImportOut(BaseModel):
    """What became of a feed. Rows that could not be used were set aside; the rest went in."""

    id: int
    state: Literal["done", "held"]
    rows: int
    changed: int = Field(description="Products whose stock or price it changed.")
    refused_count: int
    refused: list[RowOut] = Field(description="The first thousand, with line and cause.")
    repaired_count: int
    repaired: list[RowOut]
    message: str


class ImportAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: ImportOut


@router.put(
    "/inventory/{store}",
    response={200: ImportAnswer, **REFUSALS},
    summary="A snapshot of one store",
    operation_id="put_store_inventory",
    openapi_extra=_CSV,
)
def put_store_inventory(request: HttpRequest, store: str) -> HttpResponse:
    """Takes `upc,qty,price` as all that this store has: what it leaves out is out of stock.

    `store` is the retailer's own number of the store (`vendor_id`), or its `id` here.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    _must_be_live_retailer(key)
    named = _store(key, store)
    return _take_in(request, key, source=f"PUT /api/v2/inventory/{named.number}", store=named)


@router.put(
    "/inventory",
    response={200: ImportAnswer, **REFUSALS},
    summary="A snapshot of several stores",
    operation_id="put_inventory",
    openapi_extra=_CSV,
)
def put_inventory(request: HttpRequest) -> HttpResponse:
    """Takes a combined file, with a `store` column, as all that the stores it names have."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    _must_be_live_retailer(key)
    return _take_in(request, key, source="PUT /api/v2/inventory", store=None)


def _must_be_live_retailer(key: ApiKey) -> None:
    must_be_retailer(key)
    if key.test:
        raise Refused(403, "live_key_needed", "Stock is the same for test orders: send it with the live key.")


def _store(key: ApiKey, said: str) -> Store:
    stores = Store.objects.filter(company_id=key.company_id)
    by_id = stores.filter(pk=int(said)) if said.isascii() and said.isdigit() and len(said) < 18 else stores.none()  # noqa: PLR2004 a 64-bit id
    found = stores.filter(number=said).first() or by_id.first()
    if found is None:
        raise Refused(404, "store_not_found", "There is no such store of this company.", field="store")
    return found


def _take_in(request: HttpRequest, key: ApiKey, *, source: str, store: Store | None) -> HttpResponse:
    body = _body(request)
    feed = import_feed(key.company, BytesIO(body), source=source, store=store)
    if feed.state == feed.State.FAILED:
        details = {"import_id": feed.pk, "refused_count": feed.refused_count, "refused": feed.refused}
        raise Refused(422, "feed_refused", feed.error, details=details)
    renew_company(key.company_id)
    content = orjson.dumps(_told(feed))
    return HttpResponse(envelope.single(content), content_type="application/json")


def _body(request: HttpRequest) -> bytes:
    """The file itself; it may be larger than any other body."""
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Refused(413, "body_too_large", f"A feed sent here has at most {MOST_BYTES // 2**20} MB.")
    return bytes(body)


def _told(feed: Import) -> dict[str, Any]:
    held = feed.state == feed.State.HELD
    return {
        "id": feed.pk,
        "state": feed.state,
        "rows": feed.rows,
        "changed": feed.changed,
        "refused_count": feed.refused_count,
        "refused": feed.refused,
        "repaired_count": feed.repaired_count,
        "repaired": feed.repaired,
        "message": feed.error or ("It waits for a person's word." if held else "It is in force."),
    }
