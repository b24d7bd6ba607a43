"""The API that Django serves, and its OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from pushcart.api import carts, imports, inventory, products, rehearsals, replays
from pushcart.api.authentication import Token
from pushcart.api.errors import Refused, broken
from pushcart.api.openapi import complete

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja.openapi.schema import OpenAPISchema


class Api(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        complete(schema)
        return schema


api = Api(
    title="PushCart: Real-time Carts API",
    version="2",
    description="Take whole carts, decide them, and follow them through pickup and refund.",
    auth=Token(),
    docs_url="/docs",
    openapi_url="/openapi.json",
    urls_namespace="api-v2",
)
api.add_router("", carts.router)
api.add_router("", imports.router)  # before `inventory`, whose {store} would match `imports` too
api.add_router("", inventory.router)
api.add_router("", products.router)
api.add_router("", rehearsals.router)
api.add_router("", replays.router)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, refused: Refused) -> HttpResponse:
    return refused.response()


@api.exception_handler(AuthenticationError)
def _unauthenticated(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return Refused(401, "unauthorized", "The Locally-API-Token header is missing.").response()


@api.exception_handler(Http404)
def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return Refused(404, "not_found", "There is no such address.").response()


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    return broken(request, error)
