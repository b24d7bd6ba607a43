"""POST /api/v2/test/events: a test event that really happens (decision 0056)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from pushcart.api.authentication import must_be_retailer
from pushcart.api.errors import Refused, of_cart
from pushcart.api.openapi import REFUSALS, body_in_any_form
from pushcart.api.reading import asked
from pushcart.api.schemas import CartAnswer
from pushcart.carts.actions.rehearse import EVENTS, rehearse
from pushcart.carts.errors import CartError
from pushcart.carts.queries import document_of
from pushcart.catalog.gtin import canonical
from pushcart.kit import envelope

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

router = Router(tags=["Test"])


class TestEventIn(BaseModel):
    """Which event, and with what."""

    model_config = ConfigDict(str_strip_whitespace=True)

    event: Annotated[str, Field(max_length=60), WithJsonSchema({"type": "string", "enum": list(EVENTS)})]
    store: str = Field("", max_length=40, description="Your own number of the store; any store by default.")
    upc: Annotated[str, Field(max_length=20), AfterValidator(lambda upc: canonical(upc) if upc else "")] = Field(
        "", description="Any product that a test order can buy by default."
    )


@router.post(
    "/test/events",
    response={200: CartAnswer, **REFUSALS},
    summary="Make a test event happen",
    operation_id="make_test_event",
    openapi_extra=body_in_any_form(TestEventIn),
)
def make_test_event(request: HttpRequest) -> HttpResponse:
    """Places a test order at one of your stores and has it come to the event. For test keys alone.

    The event, and those before it, reach your test endpoint and `GET /api/v2/events` like any other.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    must_be_retailer(key)
    if not key.test:
        raise Refused(403, "test_key_needed", "Test events are made with a test key: a live key's orders are real.")
    said = asked(TestEventIn, request)
    try:
        cart = rehearse(key.company, said.event, store=said.store, upc=said.upc)
    except CartError as error:
        raise of_cart(error) from None
    body = envelope.single(document_of(cart).encode())
    return HttpResponse(body, content_type="application/json", headers={"ETag": f'"{cart.sequence}"'})
