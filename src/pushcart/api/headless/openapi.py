"""The headless API in the OpenAPI document: the order as it is checked, and both answers."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 pydantic reads the annotations
from typing import Any, Literal

from pydantic import BaseModel, Field

from pushcart.api.headless.order_in import OrderIn
from pushcart.api.schemas import CartOut  # noqa: TC001

_REF = "#/components/schemas/{model}"


class PlacedLine(BaseModel):
    upc: str
    store_id: int
    hold_status: str = Field(description="held, or none for a reservation.")
    success: Literal[True]


class PlacedCart(BaseModel):
    cart_hash: str
    order_url: str
    respond_by: datetime | None
    workflow: Literal["pushcart", "standard"]
    cart: CartOut


class Placed(BaseModel):
    cart_hash: str = Field(description="The first store's; `carts` has all of them.")
    order_url: str
    repeated: bool = Field(description="The same order came a moment ago: these are its carts.")
    carts: list[PlacedCart]
    lines: list[PlacedLine]


class PlacedAnswer(BaseModel):
    success: Literal[True]
    data: Placed


class RefusedLine(BaseModel):
    upc: str
    store_id: int
    hold_status: str
    success: Literal[False]
    error_code: int | None = Field(description="Null: nothing is wrong with this line, another stopped the order.")
    code: str
    msg: str
    field: str
    details: dict[str, Any]


class Fault(BaseModel):
    field: str
    message: str


class NotPlaced(BaseModel):
    lines: list[RefusedLine] | None = None
    faults: list[Fault] | None = None


class NotPlacedAnswer(BaseModel):
    """Also with status 200: the public SDK reads soft errors best so."""

    success: Literal[False]
    msg: str
    error_code: int
    data: NotPlaced | None = None


def validate_operation() -> tuple[dict[str, Any], dict[str, Any]]:
    """The path item of cart/validate, and the schemas that it names."""
    schemas: dict[str, Any] = {}
    for model in (OrderIn, PlacedAnswer, NotPlacedAnswer):
        described = model.model_json_schema(ref_template=_REF)
        schemas.update(described.pop("$defs", {}))
        schemas[model.__name__] = described
    body = {"schema": {"$ref": _REF.format(model="OrderIn")}}
    refused = {"content": {"application/json": {"schema": {"$ref": _REF.format(model="NotPlacedAnswer")}}}}
    either = {"oneOf": [{"$ref": _REF.format(model=name)} for name in ("PlacedAnswer", "NotPlacedAnswer")]}
    operation = {
        "operationId": "cart_validate",
        "summary": "Place an order",
        "description": "Checks every line, holds the card for each, hands the carts to their stores; or does nothing.",
        "tags": ["Orders"],
        "security": [{"Token": []}],
        "parameters": [
            {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}},
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": body, "application/x-www-form-urlencoded": body},
        },
        "responses": {
            200: {"description": "`success` tells", "content": {"application/json": {"schema": either}}},
            **{
                code: {"description": said, **refused}
                for code, said in (
                    (400, "The body can't be read"),
                    (401, "Unknown key"),
                    (403, "The key may not order from this site"),
                    (409, "The first request with this Idempotency-Key is still at work"),
                    (413, "Too large"),
                    (415, "Neither JSON nor a form"),
                    (422, "Malformed; every fault with its place"),
                    (500, "Our failure"),
                )
            },
            429: {
                "description": "Too many calls",
                "content": {"application/json": {"schema": {"$ref": _REF.format(model="Refusal")}}},
            },
        },
    }
    return {"post": operation}, schemas
