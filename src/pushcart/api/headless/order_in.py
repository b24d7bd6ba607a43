"""The order as it comes over the wire, checked field by field: `POST …/cart/validate` (contract, section 5)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError as BadEmail
from django.core.validators import validate_email
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pushcart.carts.order import FEWEST, MOST
from pushcart.carts.placing.delivery import LENGTH
from pushcart.catalog.gtin import canonical

MOST_LINES = 50
_LARGEST_ID = 2**63 - 1
_SAID_AS = {"sdd": "delivery", "same_day": "delivery", "same-day": "delivery", "same_day_delivery": "delivery"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CARD_TOKEN = re.compile(r"(seti|pm)_[A-Za-z0-9_]{1,100}")
_PHONE = re.compile(r"[-+0-9 ().,;/x#]*")
_FEWEST_PHONE_DIGITS = 7


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "Input should be a number, not true or false")
    return value


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control", "Input should hold no control characters")
    return text


def _path(value: Any) -> Any:
    said = value.strip().lower() if isinstance(value, str) else value
    return _SAID_AS.get(said, said) if isinstance(said, str) else said


def _flag(value: Any) -> Any:
    """An empty field of a form is a box that wasn't ticked."""
    return False if value == "" else value


def _domain(text: str) -> str:
    """As a browser says it, `location.host`: in any letter case, with or without its port."""
    return text.lower().partition(":")[0].rstrip(".")


def _email(text: str) -> str:
    try:
        validate_email(text)
    except BadEmail:
        raise PydanticCustomError("email", "Input should be an e-mail address") from None
    return text


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text) or sum(sign.isdigit() for sign in text) < _FEWEST_PHONE_DIGITS:
        raise PydanticCustomError("phone", "Input should be a telephone number")
    return text


def _country(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        raise PydanticCustomError("country", "Input should be a country's two letters, as in US")
    return text.upper()


def _currency(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise PydanticCustomError("currency", "Input should be a currency's three letters, as in USD")
    return text.lower()


def _card_token(text: str) -> str:
    """The token itself is never repeated in a message."""
    if "_secret_" in text:
        raise PydanticCustomError("card_token", "Input should be the SetupIntent's id, not its client secret")
    if not _CARD_TOKEN.fullmatch(text):
        raise PydanticCustomError("card_token", "Input should be a SetupIntent (seti_…) or a payment method (pm_…)")
    return text


def _unless_empty(check: Any) -> AfterValidator:
    return AfterValidator(lambda text: check(text) if text else text)


_Plain = AfterValidator(_plain)
_Short = Annotated[str, Field(max_length=120), _Plain]
_Long = Annotated[str, Field(max_length=200), _Plain]
_Letter = Annotated[str, Field(max_length=500), _Plain]
_Zip = Annotated[str, Field(max_length=20), _Plain]
_State = Annotated[str, Field(max_length=60), _Plain]
_Locale = Annotated[str, Field(max_length=20), _Plain]
_Email = Annotated[str, Field(max_length=254), _unless_empty(_email)]
_Phone = Annotated[str, Field(max_length=30), _unless_empty(_phone)]
_Country = Annotated[str, _unless_empty(_country)]
_Flag = Annotated[bool, BeforeValidator(_flag)]
_StoreId = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=_LARGEST_ID)]
_Amount = Annotated[Decimal, Field(ge=0, lt=100_000_000, decimal_places=6)]


class _In(BaseModel):
    """Spaces around a text are none of it; null is as good as absent; fields that nobody knows are passed over."""

    model_config = ConfigDict(str_strip_whitespace=True, coerce_numbers_to_str=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return {name: value for name, value in values.items() if value is not None}
        return values


class ItemIn(_In):
    upc: Annotated[str, AfterValidator(canonical)] = Field(
        description="In any usual form; the check digit has to be right."
    )
    qty: Annotated[int, BeforeValidator(_no_flag), Field(ge=FEWEST, le=MOST)]
    price_per_unit: _Amount = Field(description="Decimal major units, as shown to the shopper; has to be the store's.")
    tax_per_unit: _Amount | None = Field(None, description="An amount in major units, instead of the store's own rate.")
    message: _Letter = Field("", description="For the store.")
    store_id: _StoreId = Field(description="Where it differs from the order's: each store gets a cart of its own.")


class OrderIn(_In):
    """One basket of one shopper, placed at once: the carts are ordered in each store, or in none."""

    path_to_purchase: Annotated[Literal["bopis", "ropis", "delivery", "curbside"], BeforeValidator(_path)]
    host_domain: Annotated[str, AfterValidator(_domain)] = Field(
        min_length=1, max_length=253, description="A site that is registered for the key's brand."
    )
    store_id: _StoreId | None = Field(None, description="Of every item that names none.")
    items: list[ItemIn] = Field(min_length=1, max_length=MOST_LINES)
    card_token: Annotated[str, _unless_empty(_card_token)] = Field(
        "", description="seti_… or pm_… of the platform's Stripe account; none for ropis."
    )
    currency: Annotated[str, _unless_empty(_currency)] = ""
    locale: _Locale = ""
    mute_comms: _Flag = Field(False, description="The site writes to its shopper itself.")
    curbside: _Flag = False
    car: _Long = Field("", description="What the clerk looks for in the car park.")

    first_name: _Short = ""
    last_name: _Short = ""
    phone: _Phone = ""
    email: _Email = ""
    address: _Long = ""
    address_2: _Long = ""
    city: _Short = ""
    state: _State = ""
    zip: _Zip = ""
    country: _Country = ""

    delivery_first_name: _Short = ""
    delivery_last_name: _Short = ""
    delivery_phone: _Phone = ""
    delivery_address: _Long = ""
    delivery_address_2: _Long = ""
    delivery_city: _Short = ""
    delivery_state: _State = ""
    delivery_country: _Country = ""
    delivery_lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    delivery_lng: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    delivery_zip: _Zip = Field("", description="Needed where delivery_lat and delivery_lng are not given.")
    delivery_instructions: _Letter = ""
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
