"""The order as it comes over the wire, checked field by field: `POST …/cart/validate` (contract, section 5)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pushcart.api.headless.fields import (
    Amount,
    Country,
    Currency,
    Domain,
    Email,
    Flag,
    In,
    Letter,
    Locale,
    Long,
    Phone,
    Short,
    State,
    StoreId,
    Zip,
    no_flag,
    unless_empty,
)
from pushcart.carts.order import FEWEST, MOST
from pushcart.carts.placing.delivery import LENGTH
from pushcart.catalog.gtin import canonical

MOST_LINES = 50
_SAID_AS = {"sdd": "delivery", "same_day": "delivery", "same-day": "delivery", "same_day_delivery": "delivery"}
_CARD_TOKEN = re.compile(r"(seti|pm)_[A-Za-z0-9_]{1,100}")


def path(value: Any) -> Any:
    said = value.strip().lower() if isinstance(value, str) else value
    return _SAID_AS.get(said, said) if isinstance(said, str) else said


def _card_token(text: str) -> str:
    """The token itself is never repeated in a message."""
    if "_secret_" in text:
        raise PydanticCustomError("card_token", "Input should be the SetupIntent's id, not its client secret")
    if not _CARD_TOKEN.fullmatch(text):
        raise PydanticCustomError("card_token", "Input should be a SetupIntent (seti_…) or a payment method (pm_…)")
    return text


class ItemIn(In):
    upc: Annotated[str, AfterValidator(canonical)] = Field(
        description="In any usual form; the check digit has to be right."
    )
    qty: Annotated[int, BeforeValidator(no_flag), Field(ge=FEWEST, le=MOST)]
    price_per_unit: Amount = Field(description="Decimal major units, as shown to the shopper; has to be the store's.")
    tax_per_unit: Amount | None = Field(None, description="An amount in major units, instead of the store's own rate.")
    message: Letter = Field("", description="For the store.")
    store_id: StoreId = Field(description="Where it differs from the order's: each store gets a cart of its own.")


class OrderIn(In):
    """One basket of one shopper, placed at once: the carts are ordered in each store, or in none."""

    path_to_purchase: Annotated[Literal["bopis", "ropis", "delivery", "curbside"], BeforeValidator(path)]
    host_domain: Domain = Field(
        min_length=1, max_length=253, description="A site that is registered for the key's brand."
    )
    store_id: StoreId | None = Field(None, description="Of every item that names none.")
    items: list[ItemIn] = Field(min_length=1, max_length=MOST_LINES)
    card_token: Annotated[str, unless_empty(_card_token)] = Field(
        "", description="seti_… or pm_… of the platform's Stripe account; none for ropis."
    )
    currency: Currency = ""
    locale: Locale = ""
    mute_comms: Flag = Field(False, description="The site writes to its shopper itself.")
    curbside: Flag = False
    car: Long = Field("", description="What the clerk looks for in the car park.")

    first_name: Short = ""
    last_name: Short = ""
    phone: Phone = ""
    email: Email = ""
    address: Long = ""
    address_2: Long = ""
    city: Short = ""
    state: State = ""
    zip: Zip = ""
    country: Country = ""

    delivery_first_name: Short = ""
    delivery_last_name: Short = ""
    delivery_phone: Phone = ""
    delivery_address: Long = ""
    delivery_address_2: Long = ""
    delivery_city: Short = ""
    delivery_state: State = ""
    delivery_country: Country = ""
    delivery_lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    delivery_lng: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    delivery_zip: Zip = Field("", description="Needed where delivery_lat and delivery_lng are not given.")
    delivery_instructions: Letter = ""
    delivery_from: AwareDatetime | None = Field(None, description="RFC 3339; none: as soon as the store can.")
    delivery_until: AwareDatetime | None = None

    @model_validator(mode="before")
    @classmethod
    def _items_are_of_its_store(cls, values: Any) -> Any:
        items = values.get("items") if isinstance(values, dict) else None
        if not isinstance(items, list) or values.get("store_id") is None:
            return values
        named = {"store_id": values["store_id"]}
        return {**values, "items": [_with_store(item, named) for item in items]}

    @field_validator("items")
    @classmethod
    def _no_line_twice(cls, items: list[ItemIn]) -> list[ItemIn]:
        first: dict[tuple[int, str], int] = {}
        twice = [
            {
                "field": f"items[{n}].upc",
                "message": f"{item.upc} stands in items[{first[item.store_id, item.upc]}] already",
            }
            for n, item in enumerate(items)
            if first.setdefault((item.store_id, item.upc), n) != n
        ]
        if twice:
            raise PydanticCustomError("twice", "Each product may stand there once", {"faults": twice})
        return items

    @field_validator("items")
    @classmethod
    def _taxed_at_the_till(cls, items: list[ItemIn], info: ValidationInfo) -> list[ItemIn]:
        taxed = [
            {"field": f"items[{n}].tax_per_unit", "message": "A reservation is paid and taxed in the store"}
            for n, item in enumerate(items)
            if item.tax_per_unit and info.data.get("path_to_purchase") == "ropis"
        ]
        if taxed:
            raise PydanticCustomError("taxed", "A reservation is taxed in the store", {"faults": taxed})
        return items

    @field_validator("card_token")
    @classmethod
    def _card_for_what_is_paid(cls, token: str, info: ValidationInfo) -> str:
        path = info.data.get("path_to_purchase")
        if path == "ropis" and token:
            raise PydanticCustomError("card_token", "A reservation holds no card: leave it out")
        if path and path != "ropis" and not token:
            raise PydanticCustomError("missing", "Field required: a SetupIntent (seti_…) or a payment method (pm_…)")
        return token

    @field_validator("curbside")
    @classmethod
    def _picked_up_at_the_car(cls, curbside: bool, info: ValidationInfo) -> bool:
        if curbside and info.data.get("path_to_purchase") not in ("bopis", "curbside", None):
            raise PydanticCustomError("curbside", "Only what is picked up can be brought to the car")
        return curbside

    @field_validator("last_name")
    @classmethod
    def _somebody(cls, last_name: str, info: ValidationInfo) -> str:
        if not last_name and not info.data.get("first_name", "?"):
            raise PydanticCustomError("missing", "Field required: the store has to know for whom it is")
        return last_name

    @field_validator("email")
    @classmethod
    def _can_be_reached(cls, email: str, info: ValidationInfo) -> str:
        if not email and not info.data.get("phone", "?"):
            raise PydanticCustomError("missing", "Field required, or phone: the shopper has to be told")
        return email

    @field_validator("delivery_address", "delivery_city")
    @classmethod
    def _where_to(cls, text: str, info: ValidationInfo) -> str:
        if not text and info.data.get("path_to_purchase") == "delivery":
            raise PydanticCustomError("missing", "Field required for a delivery")
        return text

    @field_validator("delivery_lng")
    @classmethod
    def _both_or_none(cls, lng: float | None, info: ValidationInfo) -> float | None:
        if (lng is None) != (info.data.get("delivery_lat", lng) is None):
            raise PydanticCustomError("missing", "delivery_lat and delivery_lng belong together")
        return lng

    @field_validator("delivery_zip")
    @classmethod
    def _how_far(cls, code: str, info: ValidationInfo) -> str:
        somewhere = code or info.data.get("delivery_lat", 0) is not None
        if info.data.get("path_to_purchase") == "delivery" and not somewhere:
            raise PydanticCustomError("missing", "Field required for a delivery, or delivery_lat and delivery_lng")
        return code

    @field_validator("delivery_until")
    @classmethod
    def _long_enough(cls, until: Any, info: ValidationInfo) -> Any:
        begin = info.data.get("delivery_from")
        if until is None or "delivery_from" not in info.data:
            return until
        if begin is None:
            raise PydanticCustomError("missing", "delivery_from belongs to it")
        if not LENGTH <= until - begin <= timedelta(days=1):
            raise PydanticCustomError("window", "A delivery window is from an hour to a day long")
        return until


def _with_store(item: Any, named: dict[str, Any]) -> Any:
    if isinstance(item, dict) and item.get("store_id") is None:
        return {**item, **named}
    return item
