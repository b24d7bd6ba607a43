"""What the calls of the headless API take, checked field by field."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from pushcart.api.headless.fields import (
    Country,
    Domain,
    Email,
    Flag,
    In,
    Letter,
    Long,
    Phone,
    Short,
    State,
    StoreId,
    Zip,
    no_flag,
)
from pushcart.catalog.gtin import canonical
from pushcart.visits.actions.add import MOST_ITEMS, MOST_PIECES

Upc = Annotated[str, AfterValidator(canonical)]
_Pieces = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=MOST_PIECES)]


class ProductAsked(In):
    """A product by its UPC, its style or our own number of it."""

    upc: Annotated[str, AfterValidator(lambda text: canonical(text) if text else text)] = ""
    style: Short = ""
    product_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class AddIn(In):
    store_id: StoreId
    upc: Upc
    qty: _Pieces = 1
    host_domain: Domain = Field("", max_length=253)
    hold: Flag = False
    delivery: Flag = False
    message: Letter = ""

    @property
    def path(self) -> str:
        return "ropis" if self.hold else "delivery" if self.delivery else "bopis"


class ItemChange(In):
    store_id: StoreId
    upc: Upc
    qty: Annotated[int, BeforeValidator(no_flag), Field(ge=0, le=MOST_PIECES)] = Field(description="0 takes it out.")


class UpdateIn(In):
    items: list[ItemChange] = Field(min_length=1, max_length=MOST_ITEMS)


class EmailIn(In):
    email: Short = Field(min_length=1)


class BillingIn(In):
    """As the public SDK names them."""

    first_name: Short = Field(alias="firstName", min_length=1)
    last_name: Short = Field(alias="lastName", min_length=1)
    address: Long = Field(min_length=1)
    address_2: Long = Field("", alias="address2")
    city: Short = Field(min_length=1)
    state: State = ""
    zip: Zip = Field(min_length=1)
    country: Country = Field(min_length=2)
    email: Email = Field(min_length=3)
    phone: Phone = ""


class OrderedIn(In):
    """Of a basket's order; whatever else belongs to it is read by `OrderIn`."""

    hash: Annotated[str, Field(min_length=1, max_length=16)]
    referral: Short = ""
    full_name: Short = ""

    @field_validator("hash")
    @classmethod
    def _as_people_type(cls, text: str) -> str:
        return text.upper()


class SuggestIn(In):
    query: Short = Field(min_length=1)


class DropoffIn(In):
    dropoff_address: Long = Field(min_length=1)
    store_id: StoreId
    upc: Upc
    delivery: Flag = True
