"""PUT /api/v2/products: a brand's own product feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import orjson
from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from pushcart.api.body import Body
from pushcart.api.errors import Refused
from pushcart.api.openapi import REFUSALS
from pushcart.catalog.actions.import_products import ProductsRead, import_products
from pushcart.kit import envelope
from pushcart.kit.sheets.errors import SheetError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

router = Router(tags=["Products"])
_MOST_TOLD = 1000
_FILE = {"schema": {"type": "string", "format": "binary"}}
_CSV = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "upc,name,style,color,size,msrp\n601842495575,Kettle 57,K57,Black,57 cm,399.00\n",
            },
            "application/gzip": _FILE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _FILE,
        },
    }
}


class ProductRowOut(BaseModel):
    line: int
    cause: str


class ProductsOut(BaseModel):
    """What became of a product feed. Rows that could not be used were set aside; the rest went in."""

    rows: int
    changed: int = Field(description="Products that are new or other than before.")
    refused_count: int
    refused: list[ProductRowOut] = Field(description="The first thousand, with line and cause.")
    repaired_count: int
    repaired: list[ProductRowOut]


class ProductsAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: ProductsOut


@router.put(
    "/products",
    response={200: ProductsAnswer, **REFUSALS},
    summary="A brand's products",
    operation_id="put_products",
    openapi_extra=_CSV,
)
def put_products(request: HttpRequest) -> HttpResponse:
    """Takes a brand's products, as CSV, .xlsx, or either as .gz: new ones come in, known ones change.

    Those that the file leaves out stay as they are.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    _must_be_live_brand(key)
    try:
        read = import_products(key.company, Body(request))
    except SheetError as error:
        raise Refused(422, "products_refused", str(error)) from None
    return HttpResponse(envelope.single(orjson.dumps(_told(read))), content_type="application/json")


def _must_be_live_brand(key: ApiKey) -> None:
    if key.company.kind != "brand":
        raise Refused(403, "brand_key_needed", "Products are told by their brand, with its own key.")
    if key.test:
        raise Refused(403, "live_key_needed", "Products are the same for test orders: send them with the live key.")


def _told(read: ProductsRead) -> dict[str, object]:
    return {
        "rows": read.rows,
        "changed": read.changed,
        "refused_count": len(read.refused),
        "refused": _first(read.refused),
        "repaired_count": len(read.repaired),
        "repaired": _first(read.repaired),
    }


def _first(remarks: list[tuple[int, str]]) -> list[dict[str, object]]:
    return [{"line": line, "cause": cause} for line, cause in remarks[:_MOST_TOLD]]
