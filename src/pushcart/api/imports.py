"""What became of feeds: the list, each one, its report, and a person's word on one that was held back."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 pydantic reads the annotations
from typing import TYPE_CHECKING, Any, Literal

import orjson
from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from ninja import Router
from ninja.params.functions import Query
from pydantic import BaseModel, Field

from pushcart.api.authentication import must_be_live_retailer, must_be_retailer
from pushcart.api.errors import Refused
from pushcart.api.openapi import REFUSALS, text_answer
from pushcart.api.schemas import PageProperties  # noqa: TC001 pydantic reads the annotations
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.actions.discard_feed import discard_feed
from pushcart.inventory.actions.release_feed import release_feed
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.imports import import_of, imports_of, message_of, report_csv
from pushcart.kit import envelope

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey
    from pushcart.inventory.models import Import

router = Router(tags=["Inventory"])
_PER_PAGE = 50

_State = Literal["received", "running", "done", "held", "discarded", "failed"]
_PAGE = Query(0, ge=0, le=10**12, description="Counts from 0.")
_STATE = Query(None, description="Those of this state alone; `held` are those that wait for a person.")


class RowOut(BaseModel):
    line: int
    cause: str


class HeldOut(BaseModel):
    """A store in which a feed waits for a person's word."""

    store_id: int
    vendor_id: str
    cause: str


class ImportListed(BaseModel):
    """What became of a feed. Rows that could not be used were set aside; the rest went in."""

    id: int
    state: _State
    mode: Literal["snapshot", "delta"]
    source: str
    by: str = Field(description="Who or what brought it.")
    decided_by: str = Field(description="Who released or discarded it.")
    received_at: datetime
    finished_at: datetime | None
    bytes: int
    rows: int = Field(description="Read so far.")
    stores: int = Field(description="That it tells of; 0 until all of it is read.")
    stores_applied: int
    changed: int = Field(description="Products whose stock or price it changed.")
    refused_count: int
    repaired_count: int
    seconds: float
    message: str
    url: str
    report_url: str


class ImportOut(ImportListed):
    refused: list[RowOut] = Field(description="The first thousand, with line and cause.")
    repaired: list[RowOut]
    held: list[HeldOut] = Field(description="Where it waits: release or discard it.")


class ImportAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: ImportOut


class ImportsAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    properties: PageProperties
    content: list[ImportListed]


@router.get(
    "/inventory/imports",
    response={200: ImportsAnswer, **REFUSALS},
    summary="The feeds of this company",
    operation_id="inventory_imports",
)
def inventory_imports(request: HttpRequest, page: int = _PAGE, state: _State | None = _STATE) -> HttpResponse:
    """Whatever way they came, the newest first, 50 a page; each one's own address has its lines."""
    known = _known(request)
    if state is not None:
        known = known.filter(state=state)
    first = page * _PER_PAGE
    listed = known.defer("refused", "repaired")[first : first + _PER_PAGE]
    content = b",".join(orjson.dumps(_listed(feed), option=orjson.OPT_UTC_Z) for feed in listed)
    body = envelope.page(content, number=page, per_page=_PER_PAGE, total=known.count())
    return HttpResponse(body, content_type="application/json")


@router.get(
    "/inventory/imports/{import_id}",
    response={200: ImportAnswer, **REFUSALS},
    summary="What became of a feed",
    operation_id="inventory_import",
)
def inventory_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """A feed of this company's, whatever way it came, while it is read and afterwards."""
    return answer(_import(request, import_id))


@router.get(
    "/inventory/imports/{import_id}/report.csv",
    response={**REFUSALS},
    summary="The lines of a feed that were set aside or put right",
    operation_id="inventory_import_report",
    openapi_extra=text_answer("text/csv", "Columns line, what (refused, repaired) and cause."),
)
def inventory_import_report(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The first hundred thousand of each kind while the file is kept, a thousand afterwards."""
    feed = _import(request, import_id)
    name, told = f"import-{feed.pk}.csv", report_csv(feed)
    if isinstance(told, str):
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(told, content_type="text/csv", headers=headers)
    return FileResponse(told, as_attachment=True, filename=name, content_type="text/csv")


@router.post(
    "/inventory/imports/{import_id}/release",
    response={200: ImportAnswer, **REFUSALS},
    summary="Let a held feed count",
    operation_id="release_inventory_import",
)
def release_inventory_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """It counts in every store where it waits, as if it had gone in when it came; 409 where nothing of it waits."""
    return _decide(request, import_id, release_feed)


@router.post(
    "/inventory/imports/{import_id}/discard",
    response={200: ImportAnswer, **REFUSALS},
    summary="Throw a held feed away",
    operation_id="discard_inventory_import",
)
def discard_inventory_import(request: HttpRequest, import_id: int) -> HttpResponse:
    """The stock of the stores where it waits stays as it is; 409 where nothing of it waits."""
    return _decide(request, import_id, discard_feed)


def _decide(request: HttpRequest, import_id: int, decide: Callable[..., Import]) -> HttpResponse:
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    must_be_live_retailer(key)
    feed = _import(request, import_id)
    try:
        decided = decide(feed.pk, by=f"key {key.name}")
    except FeedError as error:
        raise Refused(409, "nothing_waits", str(error)) from None
    renew_company(key.company_id)
    return answer(decided)


def _known(request: HttpRequest) -> QuerySet[Import]:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_retailer(key)
    return imports_of(key.company_id)


def _import(request: HttpRequest, import_id: int) -> Import:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    must_be_retailer(key)
    feed = import_of(key.company_id, import_id)
    if feed is None:
        raise Refused(404, "import_not_found", "There is no such import of this company.")
    return feed


def answer(feed: Import, *, status: int = 200) -> HttpResponse:
    """The import as its own address tells it; 202 also names that address."""
    held = feed.held.order_by("store_id").values("store_id", "store__number", "cause")
    waits = [{"store_id": row["store_id"], "vendor_id": row["store__number"], "cause": row["cause"]} for row in held]
    told = {**_listed(feed), "refused": feed.refused, "repaired": feed.repaired, "held": waits}
    headers = {"Location": _url(feed)} if status == 202 else {}  # noqa: PLR2004 Accepted
    body = envelope.single(orjson.dumps(told, option=orjson.OPT_UTC_Z))
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def _url(feed: Import) -> str:
    return f"{settings.PUBLIC_URL}/api/v2/inventory/imports/{feed.pk}"


def _listed(feed: Import) -> dict[str, Any]:
    return {
        "id": feed.pk,
        "state": feed.state,
        "mode": feed.mode,
        "source": feed.source,
        "by": feed.by,
        "decided_by": feed.decided_by,
        "received_at": feed.started_at,
        "finished_at": feed.finished_at,
        "bytes": feed.bytes,
        "rows": feed.rows,
        "stores": feed.stores,
        "stores_applied": len(feed.applied),
        "changed": feed.changed,
        "refused_count": feed.refused_count,
        "repaired_count": feed.repaired_count,
        "seconds": feed.seconds,
        "message": message_of(feed),
        "url": _url(feed),
        "report_url": f"{_url(feed)}/report.csv",
    }
