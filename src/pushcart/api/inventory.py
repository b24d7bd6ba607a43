"""Feeds by the API: PUT what stands on the shelves, ask what became of it, get its report, and Google's feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

import orjson
from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, Field

from pushcart.api.authentication import must_be_retailer
from pushcart.api.errors import Refused
from pushcart.api.openapi import REFUSALS
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.actions.export_local_inventory import export_local_inventory
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.feed.keep import report_of
from pushcart.inventory.feed.report import as_csv
from pushcart.inventory.jobs import read_feed
from pushcart.inventory.models import Import
from pushcart.kit import envelope
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

router = Router(tags=["Inventory"])
_LARGEST_ID = 2**63 - 1
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


def _text(kind: str, description: str) -> dict[str, Any]:
    return {"responses": {200: {"description": description, "content": {kind: {"schema": {"type": "string"}}}}}}


class RowOut(BaseModel):
    line: int
    cause: str


class ImportOut(BaseModel):
    """What became of a feed. Rows that could not be used were set aside; the rest went in."""

    id: int
    state: Literal["received", "running", "done", "held", "failed"]
    mode: Literal["snapshot", "delta"]
    source: str
    by: str
    rows: int = Field(description="Read so far.")
    stores: int = Field(description="That it tells of; 0 until all of it is read.")
    stores_applied: int
    changed: int = Field(description="Products whose stock or price it changed.")
    refused_count: int
    refused: list[RowOut] = Field(description="The first thousand, with line and cause.")
    repaired_count: int
    repaired: list[RowOut]
    seconds: float
    message: str
    url: str
    report_url: str


class ImportAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: ImportOut


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
    _must_be_live_retailer(key)
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
    _must_be_live_retailer(key)
    return _take_in(request, key, source="PUT /api/v2/inventory", store=None, mode=mode)


@router.get(
    "/inventory/imports/{import_id}",
    response={200: ImportAnswer, **REFUSALS},
    summary="What became of a feed",
    operation_id="inventory_import",
)
def inventory_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """A feed of this company's, whatever way it came, while it is read and afterwards."""
    return _answer(_import(request, import_id))


@router.get(
    "/inventory/imports/{import_id}/report.csv",
    response={**REFUSALS},
    summary="The lines of a feed that were set aside or put right",
    operation_id="inventory_import_report",
    openapi_extra=_text("text/csv", "Columns line, what (refused, repaired) and cause."),
)
def inventory_import_report(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The first hundred thousand of each kind while the file is kept, a thousand afterwards."""
    feed = _import(request, import_id)
    name = f"import-{feed.pk}.csv"
    if report_of(feed.pk).exists():
        file = report_of(feed.pk).open("rb")
        return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(as_csv(feed), content_type="text/csv", headers=headers)


@router.get(
    "/inventory/export/local-inventory.tsv",
    response={**REFUSALS},
    summary="What can be sold, as Google's local inventory feed",
    operation_id="local_inventory",
    openapi_extra=_text("text/tab-separated-values", "store_code, id, quantity, price, availability, pickup_…"),
)
def local_inventory(request: HttpRequest) -> HttpResponseBase:
    """All stores of this company; `id` is the UPC. The same form is understood by `PUT /inventory`."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_retailer(key)
    return StreamingHttpResponse(export_local_inventory(key.company), content_type="text/tab-separated-values")


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


def _take_in(
    request: HttpRequest, key: ApiKey, *, source: str, store: Store | None, mode: Literal["snapshot", "delta"]
) -> HttpResponse:
    feed = receive_feed(
        key.company, _Body(request), source=source, by=f"key {key.name}", store=store, delta=mode == "delta"
    )
    if feed.state == Import.State.RECEIVED:
        if feed.bytes > settings.FEED_AT_ONCE_BYTES:
            with transaction.atomic():
                read_feed.defer(import_id=feed.pk)
            return _answer(feed, status=202)
        feed = run_import(feed.pk)
    if feed.state == Import.State.FAILED:
        details = {"import_id": feed.pk, "refused_count": feed.refused_count, "refused": feed.refused}
        too_large = feed.kept is False
        raise Refused(413 if too_large else 422, "feed_refused", feed.error, details=details)
    renew_company(key.company_id)
    return _answer(feed)


class _Body:
    """The request's body as a stream. Half of one is an error, whatever the server makes of it.

    Django reads as far as Content-Length says, and nothing where it is missing; a body in chunks has none.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._length = request.META.get("CONTENT_LENGTH") or ""
        self._source = cast("BinaryIO", request if self._length else request.META["wsgi.input"])
        self._read = 0

    def read(self, most: int) -> bytes:
        piece = self._source.read(most)
        self._read += len(piece)
        if not piece and self._length and self._read < int(self._length):
            raise ConnectionResetError("The caller went away in the middle of the body.")
        return piece


def _import(request: HttpRequest, import_id: int) -> Import:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_retailer(key)
    known = Import.objects.filter(company_id=key.company_id)
    feed = known.filter(pk=import_id).first() if 0 <= import_id <= _LARGEST_ID else None
    if feed is None:
        raise Refused(404, "import_not_found", "There is no such import of this company.")
    return feed


def _answer(feed: Import, *, status: int = 200) -> HttpResponse:
    content = orjson.dumps(_told(feed))
    headers = {"Location": _url(feed)} if status == 202 else {}  # noqa: PLR2004 Accepted
    return HttpResponse(envelope.single(content), status=status, content_type="application/json", headers=headers)


def _url(feed: Import) -> str:
    return f"{settings.PUBLIC_URL}/api/v2/inventory/imports/{feed.pk}"


_MESSAGES = {
    Import.State.RECEIVED: "It is kept, and will be read.",
    Import.State.RUNNING: "It is being read.",
    Import.State.HELD: "It waits for a person's word.",
    Import.State.DONE: "It is in force.",
}


def _told(feed: Import) -> dict[str, Any]:
    return {
        "id": feed.pk,
        "state": feed.state,
        "mode": feed.mode,
        "source": feed.source,
        "by": feed.by,
        "rows": feed.rows,
        "stores": feed.stores,
        "stores_applied": len(feed.applied),
        "changed": feed.changed,
        "refused_count": feed.refused_count,
        "refused": feed.refused,
        "repaired_count": feed.repaired_count,
        "repaired": feed.repaired,
        "seconds": feed.seconds,
        "message": feed.error or _MESSAGES[Import.State(feed.state)],
        "url": _url(feed),
        "report_url": f"{_url(feed)}/report.csv",
    }
