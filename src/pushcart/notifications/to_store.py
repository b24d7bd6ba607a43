"""What a store's staff are told, event by event.

With PushCart their own order system brings the news; they hear what it may miss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.decision_link import decision_url
from pushcart.carts.wording import moment
from pushcart.notifications.letters import Letter
from pushcart.notifications.wording import listed, reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.carts.models import Cart, Line


def ordered(cart: Cart, lines: list[Line]) -> Letter | None:
    """By the standard workflow the mail is the order: it brings the link to decide it."""
    if cart.workflow == cart.Workflow.PUSHCART:
        return None
    return _letter(cart, "ordered", f"New order {cart.hash}: answer by {_until(cart)}", lines, _decide(cart))


def reminded(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart, "reminded", f"Order {cart.hash} waits for your answer until {_until(cart)}", lines, _decide(cart)
    )


def handed_over(cart: Cart, lines: list[Line]) -> Letter:
    """The order system does not have it: the staff are the only ones who can know of it."""
    text = f"Your own order system could not be reached, so you may not see this order there.\n\n{_decide(cart)}"
    return _letter(cart, "handed_over", f"New order {cart.hash}: answer by {_until(cart)}", lines, text)


def rejected(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart, "rejected", f"Order {cart.hash} was rejected", lines, f"Reason given to the shopper:\n\n{reasons(lines)}"
    )


def auto_rejected(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "auto_rejected",
        f"Order {cart.hash} ended without an answer",
        lines,
        "Nobody decided it in time. The shopper was told, and the card was not charged.",
    )


def cancelled(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart, "cancelled", f"The shopper cancelled order {cart.hash}", lines, "Nothing has to be done: put it back."
    )


def charge_failed(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "charge_failed",
        f"Order {cart.hash}: the card could not be charged",
        lines,
        "Take the money at the counter and mark the order fulfilled, or reject it. The shopper was told.",
    )


def message(cart: Cart, text: str) -> Letter:
    return Letter(
        kind="store.message",
        mail=cart.store.email,
        subject=f"The shopper of order {cart.hash} wrote",
        text=f"{text}\n\nAnswer on the order's page: {decision_url(cart)}\n",
    )


LETTERS: dict[str, Callable[[Cart, list[Line]], Letter | None]] = {
    "carts.ordered": ordered,
    "carts.reminded": reminded,
    "webhooks.handed_over": handed_over,
    "carts.rejected": rejected,
    "carts.auto_rejected": auto_rejected,
    "carts.cancelled": cancelled,
    "carts.charge_failed": charge_failed,
}


def _letter(cart: Cart, about: str, subject: str, lines: list[Line], text: str) -> Letter:
    shopper = f"{cart.first_name} {cart.last_name}".strip()
    return Letter(
        kind=f"store.{about}",
        mail=cart.store.email,
        subject=subject,
        text=f"Order {cart.hash} of {shopper or 'a shopper'}, {_how(cart)}\n\n{listed(cart, lines)}\n\n{text}\n",
    )


def _how(cart: Cart) -> str:
    if cart.path == cart.Path.DELIVERY:
        return "to be delivered:"
    if cart.curbside:
        return f"curbside pickup ({cart.car or 'no car given'}):"
    return "reserved, paid at the store:" if cart.path == cart.Path.ROPIS else "picked up in the store:"


def _until(cart: Cart) -> str:
    return moment(cart, cart.respond_by) if cart.respond_by else "the end of the window"


def _decide(cart: Cart) -> str:
    return f"See and decide it: {decision_url(cart)}"
