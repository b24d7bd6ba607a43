"""What a store says of a cart, as it comes from outside: by the API, or by the link in the staff's mail."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, WithJsonSchema

from pushcart.carts.actions.update import STATUSES, LineUpdate
from pushcart.catalog.gtin import GtinError, canonical
from pushcart.kit.checked import InvalidFieldError
from pushcart.kit.money import MoneyError, minor

if TYPE_CHECKING:
    from pushcart.carts.models import Cart


class LineUpdateIn(BaseModel):
    """What a retailer says of one line."""

    model_config = ConfigDict(str_strip_whitespace=True)

    # Which words there are, the cart itself says best: it names those that are open.
    status: Annotated[
        str,
        Field(description="In any letter case.", max_length=40),
        WithJsonSchema({"type": "string", "enum": list(STATUSES)}),
    ]
    fulfillment_url: str = Field(
        "", max_length=500, description="With `received` or `confirmed`: where the shopper is sent from now on."
    )
    reason: str = Field(
        "",
        max_length=500,
        validation_alias=AliasChoices("reason", "message"),
        description="Required with `rejected`.",
    )
    refund_amount: Decimal | None = Field(
        None, gt=0, max_digits=12, description="With `refund`: major units, as in 12.50."
    )
    refund_qty: int | None = Field(
        None,
        gt=0,
        le=1_000_000,
        description="With `refund`: how many pieces came back; without a `refund_amount`, their share of the total.",
    )


class ItemUpdateIn(LineUpdateIn):
    upc: str = Field(max_length=20)


class BulkUpdateIn(BaseModel):
    """Several lines at once, all or none."""

    items: list[ItemUpdateIn] = Field(min_length=1, max_length=200)


def of_line(cart: Cart, upc: str, said: LineUpdateIn, *, place: str = "", key: str | None = None) -> LineUpdate:
    """What is said of one line, in the cart's own terms; `place` names it in errors, as in `items[0].`.

    Raises:
        InvalidFieldError: an amount that the cart's currency has no coins for.
    """
    return LineUpdate(
        upc=_known_upc(upc),
        status=said.status,
        fulfillment_url=said.fulfillment_url,
        reason=said.reason,
        refund_amount=_refund_amount(said, cart.currency, f"{place}refund_amount"),
        refund_qty=said.refund_qty,
        key=f"{key}:{upc}" if key else None,
    )


def of_items(cart: Cart, items: list[ItemUpdateIn], *, key: str | None = None) -> list[LineUpdate]:
    """What is said of several lines.

    Raises:
        InvalidFieldError: see `of_line`.
    """
    return [of_line(cart, item.upc, item, place=f"items[{n}].", key=key) for n, item in enumerate(items)]


def _known_upc(upc: str) -> str:
    """The canonical form; what is no UPC at all is looked up as it stands, and not found."""
    try:
        return canonical(upc)
    except GtinError:
        return upc


def _refund_amount(said: LineUpdateIn, currency: str, field: str) -> int | None:
    if said.refund_amount is None:
        return None
    try:
        return minor(said.refund_amount, currency)
    except MoneyError as error:
        raise InvalidFieldError(field, str(error)) from None
