"""Writing into the thread of an order."""

from __future__ import annotations

from django.db import transaction

from pushcart.carts.models import Cart
from pushcart.events.record import record
from pushcart.messages.models import Message

LONGEST = 2000


class ThreadClosedError(Exception):
    """The retailer gave a fulfillment_url: it talks with the shopper itself (the announcement, 4.2)."""


class EmptyMessageError(ValueError):
    """There is nothing to read in it, or too much."""


def post(cart_id: int, *, author: str, text: str) -> Message:
    """Writes a message of the shopper or the store, and tells the other side.

    The thread stays open after a rejection, and for as long as there is no fulfillment_url.

    Args:
        cart_id: The order.
        author: `shopper` or `store`.
        text: 1 to 2,000 characters.

    Raises:
        ThreadClosedError: the retailer's own pages have taken over.
        EmptyMessageError: no text, or too long a text.
    """
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise EmptyMessageError(f"A message has 1 to {LONGEST} characters; this one has {len(text)}.")
    with transaction.atomic():
        cart = Cart.objects.select_for_update().get(pk=cart_id)
        if cart.fulfillment_url:
            raise ThreadClosedError("The store talks with its shopper on its own pages.")
        message = Message.objects.create(cart=cart, author=author, text=text)
        record(
            "messages.posted",
            companies=[cart.retailer_id],
            test=cart.test,
            cart_id=cart.pk,
            cart_hash=cart.hash,
            sequence=cart.sequence,
            data={"author": author, "text": text},
        )
    return message
