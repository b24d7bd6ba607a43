"""The shapes of the API, for checking what comes in and for describing what goes out."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 pydantic reads the annotations
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

Content = TypeVar("Content")


class Error(BaseModel):
    code: str
    field: str | None
    details: dict[str, Any]


class Refusal(BaseModel):
    version: Literal[2]
    status: Literal[False]
    message: str
    error: Error


class StoreOut(BaseModel):
    id: int
    vendor_id: str = Field(description="The retailer's own number of the store.")
    name: str
    address: str
    city: str
    state: str
    zip: str
    country: str
    phone: str
    timezone: str


PaymentStatus = Literal[
    "none", "authorized", "settling", "captured", "failed", "released", "partially_refunded", "refunded", "disputed"
]


class PaymentOut(BaseModel):
    brand: str
    last4: str
    status: PaymentStatus


LineStatus = Literal[
    "ordered",
    "received",
    "confirmed",
    "rejected",
    "auto_rejected",
    "cancelled",
    "charge_failed",
    "fulfilled",
    "refunded",
    "partially_refunded",
]


class ItemOut(BaseModel):
    upc: str
    name: str
    brand: str
    vendor_sku: str
    image: str
    qty: int
    qty_refunded: int = Field(description="Pieces that were given back, as far as refunds named a quantity.")
    price_per_unit: float
    tax_per_unit: float
    subtotal: float
    tax: float
    shipping: float = Field(description="The line's part of the delivery fee.")
    total: float
    captured: float
    refunded: float = Field(description="Given back, or lost to a dispute.")
    tax_refunded: float = Field(description="What of `refunded` is tax.")
    disputed: float = Field(description="Of what was captured: taken away while the shopper's bank decides.")
    status: LineStatus
    payment_status: PaymentStatus = Field(
        description="`settling`: decided, the card has not answered yet; `failed`: it refused the charge."
    )
    reason: str
    message: str
    fulfillment_url: str
    updated_at: datetime
    allowed: list[Literal["received", "confirmed", "rejected", "fulfilled", "refund"]]


class CartOut(BaseModel):
    """The cart object: the webhook sends the same document. Money in decimal major units, flags 0 or 1."""

    hash: str
    status: LineStatus
    sequence: int = Field(ge=1)
    test: Literal[0, 1]
    origin: str
    locale: str
    currency: str
    path_to_purchase: Literal["bopis", "ropis", "delivery"]
    workflow: Literal["pushcart", "standard"]
    for_hold: Literal[0, 1]
    for_delivery: Literal[0, 1]
    for_curbside: Literal[0, 1]
    car: str
    ordered_at: datetime
    respond_by: datetime | None = Field(description="Null once every line is decided.")
    updated_at: datetime
    subtotal: float
    tax_total: float
    shipping_cost_total: float
    grand_total: float
    captured_total: float
    refunded_total: float
    tax_refunded_total: float
    tax_included: Literal[0, 1] = Field(description="1: the prices hold the tax, and the totals do not add it.")
    first_name: str
    last_name: str
    email: str
    phone: str
    address: str
    address_2: str
    city: str
    state: str
    zip: str
    country: str
    delivery_first_name: str
    delivery_last_name: str
    delivery_phone: str
    delivery_address: str
    delivery_address_2: str
    delivery_city: str
    delivery_state: str
    delivery_zip: str
    delivery_country: str
    delivery_instructions: str
    delivery_from: datetime | None
    delivery_until: datetime | None
    store: StoreOut
    payment: PaymentOut
    fulfillment_url: str
    items: list[ItemOut]
    url: str
    order_url: str


class CartAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: CartOut


class PageProperties(BaseModel):
    page: int
    per_page: Literal[50]
    total: int
    total_pages: int


class CartsAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    properties: PageProperties
    content: list[CartOut]


class EventOut(BaseModel):
    id: str = Field(description="The webhook-id under which the same event was pushed.")
    type: str
    number: int
    created_at: datetime
    cart_hash: str
    sequence: int | None
    data: dict[str, Any]
    cart: CartOut | None


class EventsAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    events: list[EventOut]
    next: str = Field(description="Give it as `after` to read on.")


class DigestOut(BaseModel):
    day: date
    first: int = Field(description="The first number of the day: the one after the last of the day before.")
    last: int
    count: int
    start: str = Field(description="The chain of the day before; 64 zeros before the first.")
    chain: str = Field(description="From `start`, each event makes it sha256(chain + number + ':' + id), in hex.")


class DigestAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: DigestOut


class MicrosecondsOut(BaseModel):
    dns: int
    connect: int
    tls: int
    first_byte: int
    total: int


class AttemptOut(BaseModel):
    at: datetime
    endpoint_id: int
    event_id: str = Field(description="The webhook-id; that of a signed check stands in no feed.")
    verb: str
    url: str
    headers: list[str] = Field(description="As they were sent; secrets are hidden.")
    status: int = Field(description="0: no answer came.")
    error: str = Field(description="One word, as `timeout` or `http_503`; empty: delivered.")
    answer: str = Field(description="Its first 20 kB.")
    address: str
    microseconds: MicrosecondsOut


class AttemptsAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: list[AttemptOut]


class Answer(BaseModel, Generic[Content]):
    version: Literal[2]
    status: Literal[True]
    content: Content
