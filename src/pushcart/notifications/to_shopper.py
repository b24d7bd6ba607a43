"""What a shopper is told, event by event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.carts.document import order_url
from pushcart.carts.wording import amount, card, moment
from pushcart.notifications.letters import Letter
from pushcart.notifications.wording import listed, place, reasons, short_listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.carts.models import Cart, Line

_HANDED_OVER = {"bopis": "picked up", "ropis": "picked up", "delivery": "delivered"}


def ordered(cart: Cart, lines: list[Line]) -> Letter:
    until = moment(cart, cart.respond_by) if cart.respond_by else "soon"
    held = (
        "Nothing is charged: you pay at the store."
        if cart.path == cart.Path.ROPIS
        else (
            f"{amount(cart, sum(line.total for line in lines))} is held on your card."
            " It is charged only when the store confirms."
        )
    )
    return _letter(
        cart,
        "ordered",
        f"Your order {cart.hash} is with {cart.store.name}",
        f"We have handed your order to\n\n{place(cart)}\n\n{listed(cart, lines)}\n\n"
        f"The store answers by {until}. {held}",
        f"{cart.store.name} has your order {cart.hash} and answers by {until}.",
    )


def confirmed(cart: Cart, lines: list[Line]) -> Letter | None:
    """A reservation is told of when it is confirmed; an order that is paid by card, once it is charged."""
    if cart.path != cart.Path.ROPIS:
        return None
    return _letter(
        cart,
        "confirmed",
        f"{cart.store.name} holds it for you: order {cart.hash}",
        f"{listed(cart, lines)}\n\nis set aside for you at\n\n{place(cart)}\n\nYou pay there.",
        f"{cart.store.name} has set aside {short_listed(lines)} for you. You pay there. Order {cart.hash}.",
    )


def charged(cart: Cart, lines: list[Line]) -> Letter:
    total = amount(cart, sum(line.captured for line in lines))
    return _letter(
        cart,
        "charged",
        f"{cart.store.name} confirmed your order {cart.hash}",
        f"{listed(cart, lines)}\n\n{total} was charged to your card{_card(cart)}.\n\n{_whats_next(cart)}",
        f"{cart.store.name} confirmed your order {cart.hash}: {short_listed(lines)}. {total} was charged.",
    )


def charge_failed(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "charge_failed",
        f"Your card could not be charged: order {cart.hash}",
        f"{cart.store.name} accepted your order, but your card{_card(cart)} refused the charge. Nothing was taken.\n\n"
        f"{listed(cart, lines)}\n\nYou can pay at the store:\n\n{place(cart)}",
        f"Your card refused the charge for order {cart.hash}. Nothing was taken; you can pay at {cart.store.name}.",
    )


def rejected(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "rejected",
        f"{cart.store.name} can't fulfil your order {cart.hash}",
        f"We are sorry: the store can't fulfil\n\n{reasons(lines)}\n\n{_not_charged(cart)}",
        f"{cart.store.name} can't fulfil {short_listed(lines)} of order {cart.hash}. {_not_charged(cart)}",
    )


def auto_rejected(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "auto_rejected",
        f"{cart.store.name} did not answer: order {cart.hash} has ended",
        f"We are sorry: the store did not answer in time, so we have ended your order.\n\n{listed(cart, lines)}\n\n"
        f"{_not_charged(cart)}",
        f"{cart.store.name} did not answer in time, so order {cart.hash} has ended. {_not_charged(cart)}",
    )


def cancelled(cart: Cart, lines: list[Line]) -> Letter:
    return _letter(
        cart,
        "cancelled",
        f"You cancelled your order {cart.hash}",
        f"{listed(cart, lines)}\n\n{_not_charged(cart)}",
    )


def fulfilled(cart: Cart, lines: list[Line]) -> Letter:
    done = _HANDED_OVER[cart.path]
    return _letter(
        cart,
        "fulfilled",
        f"Your order {cart.hash} was {done}",
        f"{cart.store.name} tells us that this was {done}:\n\n{listed(cart, lines)}\n\nEnjoy it.",
    )


def refunded(cart: Cart, lines: list[Line]) -> Letter:
    total = amount(cart, sum(line.refunded for line in lines))
    return _letter(
        cart,
        "refunded",
        f"A refund for your order {cart.hash}",
        f"{cart.store.name} has given you money back. Refunded in all for\n\n"
        f"{chr(10).join(f'  {line.name or line.upc}: {amount(cart, line.refunded)}' for line in lines)}\n\n"
        f"Your bank takes 5 to 10 business days to show it.",
        f"{cart.store.name} refunded {total} in all on order {cart.hash}. Your bank takes 5 to 10 business days.",
    )


def message(cart: Cart, text: str) -> Letter:
    return _letter(cart, "message", f"{cart.store.name} wrote to you about order {cart.hash}", text)


LETTERS: dict[str, Callable[[Cart, list[Line]], Letter | None]] = {
    "carts.ordered": ordered,
    "carts.confirmed": confirmed,
    "carts.charged": charged,
    "carts.charge_failed": charge_failed,
    "carts.rejected": rejected,
    "carts.auto_rejected": auto_rejected,
    "carts.cancelled": cancelled,
    "carts.fulfilled": fulfilled,
    "carts.refunded": refunded,
}


def _letter(cart: Cart, about: str, subject: str, text: str, short: str = "") -> Letter:
    greeting = f"Hello {cart.first_name},\n\n" if cart.first_name else ""
    return Letter(
        kind=f"shopper.{about}",
        mail=cart.email,
        phone=cart.phone,
        subject=subject,
        text=f"{greeting}{text}\n\nYour order: {order_url(cart)}\n",
        short=f"{short} {order_url(cart)}" if short else "",
    )


def _card(cart: Cart) -> str:
    return f" ({card(cart)})" if card(cart) else ""


def _not_charged(cart: Cart) -> str:
    if cart.path == cart.Path.ROPIS:
        return "You owe nothing."
    return "Your card was not charged; the amount that was held is released."


def _whats_next(cart: Cart) -> str:
    if cart.path == cart.Path.DELIVERY:
        window = (
            f"{moment(cart, cart.delivery_from)} to {moment(cart, cart.delivery_until)}"
            if cart.delivery_from and cart.delivery_until
            else "today"
        )
        return f"It is brought to {cart.delivery_address}, {cart.delivery_city}: {window}."
    how = f"Curbside: the store looks for {cart.car}." if cart.curbside and cart.car else "Bring your order number."
    return f"Pick it up at\n\n{place(cart)}\n\n{how}"
