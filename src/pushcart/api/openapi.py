"""The OpenAPI document: what ninja knows of the writes, and beside it the edge's reads and the headless API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.api.headless.openapi import validate_operation
from pushcart.api.locator_openapi import locator_operations
from pushcart.api.schemas import AttemptsAnswer, CartAnswer, CartsAnswer, DigestAnswer, EventsAnswer, Refusal

if TYPE_CHECKING:
    from pydantic import BaseModel

_REF = "#/components/schemas/{model}"

# What any write may answer instead.
REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500), Refusal)


def _header(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}


UPDATE_HEADERS: dict[str, Any] = {
    "parameters": [
        _header("Idempotency-Key", "The same key with the same request gets the stored answer."),
        _header("If-Match", 'The sequence you know, as in "3"; 412 with the present cart when it has moved on.'),
    ]
}


def text_answer(kind: str, description: str) -> dict[str, Any]:
    """An answer that is no JSON, of this media type."""
    return {"responses": {200: {"description": description, "content": {kind: {"schema": {"type": "string"}}}}}}


def body_in_any_form(schema: type[BaseModel]) -> dict[str, Any]:
    """A request body that may come as JSON or as a form."""
    described = {"schema": schema.model_json_schema(ref_template=_REF)}
    described["schema"].pop("$defs", None)
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": described, "application/x-www-form-urlencoded": described},
        }
    }


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _path(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_WHOLE = {"type": "integer", "minimum": 0, "maximum": 10**12}
_FILTERS = [
    _query("since", {"type": "string", "format": "date-time"}, "Carts changed since."),
    _query("status", {"type": "string"}, "Carts of this status."),
    _query("store_id", _WHOLE, "Carts of this store."),
]
_IF_NONE_MATCH = _header("If-None-Match", "The ETag you have; 304 when nothing changed.")


def _read(summary: str, name: str, answer: type[BaseModel], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    refusal = {"content": {"application/json": {"schema": {"$ref": _REF.format(model="Refusal")}}}}
    content = {"application/json": {"schema": {"$ref": _REF.format(model=answer.__name__)}}}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["Events" if name.startswith(("events", "webhook")) else "Carts"],
            "parameters": [*parameters, _IF_NONE_MATCH],
            "security": [{"Token": []}],
            "responses": {
                200: {"description": "OK", "content": content},
                304: {"description": "Nothing changed since the ETag of If-None-Match."},
                **{
                    code: {"description": said, **refusal}
                    for code, said in (
                        (401, "Unauthorized"),
                        (404, "Not found"),
                        (422, "A parameter is wrong"),
                        (429, "Too many calls"),
                        (500, "Our failure"),
                    )
                },
            },
        }
    }


READS: dict[str, Any] = {
    "/api/v2/carts": _read("All carts, most recent first", "carts", CartsAnswer, _FILTERS),
    "/api/v2/carts/{page}": _read(
        "One page of 50 of all carts; pages count from 0", "carts_page", CartsAnswer, [_path("page", _WHOLE), *_FILTERS]
    ),
    "/api/v2/cart/{cart_hash}": _read(
        "One cart", "cart", CartAnswer, [_path("cart_hash", {"type": "string", "minLength": 1})]
    ),
    "/api/v2/events": _read(
        "Every event since a cursor, in order, without a gap",
        "events",
        EventsAnswer,
        [
            _query(
                "after",
                {"anyOf": [_WHOLE, {"type": "string", "enum": ["latest"]}]},
                "The `next` of the page before; 0 from the beginning; `latest`: none, and `next` to begin from now.",
            ),
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}, "Events a page."),
        ],
    ),
    "/api/v2/webhooks/attempts": _read(
        "How your pushes were tried, newest first",
        "webhook_attempts",
        AttemptsAnswer,
        [
            _query("event", {"type": "string"}, "Of this event alone, by its id."),
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}, "So many."),
        ],
    ),
    "/api/v2/events/digest": _read(
        "A day's events in one line, to show that you have them all",
        "events_digest",
        DigestAnswer,
        [_query("day", {"type": "string", "format": "date"}, "In UTC, as in 2026-11-26; the last that is over.")],
    ),
}


def complete(document: dict[str, Any]) -> None:
    """Adds the operations that ninja does not serve, and the shapes they answer with."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in (AttemptsAnswer, CartAnswer, CartsAnswer, DigestAnswer, EventsAnswer, Refusal):
        described = model.model_json_schema(ref_template=_REF)
        schemas.update(described.pop("$defs", {}))
        schemas[model.__name__] = described
    paths = document["paths"]
    for path, item in READS.items():
        paths[path] = {**item, **paths.get(path, {})}
    paths["/headless/api/1.0/cart/validate"], shapes = validate_operation()
    schemas.update(shapes)
    operations, shapes = locator_operations()
    paths.update(operations)
    schemas.update(shapes)
