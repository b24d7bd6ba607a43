"""What the OpenAPI document says of the locator, which the edge serves."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 pydantic reads it
from typing import Any, Literal

from pydantic import BaseModel, Field

_REF = "#/components/schemas/{model}"
_Bit = Literal[0, 1]
_Stock = Literal["in_stock", "out_of_stock", "stale", "unknown"]


class BrandStore(BaseModel):
    """A store that the brand shows. What it is capable of is null as long as nobody has looked."""

    store_id: int
    name: str
    slug: str
    address: str
    city: str
    state: str
    zip: str
    country: str
    phone: str
    lat: str
    lng: str
    company_id: int
    company_name: str
    vendor_id: str = Field(description="The retailer's own number of the store.")
    brand_slug: str
    brand_bw_logo: str
    rating: float | None
    categories: list[str]
    store_url: str
    is_charge_capable: _Bit | None = Field(description="Takes orders to be picked up (BOPIS).")
    is_hold_capable: _Bit | None = Field(description="Takes reservations (ROPIS).")
    is_delivery_capable: _Bit | None
    is_dropship_capable: _Bit | None


class InStock(BaseModel):
    upc: str
    product_id: int | None
    product_url: str


class StockingStore(BrandStore):
    in_stock_upcs: list[InStock]


class BrandStoresAnswer(BaseModel):
    total: int
    offset: int
    results: list[BrandStore]


class StockingStoresAnswer(BaseModel):
    total: int
    offset: int
    results: list[StockingStore]


class DealerRow(BaseModel):
    store_id: str
    store_name: str
    authorized: Literal["true", "false"]
    count_of_brand_upcs_in_stock: str
    ropis: Literal["0", "1"]
    bopis: Literal["0", "1"]


class DealerPages(BaseModel):
    page: int
    per_page: int
    total: int
    total_pages: int


class DealersAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    properties: DealerPages
    content: list[DealerRow]


class PathLabel(BaseModel):
    label: str = Field(description='What a shopper reads: "Buy Online, Pick up in Store".')
    allowed: bool
    reason: str = Field(description="Why the label is missing; empty where it shows.")
    code: str


class ProductThere(BaseModel):
    upc: str
    product_id: int | None
    name: str
    qoh: int = Field(description="Pieces that can still be sold.")
    stock: _Stock
    price: float | None
    currency: str
    labels: dict[str, PathLabel]


class FoundStore(BaseModel):
    id: int
    name: str
    lat: str
    lng: str
    address: str
    city: str
    state: str
    zip: str
    country: str
    phone: str
    timezone: str
    company_id: int
    company_name: str
    vendor_id: str
    user_distance: float
    distance_unit: Literal["mi", "km"]
    is_open: _Bit
    opens_at: datetime | None
    closes_at: datetime | None
    stock: _Stock
    stock_updated_at: datetime | None
    stock_age_seconds: int | None
    workflow: Literal["pushcart", "standard"] | None
    answers_by: datetime | None = Field(description="By when the store answers an order placed now.")
    acquisition_options: dict[str, _Bit]
    products: list[ProductThere]


class LocatedFrom(BaseModel):
    lat: float
    lng: float
    label: str


class Located(BaseModel):
    from_: LocatedFrom = Field(alias="from")
    at: datetime
    source: Literal["index", "sql"]
    markers: list[FoundStore]


class LocateAnswer(BaseModel):
    success: Literal[True]
    data: Located


class HeadlessRefusal(BaseModel):
    """Also with status 200: the public SDK reads soft errors best so."""

    success: Literal[False]
    msg: str
    error_code: int


class ConversionData(BaseModel):
    markers: list[dict[str, Any]]


_MODELS: tuple[type[BaseModel], ...] = (
    BrandStoresAnswer,
    StockingStoresAnswer,
    DealersAnswer,
    LocateAnswer,
    HeadlessRefusal,
    ConversionData,
)
_ID = {"type": "integer", "minimum": 1, "maximum": 10**12}
_TEXT = {"type": "string"}
_PAGE = {"name": "page", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0, "maximum": 10**12}}
_BRAND = {"name": "company_id", "in": "path", "required": True, "schema": _ID}
_UPCS = {
    "name": "upc",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "One, or several joined by |.",
}
_LIMITED = (
    ("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}, "Stores."),
    ("offset", {"type": "integer", "minimum": 0, "maximum": 10**12, "default": 0}, "Stores to leave out."),
)
_LAT, _LNG = ({"type": "number", "minimum": -most, "maximum": most} for most in (90, 180))
_LOCATE = (
    ("upc", _TEXT, "One, or several with commas."),
    ("style", _TEXT, "All of the brand's products that bear it."),
    ("color", _TEXT, "Of the style, or of all of the brand's products, those in it."),
    ("lat", _LAT, "With lng: where the shopper is."),
    ("lng", _LNG, "East is positive."),
    ("zip", _TEXT, "A US postcode instead."),
    ("q", _TEXT, 'Or a place as people write it: "Austin, TX".'),
    ("unit", {"type": "string", "enum": ["mi", "km"]}, "Of radius and distances; mi."),
    ("radius", {"type": "integer", "minimum": 0, "maximum": 10**5}, "No further away; 0: however far."),
    ("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 3}, "Stores."),
    (
        "paths",
        _TEXT,
        "Only where it can be bought so: bopis, ropis, sdd, curbside; several with commas. sts: no store.",
    ),
    ("in_stock", {"type": "boolean", "default": True}, "false: also stores without it."),
    ("company_id", _ID, "The brand; the key's own by default."),
)
_CORNERS = [f"map_{name}_{way}" for name in ("sw", "ne", "center") for way in ("lat", "lng")]
_MAP: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("company_id", _ID, "The brand."),
    ("upc", _TEXT, "stock_status 3: it is in stock."),
    ("style", _TEXT, "The same of a style."),
    ("color", _TEXT, "Of the style, or of all products, those in it."),
    ("dealers_company_id", _ID, "The brand whose dealers are shown, if it is another one."),
    ("only_retailer_id", _ID, "Only this retailer's stores."),
    ("only_store_id", _ID, "Only this store, wherever it is."),
    *(
        (f"map_{name}_{way}", _LAT if way == "lat" else _LNG, "")
        for name in ("sw", "ne", "center")
        for way in ("lat", "lng")
    ),
)


def locator_operations() -> tuple[dict[str, Any], dict[str, Any]]:
    """The path items, and the schemas that they name."""
    schemas: dict[str, Any] = {}
    for model in _MODELS:
        described = model.model_json_schema(ref_template=_REF)
        schemas.update(described.pop("$defs", {}))
        schemas[model.__name__] = described
    brand = "/api/v2/brand/{company_id}"
    limited = [_query(*each) for each in _LIMITED]
    paths = {
        f"{brand}/stores": _v2("brand_stores", "The stores that a brand shows", BrandStoresAnswer, _BRAND, *limited),
        f"{brand}/upc/{{upc}}/stores": _v2(
            "brand_stores_with", "Those that have any of these products", StockingStoresAnswer, _BRAND, _UPCS, *limited
        ),
        f"{brand}/dealers/{{page}}": _v2(
            "brand_dealers", "A brand's dealers; pages from 0", DealersAnswer, _BRAND, _PAGE
        ),
        "/headless/api/1.0/product/locate": _operation(
            "product_locate",
            "The nearest stores that have a product",
            [_query(*each) for each in _LOCATE],
            {
                200: _answers("`success` tells", "LocateAnswer", "HeadlessRefusal"),
                401: _answers("Neither a key nor a page of a registered site", "HeadlessRefusal"),
                403: _answers("No brand's key", "HeadlessRefusal"),
                429: _answers("Too many calls", "Refusal"),
                500: _answers("Our failure", "Refusal"),
            },
        ),
        "/stores/conversion_data": _operation(
            "conversion_data",
            "The open widget feed: stores on a map, with hours as HMM and HHMM",
            [{**_query(*each), "required": each[0] == "company_id"} for each in _MAP],
            {
                200: _answers("The stores", "ConversionData"),
                422: _answers("A parameter is wrong", "Refusal"),
                429: _answers("Too many calls from this address", "Refusal"),
                500: _answers("Our failure", "Refusal"),
            },
        ),
    }
    return paths, schemas


def _v2(name: str, summary: str, answer: type[BaseModel], *parameters: dict[str, Any]) -> dict[str, Any]:
    etag = {"name": "If-None-Match", "in": "header", "required": False, "schema": _TEXT}
    refusals = {
        401: "Unknown key",
        404: "No such brand",
        422: "A parameter is wrong",
        429: "Too many",
        500: "Our failure",
    }
    responses = {
        200: _answers("OK", answer.__name__),
        304: {"description": "Nothing changed since the ETag of If-None-Match."},
        **{code: _answers(said, "Refusal") for code, said in refusals.items()},
    }
    return _operation(name, summary, [*parameters, etag], responses)


def _operation(
    name: str, summary: str, parameters: list[dict[str, Any]], responses: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["Locator"],
            "parameters": parameters,
            "security": [] if name == "conversion_data" else [{"Token": []}],
            "responses": responses,
        }
    }


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _answers(said: str, *models: str) -> dict[str, Any]:
    refs = [{"$ref": _REF.format(model=model)} for model in models]
    schema: dict[str, Any] = refs[0] if len(refs) == 1 else {"oneOf": refs}
    return {"description": said, "content": {"application/json": {"schema": schema}}}
