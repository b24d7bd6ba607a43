"""An order in the words of its shopper's page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.carts.document import payment_status
from pushcart.carts.states import UNDECIDED
from pushcart.carts.wording import amount, card, moment

if TYPE_CHECKING:
    from pushcart.carts.models import Cart, Line

_WORDS = {
    "ordered": ("Waiting for the store", "waiting"),
    "received": ("The store has it and decides", "waiting"),
    "confirmed": ("Confirmed", "good"),
    "charge_failed": ("Confirmed; pay at the store", "care"),
    "fulfilled": ("Handed over", "good"),
    "partially_refunded": ("Partly refunded", "care"),
    "refunded": ("Refunded", "care"),
    "rejected": ("The store can't fulfil it", "bad"),
    "auto_rejected": ("The store did not answer in time", "bad"),
    "cancelled": ("You cancelled it", "bad"),
}


@dataclass(frozen=True)
class Row:
    """One line of the page; `tone` is waiting, good, care or bad."""

    name: str
    qty: int
    total: str
    status: str
    tone: str
    reason: str
    refunded: str


@dataclass(frozen=True)
class Told:
    rows: list[Row]
    total: str
    total_is: str
    money: str
    respond_by: str
    window: str
    cancel: str  # what the button says; empty: there is nothing left to cancel


def order_in_words(cart: Cart, lines: list[Line]) -> Told:
    """What a shopper wants to know: what, where, by when, and what happens with the money."""
    return Told(
        rows=[_row(cart, line) for line in lines],
        total=amount(cart, sum(line.total for line in lines)),
        # What a reservation costs with tax is reckoned at the store's till.
        total_is="Total; the store reckons the tax" if cart.path == cart.Path.ROPIS else "Total, with tax",
        money=_money(cart, lines),
        respond_by=moment(cart, cart.respond_by) if cart.respond_by else "",
        window=_window(cart),
        cancel=_cancel(lines),
    )


def _row(cart: Cart, line: Line) -> Row:
    status, tone = _WORDS[line.status]
    if line.status == "confirmed" and payment_status(line) == "settling":
        status, tone = "Confirmed; your card is being charged", "waiting"
    return Row(
        name=line.name or line.upc,
        qty=line.qty,
        total=amount(cart, line.total),
        status=status,
        tone=tone,
        reason=line.reason,
        refunded=amount(cart, line.refunded) if line.refunded else "",
    )


def _money(cart: Cart, lines: list[Line]) -> str:
    if cart.path == cart.Path.ROPIS:
        return "Nothing is charged here: you pay at the store."
    held = sum(line.held for line in lines if line.status in UNDECIDED)
    charging, releasing = _in_the_middle(lines)
    captured, refunded = (sum(getattr(line, of) for line in lines) for of in ("captured", "refunded"))
    your_card = f"your card ({card(cart)})" if card(cart) else "your card"
    told = []
    if held:
        told.append(f"{amount(cart, held)} is held on {your_card}; it is charged only when the store confirms.")
    if charging:
        told.append(f"{amount(cart, charging)} is being charged to {your_card}; your bank has not answered yet.")
    if releasing:
        told.append(f"{amount(cart, releasing)} is being released; your bank has not answered yet.")
    if any(payment_status(line) == "failed" for line in lines):
        told.append(f"Your bank refused the charge, so nothing was taken for it: pay {cart.store.name} when you come.")
    if captured:
        told.append(f"{amount(cart, captured)} was charged to {your_card}.")
    if refunded:
        told.append(f"{amount(cart, refunded)} was given back.")
    return " ".join(told) or "Your card was not charged; what was held is released."


def _in_the_middle(lines: list[Line]) -> tuple[int, int]:
    """What is decided and not answered by the card yet: amounts that are being charged, and that are being released."""
    settling = [line for line in lines if payment_status(line) == "settling"]
    charging = sum(line.held for line in settling if line.status == "confirmed")
    return charging, sum(line.held for line in settling) - charging


def _window(cart: Cart) -> str:
    if cart.delivery_from is None or cart.delivery_until is None:
        return ""
    return f"{moment(cart, cart.delivery_from)} to {moment(cart, cart.delivery_until)}"


def _cancel(lines: list[Line]) -> str:
    undecided = [line.status in UNDECIDED for line in lines]
    if not any(undecided):
        return ""
    return "Cancel the order" if all(undecided) else "Cancel what the store has not decided yet"
