"""An order in the words of its store's staff, and what they may do with each line of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.carts.document import payment_status
from pushcart.carts.moves import allowed, refundable
from pushcart.carts.states import HIDDEN
from pushcart.carts.wording import amount, moment
from pushcart.kit.money import major

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushcart.carts.models import Cart, Line

_WORDS = {
    "ordered": ("waits for your answer", "todo"),
    "received": ("waits for your answer", "todo"),
    "confirmed": ("confirmed", "done"),
    "charge_failed": ("confirmed, but the card was refused: take the money at the till", "care"),
    "fulfilled": ("handed over", "done"),
    "partially_refunded": ("partly refunded", "care"),
    "refunded": ("refunded", "care"),
    "rejected": ("rejected", "trouble"),
    "auto_rejected": ("ended without an answer", "trouble"),
    "cancelled": ("cancelled by the shopper: put it back", "trouble"),
}


@dataclass(frozen=True)
class Row:
    """One line of the page.

    Attributes:
        state: todo, done, care or trouble, for its colour.
        may: What may be said of it now, in the API's words.
        refundable: The most that can be given back, as a decimal text without a currency.
    """

    upc: str
    name: str
    qty: int
    total: str
    word: str
    state: str
    reason: str
    refunded: str
    may: list[str]
    refundable: str


@dataclass(frozen=True)
class Shown:
    """All of the page but its thread.

    Attributes:
        open_lines: How many lines wait for an answer.
        to_hand_over: How many may be handed over.
        how: How the shopper gets it, in a sentence.
    """

    rows: list[Row]
    open_lines: int
    to_hand_over: int
    respond_by: str
    how: str
    shopper: str
    total: str


def shown(cart: Cart, lines: Sequence[Line]) -> Shown:
    """What the staff need to know: what, for whom, by when, and how it leaves the store."""
    lines = [line for line in lines if line.status not in HIDDEN]
    rows = [_row(cart, line) for line in lines]
    return Shown(
        rows=rows,
        open_lines=sum("confirmed" in row.may for row in rows),
        to_hand_over=sum("fulfilled" in row.may for row in rows),
        respond_by=moment(cart, cart.respond_by) if cart.respond_by else "",
        how=_how(cart),
        shopper=" ".join(filter(None, (cart.first_name, cart.last_name))),
        total=amount(cart, sum(line.total for line in lines)),
    )


def _row(cart: Cart, line: Line) -> Row:
    word, state = _WORDS[line.status]
    charging = line.status == "confirmed" and payment_status(line) == "settling"
    return Row(
        upc=line.upc,
        name=line.name or line.upc,
        qty=line.qty,
        total=amount(cart, line.total),
        word="confirmed; the card is being charged" if charging else word,
        state=state,
        reason=line.reason,
        refunded=amount(cart, line.refunded) if line.refunded else "",
        may=[word for word in allowed(line) if not charging],
        refundable=str(major(refundable(line), cart.currency)),
    )


def _how(cart: Cart) -> str:
    if cart.path == cart.Path.DELIVERY:
        place = ", ".join(filter(None, (cart.delivery_address, cart.delivery_address_2, cart.delivery_city)))
        until = f", by {moment(cart, cart.delivery_until)}" if cart.delivery_until else ""
        said = f" “{cart.delivery_instructions}”" if cart.delivery_instructions else ""
        return f"You bring it to {place}{until}.{said}"
    if cart.path == cart.Path.ROPIS:
        return "Put it aside: the shopper comes and pays at the store."
    if cart.curbside:
        return f"Curbside pickup: look for {cart.car}." if cart.car else "Curbside pickup: bring it out to the car."
    return "The shopper picks it up at the store."
